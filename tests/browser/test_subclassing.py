"""Lab 07's explorer in JupyterLab: one drawing printed, then buttons that lay another class over the twin."""

import pytest

from .jupyter import keep, opened

SETUP, EXPLORER = "keras.utils.set_random_seed", "twins.explore"


@pytest.fixture(scope="module")
def twins_lab(chrome):
    """Lab 07 with its explorer shown."""
    with opened(chrome, "07_subclassing") as notebook:
        notebook.collapse_sidebar()
        notebook.run(notebook.find(SETUP), notebook.find(EXPLORER), timeout=120)
        yield notebook


def test_the_first_frame_is_a_drawing_that_stays(twins_lab):
    shown = twins_lab.outputs(twins_lab.find(EXPLORER))
    assert "image/svg+xml" in shown[0]["data"]
    assert "tags" in shown[0]["data"]["text/plain"]
    keep(lambda: twins_lab.photograph(twins_lab.find(EXPLORER)), "07_twins")


def test_each_button_lays_another_class_over_the_twin(twins_lab):
    explorer = twins_lab.node(twins_lab.find(EXPLORER))
    stage = explorer.wait_for_selector(".jupyter-widgets svg")
    before = stage.evaluate("svg => svg.outerHTML")
    buttons = explorer.query_selector_all(".jupyter-widgets button")
    assert len(buttons) == 6
    explorer.query_selector(".jupyter-widgets button:has-text('no relu')").click()
    twins_lab.page.wait_for_function("cell => cell.innerText.includes('Dense 32 · relu')", arg=explorer)
    after = explorer.query_selector(".jupyter-widgets svg").evaluate("svg => svg.outerHTML")
    assert after != before
    keep(lambda: twins_lab.photograph(twins_lab.find(EXPLORER)), "07_twins_turned")
    explorer.query_selector(".jupyter-widgets button:has-text('as intended')").click()
    twins_lab.page.wait_for_function("cell => cell.innerText.includes('the same graph')", arg=explorer)
