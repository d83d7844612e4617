"""Lab 13 in JupyterLab: three strips of images, the race run and printed, then its rounds and worlds turned over.

With `PHOTOGRAPHS=FOLDER` in the environment, pictures of all of it are kept there.
"""

import pytest

from .jupyter import keep, opened

SETUP, HOOK, EXPLORER = "FULL_DATA = False", "see.race.worlds(", "see.race.explore(race)"
BEFORE = (SETUP, HOOK, "backbone = data.backbone.load(include_top=False)", "def contestant(")


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 13 with its race run. The tests of this module share it, in their order."""
    with opened(chrome, "13_pretrained") as notebook:
        notebook.collapse_sidebar()
        notebook.run(*(notebook.find(text) for text in (*BEFORE, EXPLORER)), timeout=300)
        yield notebook


def test_the_first_frame_is_a_picture_that_stays(lab):
    shown = lab.outputs(lab.find(EXPLORER))
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert not any(output["output_type"] == "error" for output in shown)
    keep(lambda: lab.photograph(lab.find(HOOK)), "13_worlds")
    keep(lambda: lab.photograph(lab.find(EXPLORER)), "13_race")


def test_the_explorer_turns_to_another_round_and_another_world(lab):
    explorer = lab.node(lab.find(EXPLORER))
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    seen = {frame.get_attribute("src")}
    assert "1 example of each class" in explorer.inner_text()
    explorer.query_selector(".noUi-handle").press("ArrowRight")
    words = "3 examples of each class"
    lab.page.wait_for_function("([cell, words]) => cell.innerText.includes(words)", arg=[explorer, words])
    seen.add(frame.get_attribute("src"))
    explorer.query_selector("button:has-text('handwritten digits')").click()
    lab.page.wait_for_function("([image, seen]) => !seen.includes(image.src)", arg=[frame, sorted(seen)])
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
    assert frame.get_attribute("src") not in seen and words in explorer.inner_text()
    keep(lambda: lab.photograph(lab.find(EXPLORER)), "13_race_moved")
