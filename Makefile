# make run    set up, then the main job on layouts/earbud.toml
# make tour   from layout to stacks with synthetic readings, as in docs/tour.md
# make test   set up, then every check and test
# make lock   write the lock files again from pyproject.toml

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
TEST_READY := $(VENV)/.test-ready

.DEFAULT_GOAL := help
.PHONY: help run tour test check lock clean

help:
	@sed -n 's/^# //p' Makefile

run: $(RUN_READY)
	@$(BIN)/tfbpattern run layouts/earbud.toml -o out/earbud

tour: $(RUN_READY)
	@mkdir -p out
	@$(BIN)/tfbpattern run layouts/tour.toml -o out/tour
	@$(BIN)/python benchmarks/synthetic_results.py out/tour out/tour-results.csv --seed 3
	@$(BIN)/tfbpattern cells merge out/tour out/tour-results.csv -o out/tour-tested
	@$(BIN)/tfbpattern cells heatmap out/tour-tested --column z_ohm -o out/tour-z_ohm.png
	@$(BIN)/tfbpattern cells chart out/tour-tested --column z_ohm --by site
	@$(BIN)/tfbpattern singulate out/tour-tested -o out/tour-cut --skip-bin short --skip-bin 99
	@$(BIN)/tfbpattern cells stack out/tour-tested --layers 28 --match ocv_v=0.020 --match z_ohm=10% --samples 3

test: check
	$(BIN)/pytest -n 2

check: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(TEST_READY): requirements-dev.lock $(RUN_READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lock: $(TEST_READY)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
