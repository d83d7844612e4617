"""Lab 01 as a new student meets it: run all, break an exercise, read, mend, see the mark; move the explorer.

The tests go through one notebook from top to bottom, so they run in this order.
"""

VERDICT = "application/vnd.keras-course.verdict+json"

WRONG = """\
def model_and_loss(X, y):
    hidden = [keras.Input((X.shape[1],)), keras.layers.Dense(8, "relu")]
    if y.dtype.kind == "f":
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mse"
    return keras.Sequential([*hidden, keras.layers.Dense(1, "sigmoid")]), "binary_crossentropy"
"""
RIGHT = """\
def model_and_loss(X, y):
    hidden = [keras.Input((X.shape[1],)), keras.layers.Dense(8, "relu")]
    if y.dtype.kind == "f":
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mse"
    head = keras.layers.Dense(int(y.max()) + 1, "softmax")
    return keras.Sequential([*hidden, head]), "sparse_categorical_crossentropy"
"""
CHECKS = ("test_heads_regression", "test_heads_binary", "test_heads_multiclass")


def verdicts(outputs):
    return [output["data"][VERDICT] for output in outputs if VERDICT in output.get("data", {})]


def statuses(lab):
    return [verdict["status"] for check in CHECKS for verdict in verdicts(lab.outputs(check))]


def test_run_all_on_the_untouched_lab_reaches_the_end(lab):
    lab.run_all(timeout=300)
    code = [cell for cell in lab.cells() if cell["cell_type"] == "code"]
    errors = [output["evalue"] for cell in code for output in cell["outputs"] if output["output_type"] == "error"]
    assert errors == []
    assert all(cell["execution_count"] for cell in code if cell["source"])


def test_every_check_says_not_attempted_yet(lab):
    checks = [cell for cell in lab.cells() if cell["metadata"].get("nbgrader", {}).get("points") is not None]
    tests = [cell["metadata"]["nbgrader"]["grade_id"] for cell in checks if cell["cell_type"] == "code"]
    assert set(CHECKS) < set(tests)
    for test in tests:
        assert {verdict["status"] for verdict in verdicts(lab.outputs(test))} == {"not attempted"}, test
        assert "not attempted yet" in lab.seen(test)


def test_a_check_cannot_be_typed_over(lab):
    before = lab.cells()
    assert not lab.write(CHECKS[0], "pass")
    assert [cell["source"] for cell in lab.cells()] == [cell["source"] for cell in before]


def test_a_broken_exercise_is_told_what_is_wrong(lab):
    assert lab.write("heads", WRONG)
    lab.run("heads", *CHECKS)
    assert statuses(lab) == ["passed", "passed", "wrong"]
    seen = lab.seen(CHECKS[2])
    for part in ("✗", "seen", "expected", "why", "try", "3"):
        assert part in seen
    assert "Traceback" not in seen and "<td" not in seen


def test_the_mended_exercise_gets_its_mark(lab):
    assert lab.write("heads", RIGHT)
    lab.run("heads", *CHECKS)
    assert statuses(lab) == ["passed"] * 3
    assert "✓" in lab.seen(CHECKS[2]) and "✗" not in lab.seen(CHECKS[2])
    assert not any(output["output_type"] == "error" for check in CHECKS for output in lab.outputs(check))


def test_the_explorer_turns_to_another_epoch(lab):
    frame = lab.wait_for(lab.find("boundary.explore"), ".jupyter-widgets img")
    explorer = lab.node(lab.find("boundary.explore"))
    first = frame.screenshot()
    assert "before training" in explorer.inner_text()
    explorer.query_selector(".noUi-handle").press("ArrowRight")
    lab.page.wait_for_function("cell => cell.innerText.includes('after epoch')", arg=explorer)
    lab.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=frame)
    assert frame.screenshot() != first


def test_the_page_asks_nothing_of_the_network(lab):
    assert lab.hosts == {"127.0.0.1"}
