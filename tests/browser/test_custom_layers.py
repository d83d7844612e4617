"""Lab 08's explorer in JupyterLab: four surfaces printed, then two sliders that turn to finished images."""

import pytest

from .jupyter import opened

SETUP, EXPLORER = "keras.utils.set_random_seed", "surface.explore"


@pytest.fixture(scope="module")
def layers_lab(chrome):
    """Lab 08 with its explorer shown. The tests of this module share it, in their order."""
    with opened(chrome, "08_custom_layers") as notebook:
        notebook.run(notebook.find(SETUP), notebook.find(EXPLORER), timeout=120)
        yield notebook


def test_the_first_frame_is_a_picture_that_stays(layers_lab):
    shown = layers_lab.outputs(layers_lab.find(EXPLORER))
    assert "image/png" in shown[0]["data"]
    assert shown[0]["data"]["text/plain"].startswith("[picture: The layer's output over its two inputs")


def test_each_slider_turns_to_another_image(layers_lab, tmp_path):
    place = layers_lab.find(EXPLORER)
    explorer = layers_lab.node(place)
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    seen = [frame.screenshot()]
    for handle in explorer.query_selector_all(".noUi-handle"):
        before = frame.get_attribute("src")
        handle.press("ArrowRight")
        layers_lab.page.wait_for_function("([image, src]) => image.src !== src", arg=[frame, before])
        layers_lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
        seen.append(frame.screenshot())
    assert len(seen) == 3 and len(set(seen)) == 3
    (tmp_path / "surface.png").write_bytes(layers_lab.photograph(place))
    assert (tmp_path / "surface.png").stat().st_size > 20_000
