"""One browser for all tests, one JupyterLab with the opened lab for the tests of a module."""

import pytest

from grader import paths

from .jupyter import Notebook, browser, jupyter_lab, missing


@pytest.fixture(scope="session")
def chrome():
    if reason := missing():
        pytest.skip(f"No browser test: {reason}.")
    with browser() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 01 as a student has just opened it. The tests of a module share it, in their order."""
    folder = paths.LABS / "01_lifecycle"
    with jupyter_lab(folder) as server:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        yield Notebook(page, server, f"{folder.name}.ipynb")
        page.close()
