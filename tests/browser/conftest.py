"""One browser for all tests, one JupyterLab with the opened lab for the tests of a module."""

import pytest

from .jupyter import browser, missing, opened


@pytest.fixture(scope="session")
def chrome():
    if reason := missing():
        pytest.skip(f"No browser test: {reason}.")
    with browser() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 01 as a student has just opened it. The tests of a module share it, in their order."""
    with opened(chrome, "01_lifecycle") as notebook:
        yield notebook
