# What a person types: `make demo` looks at the simulated estate, `make test` runs all tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
CODE := src tests benchmarks scripts
PAGES := README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs
# TESTS narrows a run: make test TESTS="tests/cli -x"
TESTS ?=
# starts are fast because nothing is compiled at the first one
export UV_COMPILE_BYTECODE = 1

.PHONY: help setup demo test test-clients check fix docs lock bench-access bench-collect bench-pipelines bench-secrets bench-clients bench-growth fuzz refusals clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

# three stamps, so that `make demo` installs no more than it runs, and nothing is installed twice
$(VENV)/build.stamp: requirements/build.txt
	@$(PYTHON) -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: $(PYTHON) must be Python 3.11 or newer with venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/run.stamp: $(VENV)/build.stamp requirements/run.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/clients.stamp: $(VENV)/dev.stamp requirements/clients.txt
	$(INSTALL) --require-hashes -r requirements/clients.txt
	@touch $@

setup: $(VENV)/dev.stamp ## make the virtual environment with all that developing needs

demo: $(VENV)/run.stamp ## install, then audit the simulated estate acme
	$(BIN)/pipewarden --demo audit --fail-on never

test: $(VENV)/dev.stamp ## install, then run all tests
	$(BIN)/python -m pytest -n 2 -q $(TESTS)

test-clients: $(VENV)/clients.stamp ## install the vendors' own clients, then have them read the loopback servers
	CLIENTS=1 $(BIN)/python -m pytest -q tests/clients

check: $(VENV)/dev.stamp ## format, lint, types, floors, spelling, stale pages, quoted commands
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell $(CODE) $(PAGES) Makefile pyproject.toml
	$(BIN)/python -m scripts.docs --check
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_project.py

fix: $(VENV)/dev.stamp ## format and mend what can be mended by itself
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(VENV)/dev.stamp ## write the generated pages
	$(BIN)/python -m scripts.docs

lock: $(VENV)/build.stamp ## pin the requirements anew, with hashes and without addresses
	$(COMPILE) --upgrade pyproject.toml -o requirements/run.txt
	$(COMPILE) --upgrade requirements/dev.in -o requirements/dev.txt
	$(COMPILE) --upgrade requirements/build.in -o requirements/build.txt
	$(COMPILE) --upgrade requirements/clients.in -o requirements/clients.txt

refusals: $(VENV)/dev.stamp ## refuse each endpoint and alter each field of every system in turn, and hold all verdicts against the whole
	PIPEWARDEN_EVERY_REFUSAL=1 $(BIN)/python -m pytest -n 2 -q tests/refused

bench-access: $(VENV)/dev.stamp ## the access engine at 100,000 accounts beside SQLite and rustworkx
	$(BIN)/python -m benchmarks.access

bench-collect: $(VENV)/dev.stamp ## collect and judge PEOPLE=20000 over six systems on loopback; ONLY=github reads GitHub alone
	$(BIN)/python -m benchmarks.collect$(if $(ONLY),_$(ONLY)) $(if $(PEOPLE),--people $(PEOPLE))

bench-pipelines: $(VENV)/dev.stamp ## audit the workflows below CORPUS=DIR beside zizmor; nothing is fetched
	@test -n "$(CORPUS)" || { echo "make: name a folder of workflows: make bench-pipelines CORPUS=DIR" >&2; exit 1; }
	$(BIN)/python -m benchmarks.pipelines "$(CORPUS)"

bench-secrets: $(VENV)/dev.stamp ## find planted secrets; CORPUS=DIR: alarms in real pipeline files; SCANNERS="DIR DIR": scanners' own tests
	$(BIN)/python -m benchmarks.secrets $(if $(CORPUS),--corpus $(CORPUS)) $(if $(SCANNERS),--scanners $(SCANNERS))

bench-clients: $(VENV)/clients.stamp ## what the vendors' own clients weigh, those that are installed
	$(BIN)/python -m benchmarks.clients

bench-growth: $(VENV)/dev.stamp ## how time grows with hostile text, with people and groups, with jobs to plan edits for
	$(BIN)/python -m benchmarks.growth

fuzz: $(VENV)/dev.stamp ## mutate the files below CORPUS=DIR for MINUTES=10, SEED=1: no reader may crash or hang
	@test -n "$(CORPUS)" || { echo "make: name a folder of pipeline files: make fuzz CORPUS=DIR" >&2; exit 1; }
	$(BIN)/python -m benchmarks.fuzz "$(CORPUS)" --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
