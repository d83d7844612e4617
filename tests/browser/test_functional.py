"""Lab 06's explorer in JupyterLab: a click on a layer lights its paths, hovering tells its shapes, without a script."""

import os
from pathlib import Path
from urllib.parse import urlparse

import pytest

from grader import paths

from .jupyter import Notebook, jupyter_lab


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 06 with the cells run that the explorer needs."""
    folder = paths.LABS / "06_functional"
    with jupyter_lab(folder) as server:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        notebook = Notebook(page, server, f"{folder.name}.ipynb")
        notebook.collapse_sidebar()
        for text in ("import keras\n", "flat_input = keras.Input", "two_branches.compile", "see.paths.explore"):
            notebook.run(notebook.find(text), timeout=120)
        yield notebook
        page.close()


@pytest.fixture
def explorer(lab):
    return lab.node(lab.find("see.paths.explore"))


def opacity(explorer, place):
    return float(explorer.eval_on_selector(f'.kc-stage [data-id="{place}"]', "node => getComputedStyle(node).opacity"))


def keep(lab, name):
    """A photograph for whoever asks for one: `PHOTOGRAPHS=FOLDER`."""
    if folder := os.environ.get("PHOTOGRAPHS"):
        Path(folder, name).write_bytes(lab.photograph(lab.find("see.paths.explore")))


def test_a_click_lights_the_paths_and_a_click_beside_clears_them(lab, explorer):
    assert "Click a layer" in explorer.inner_text()
    assert {opacity(explorer, place) for place in ("n0", "n1", "n2", "o0")} == {1}
    explorer.wait_for_selector("label[for$=-n0]").click()
    lab.page.wait_for_function("cell => cell.innerText.includes('flat leads to price.')", arg=explorer)
    lab.page.wait_for_timeout(400)
    assert opacity(explorer, "n0") == opacity(explorer, "o0") == 1 and opacity(explorer, "n1") < 0.5
    keep(lab, "lit.png")
    explorer.query_selector("label.kc-none").click(position={"x": 3, "y": 3})
    lab.page.wait_for_function("cell => cell.innerText.includes('Click a layer')", arg=explorer)
    lab.page.wait_for_timeout(400)
    assert opacity(explorer, "n1") == 1


def test_hovering_tells_the_shapes(lab, explorer):
    tip = explorer.query_selector("label[for$=-n0] .kc-tip")
    assert not tip.is_visible()
    explorer.query_selector("label[for$=-n0]").hover()
    assert tip.is_visible() and "shape (None, 64)" in tip.inner_text()


def test_the_page_asks_nothing_of_the_network(lab):
    hosts = {urlparse(address).hostname for address in lab.asked if address.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
