"""Lab 10 in JupyterLab: the live monitor while it runs and what it leaves, an interrupt, and the explorer moved.

With `PHOTOGRAPHS=FOLDER` in the environment, pictures of all of it are kept there.
"""

import pytest

from .jupyter import keep, opened

HOOK, EXPLORER = "callbacks=[see.monitor.Live()]", "explore_patience"
FOREVER = "_ = model.fit(X_train, y_train, epochs=5000, verbose=0, callbacks=[see.monitor.Live()])"
START = """cell => {
    const panel = jupyterapp.shell.currentWidget;
    panel.content.deselectAll();
    panel.content.activeCellIndex = cell;
    jupyterapp.commands.execute('notebook:run-cell');
}"""


@pytest.fixture(scope="module")
def lab(chrome):
    """Lab 10 as a student has just opened it, its first cell run."""
    with opened(chrome, "10_callbacks") as notebook:
        notebook.collapse_sidebar()
        notebook.run(notebook.find("import keras"), timeout=120)
        yield notebook


def start(lab, cell):
    """Run a cell and don't wait for it; its element on the page."""
    node = lab.node(cell)
    lab.page.evaluate(START, cell)
    return node


def test_the_monitor_is_alive_while_it_trains(lab):
    cell = start(lab, lab.find(HOOK))
    cell.wait_for_selector(".jupyter-widgets svg polyline", timeout=120_000)
    first = cell.inner_text()
    keep(cell.screenshot, "monitor_alive")
    assert "of 40" in first and "loss" in first and "left" in first
    lab.page.wait_for_function("([cell, words]) => cell.innerText !== words", arg=[cell, first], timeout=60_000)


def test_in_the_end_a_still_figure_takes_its_place(lab):
    place = lab.find(HOOK)
    lab._wait("panel.sessionContext.session?.kernel?.status === 'idle'", 120)
    cell = lab.node(place)
    cell.wait_for_selector("img")
    assert cell.query_selector(".jupyter-widgets svg") is None
    kinds = [set(output.get("data", {})) for output in lab.outputs(place)]
    assert any("image/png" in kind for kind in kinds)
    keep(cell.screenshot, "monitor_done")


def test_the_explorer_turns_to_another_patience(lab):
    lab.run(lab.find(EXPLORER))
    frame = lab.wait_for(lab.find(EXPLORER), ".jupyter-widgets img")
    explorer = lab.node(lab.find(EXPLORER))
    assert "patience 1: ends" in explorer.inner_text()
    before = frame.get_attribute("src")
    for patience in range(2, 7):
        explorer.query_selector(".noUi-handle").press("ArrowRight")
        words = f"patience {patience}: "
        lab.page.wait_for_function("([cell, words]) => cell.innerText.includes(words)", arg=[explorer, words])
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
    assert frame.get_attribute("src") != before
    keep(explorer.screenshot, "explorer_moved")


def test_an_interrupted_training_leaves_its_figure(lab):
    place = next(n for n, cell in enumerate(lab.cells()) if "diary = Diary()" in cell["source"])
    assert lab.write(place, FOREVER)
    start(lab, place)
    lab.wait_for(place, ".jupyter-widgets svg polyline")
    cell = lab.node(place)
    lab.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    cell.wait_for_selector("img", timeout=60_000)
    assert "interrupted after epoch" in lab.seen(place) and "KeyboardInterrupt" in lab.seen(place)
    keep(cell.screenshot, "monitor_interrupted")
