# What a person types: `make demo` looks at the simulated estate, `make test` runs all tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export UV_COMPILE_BYTECODE = 1

.PHONY: help setup demo test check fix docs lock bench-access bench-collect clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/run.stamp: $(UV) requirements/run.txt pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python hatchling editables
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/dev.stamp ## make the virtual environment with all that developing needs

demo: $(VENV)/run.stamp ## install, then audit the simulated estate acme
	$(BIN)/pipewarden --demo audit --fail-on never

test: $(VENV)/dev.stamp ## install, then run all tests
	$(BIN)/python -m pytest -n 2 -q

check: $(VENV)/dev.stamp ## format, lint, types, floors, stale pages
	$(BIN)/ruff format --check src tests benchmarks scripts
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src tests docs README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md
	$(BIN)/python scripts/docs.py --check

fix: $(VENV)/dev.stamp ## format and mend what can be mended by itself
	$(BIN)/ruff format src tests benchmarks scripts
	$(BIN)/ruff check --fix src tests benchmarks scripts

docs: $(VENV)/dev.stamp ## write the generated pages
	$(BIN)/python scripts/docs.py

lock: $(UV) ## pin the requirements anew, with hashes and without addresses
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/run.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements/dev.in -o requirements/dev.txt

bench-access: $(VENV)/dev.stamp ## the access engine at 100,000 accounts beside SQLite and rustworkx
	$(BIN)/python -m benchmarks.access

bench-collect: $(VENV)/dev.stamp ## collect 5,000 people and 10,000 repositories from the loopback estate
	$(BIN)/python -m benchmarks.collect

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
