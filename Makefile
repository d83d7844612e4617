# Deep Learning with Keras and TensorFlow. `make` alone lists the targets.
#   DEVICE=gpu   TensorFlow's CUDA build instead of the CPU one
#   LAB=01       one lab instead of all
PYTHON ?= python3
DEVICE ?= cpu
VENV   ?= .venv
LAB    ?=
SEEDS  ?= 5
SUBMISSIONS ?= submissions

LOCK_cpu := requirements.lock
LOCK_gpu := requirements-gpu.lock
# A GPU adds in another order: more than the last digits may differ after some epochs.
TOLERANCE_gpu := --tolerance 0.02
LOCK   := $(LOCK_$(DEVICE))
BIN    := $(VENV)/bin
READY  := $(VENV)/ready-$(DEVICE)

.DEFAULT_GOAL := help
.PHONY: help setup lab labs solutions validate demo grade formgrader audit calibrate test lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## the environment in .venv (Python 3.11 to 3.13), TensorFlow for CPU or DEVICE=gpu

$(READY): $(LOCK) pyproject.toml
	@test -n "$(LOCK)" || { echo "DEVICE is cpu or gpu, not '$(DEVICE)'"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed; say which: make setup PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "This Python has no venv module; on Debian: apt-get install python3-venv"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q course grader
	rm -f $(VENV)/ready-* && touch $@

lab: setup  ## open your copy of the labs, my_labs/, in JupyterLab
	@mkdir -p my_labs
	@for lab in labs/*; do test -e "my_$$lab" || cp -r "$$lab" my_labs/; done
	@$(BIN)/python -m grader.kernel
	JUPYTER_PATH=$(CURDIR)/grader/kernel/jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH} \
	  $(BIN)/jupyter lab --notebook-dir=my_labs

labs: setup  ## build the students' notebooks from the lessons
	$(BIN)/grader build $(LAB) --no-execute

solutions: setup  ## build the labs, execute the solutions, and see that a second run repeats them
	$(BIN)/grader build $(LAB) --force
	$(BIN)/grader validate $(LAB) --record

validate: setup  ## replay the solutions and compare every output
	$(BIN)/grader validate $(LAB) $(TOLERANCE_$(DEVICE))

demo: setup  ## build, grade a small demo class, print the table and where the feedback lies
	$(BIN)/grader build
	$(BIN)/grader demo

grade: setup  ## grade a class: make grade LAB=01 SUBMISSIONS=folder-or-zip
	$(BIN)/grader grade $(LAB) --submissions $(SUBMISSIONS)
	$(BIN)/grader feedback $(LAB)

formgrader: setup  ## JupyterLab with nbgrader's pages on the class in classroom/
	JUPYTER_CONFIG_PATH=$(CURDIR)/course $(BIN)/jupyter lab

audit: setup  ## how often the checks err, over the whole bank of answers; published in course/audit.md
	$(BIN)/grader audit $(LAB) --seeds $(SEEDS) --publish

calibrate: setup  ## what right answers reach over many seeds; are the thresholds covered?
	$(BIN)/grader calibrate $(LAB)

test: setup  ## everything CI runs: audits and replays what changed, and a random share of the rest
	$(BIN)/grader test $(LAB)

lock: setup  ## pin the newest releases that pyproject.toml allows (needs uv)
	for device in cpu gpu; do \
	  test $$device = cpu && lock=$(LOCK_cpu) || lock=$(LOCK_gpu); \
	  uv pip compile pyproject.toml --extra $$device --extra instructor --extra dev --universal \
	    --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --upgrade --quiet -o $$lock || exit 1; \
	done

clean:  ## remove what was built here: the environment, the demo class, caches
	rm -rf $(VENV) demo_class build *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find course grader tests -name __pycache__ -type d -prune -exec rm -rf {} +
