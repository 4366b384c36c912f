# The commands of this repository. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: help install install-dev run sample test check bench soak screenshots clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*## |^[a-z-]+:  *## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Fengping needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 run") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }  # half a one would be taken for whole next time

$(VENV)/.installed: requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing, once: a few minutes and about 2 GB on disk (on Linux several more, when torch brings CUDA)."
	@echo "1 of 2: torch, the largest part ..."
	@$(PIP) torch==2.13.0
	@echo "2 of 2: everything else ..."
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) -r requirements-dev.txt
	@touch $@

install: $(VENV)/.installed          ## make .venv and install what Fengping needs to run
install-dev: $(VENV)/.installed-dev  ## the same, and what tests need

run: install          ## start the monitor and the dashboard on http://127.0.0.1:8501
	$(BIN)/fengping up

sample: install       ## the same, with sixty simulated days of two invented brands
	$(BIN)/fengping up --sample

test: install-dev     ## every test
	$(BIN)/python -m pytest -n auto --dist loadfile

check: install-dev    ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy errors.py settings.py collectors analyzers storage monitor

bench: install-dev    ## speed and memory beside peers: collecting, pages, spikes, sentiment
	$(BIN)/python -m monitor.bench
	$(BIN)/python -m dashboard.bench
	$(BIN)/python -m analyzers.spikes.bench
	$(BIN)/python -m models.bench

soak: install-dev     ## 500 sources, a third hostile, three simulated hours: nothing lost, nobody starved, no leak
	$(BIN)/python -m tests.soak

screenshots: install-dev  ## every page, two widths, two languages, two themes, into screenshots/
	$(BIN)/python -m dashboard.screenshots screenshots

clean:                ## remove what was built; never touches data/
	rm -rf $(VENV) screenshots .pytest_cache .mypy_cache .ruff_cache build *.egg-info
