"""Lab 07's explorer in JupyterLab: one drawing printed, then buttons that lay another class over the twin."""

import os
from pathlib import Path

import pytest

from grader import paths

from .jupyter import Notebook, jupyter_lab

SETUP, EXPLORER = "keras.utils.set_random_seed", "twins.explore"


@pytest.fixture(scope="module")
def twins_lab(chrome):
    """Lab 07 with its explorer shown."""
    folder = paths.LABS / "07_subclassing"
    with jupyter_lab(folder) as server:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        notebook = Notebook(page, server, f"{folder.name}.ipynb")
        notebook.collapse_sidebar()
        notebook.run(notebook.find(SETUP), notebook.find(EXPLORER), timeout=120)
        yield notebook
        page.close()


def keep(lab, name):
    """A photograph for whoever asks for one: `PHOTOGRAPHS=FOLDER`."""
    if folder := os.environ.get("PHOTOGRAPHS"):
        Path(folder, name).write_bytes(lab.photograph(lab.find(EXPLORER)))


def test_the_first_frame_is_a_drawing_that_stays(twins_lab):
    shown = twins_lab.outputs(twins_lab.find(EXPLORER))
    assert "image/svg+xml" in shown[0]["data"]
    assert "tags" in shown[0]["data"]["text/plain"]
    keep(twins_lab, "twins.png")


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
    keep(twins_lab, "twins_turned.png")
    explorer.query_selector(".jupyter-widgets button:has-text('as it was meant')").click()
    twins_lab.page.wait_for_function("cell => cell.innerText.includes('the same graph')", arg=explorer)
