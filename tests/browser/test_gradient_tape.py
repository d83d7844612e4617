"""Lab 09's explorer in JupyterLab: the slider turns from one learning rate to the next, and draws nothing anew."""

import pytest

from .jupyter import keep, opened

EXPLORER = "see.landscape.explore"


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 09 with the cells run that the explorer needs."""
    with opened(chrome, "09_gradient_tape") as notebook:
        notebook.collapse_sidebar()
        for text in ("import tensorflow", "see.landscape.descent", EXPLORER):
            notebook.run(notebook.find(text), timeout=120)
        yield notebook


def test_the_hook_is_a_picture(lab):
    picture = lab.node(lab.find("see.landscape.descent")).wait_for_selector(".jp-OutputArea-output img")
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture)
    keep(lambda: lab.photograph(lab.find("see.landscape.descent")), "09_descent")


def test_the_slider_turns_to_another_learning_rate(lab):
    explorer = lab.node(lab.find(EXPLORER))
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    first = frame.screenshot()
    assert "learning rate 0.005" in explorer.inner_text()
    keep(lambda: lab.photograph(lab.find(EXPLORER)), "09_slowest")
    explorer = lab.node(lab.find(EXPLORER))
    handle = explorer.query_selector(".noUi-handle")
    for _ in range(9):
        handle.press("ArrowRight")
    lab.page.wait_for_function("cell => cell.innerText.includes('learning rate 0.38')", arg=explorer)
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
    assert frame.screenshot() != first
    keep(lambda: lab.photograph(lab.find(EXPLORER)), "09_quick")


def test_the_page_asks_nothing_of_the_network(lab):
    assert lab.hosts == {"127.0.0.1"}
