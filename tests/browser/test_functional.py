"""Lab 06's explorer in JupyterLab: a click on a layer lights its paths, hovering tells its shapes, without a script."""

import pytest

from .jupyter import keep, opened


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 06 with the cells run that the explorer needs."""
    with opened(chrome, "06_functional") as notebook:
        notebook.collapse_sidebar()
        for text in ("import keras\n", "flat_input = keras.Input", "two_branches.compile", "see.paths.explore"):
            notebook.run(notebook.find(text), timeout=120)
        yield notebook


@pytest.fixture
def explorer(lab):
    return lab.node(lab.find("see.paths.explore"))


def opacity(explorer, place):
    return float(explorer.eval_on_selector(f'.kc-stage [data-id="{place}"]', "node => getComputedStyle(node).opacity"))


def test_a_click_lights_the_paths_and_a_click_beside_clears_them(lab, explorer):
    assert "Click a layer" in explorer.inner_text()
    assert {opacity(explorer, place) for place in ("n0", "n1", "n2", "o0")} == {1}
    explorer.wait_for_selector("label[for$=-n0]").click()
    lab.page.wait_for_function("cell => cell.innerText.includes('flat leads to price.')", arg=explorer)
    lab.page.wait_for_timeout(400)
    assert opacity(explorer, "n0") == opacity(explorer, "o0") == 1 and opacity(explorer, "n1") < 0.5
    keep(lambda: lab.photograph(lab.find("see.paths.explore")), "06_lit")
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
    assert lab.hosts == {"127.0.0.1"}
