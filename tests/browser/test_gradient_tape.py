"""Lab 09's explorer in JupyterLab: the slider turns from one learning rate to the next, and draws nothing anew."""

import os
from pathlib import Path
from urllib.parse import urlparse

import pytest

from grader import paths

from .jupyter import Notebook, jupyter_lab

EXPLORER = "see.landscape.explore"


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 09 with the cells run that the explorer needs."""
    folder = paths.LABS / "09_gradient_tape"
    with jupyter_lab(folder) as server:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        notebook = Notebook(page, server, f"{folder.name}.ipynb")
        notebook.collapse_sidebar()
        for text in ("import tensorflow", "see.landscape.descent", EXPLORER):
            notebook.run(notebook.find(text), timeout=120)
        yield notebook
        page.close()


def keep(lab, name, cell):
    """A photograph for whoever asks for one: `PHOTOGRAPHS=FOLDER`."""
    if folder := os.environ.get("PHOTOGRAPHS"):
        Path(folder, name).write_bytes(lab.photograph(lab.find(cell)))


def test_the_hook_is_a_picture(lab):
    picture = lab.node(lab.find("see.landscape.descent")).wait_for_selector(".jp-OutputArea-output img")
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture)
    keep(lab, "descent.png", "see.landscape.descent")


def test_the_slider_turns_to_another_learning_rate(lab):
    explorer = lab.node(lab.find(EXPLORER))
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    first = frame.screenshot()
    assert "learning rate 0.005" in explorer.inner_text()
    keep(lab, "slowest.png", EXPLORER)
    explorer = lab.node(lab.find(EXPLORER))
    handle = explorer.query_selector(".noUi-handle")
    for _ in range(9):
        handle.press("ArrowRight")
    lab.page.wait_for_function("cell => cell.innerText.includes('learning rate 0.38')", arg=explorer)
    frame = explorer.wait_for_selector(".jupyter-widgets img")
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
    assert frame.screenshot() != first
    keep(lab, "quick.png", EXPLORER)


def test_the_page_asks_nothing_of_the_network(lab):
    hosts = {urlparse(address).hostname for address in lab.asked if address.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
