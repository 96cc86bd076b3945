# The commands of docs and README. Needs python3 >= 3.11 with venv, and make; nothing else.
# Installs again only when a lock or pyproject.toml changed. CONTRIBUTING.md tells the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
SOURCES := platform schema workers
# Test processes: one a core. `make test TESTS=tests/calls PYTEST_ARGS=-x` for a part of them.
PYTEST_ARGS ?= -n auto --dist worksteal
TESTS ?=
# Where `make demo` keeps its database, index and secrets.
DATA ?= data/demo
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: demo install install-dev test check main-job leak-proof differential policy-cost bench screenshots lock format clean

demo: install
	exec $(BIN)/renkei serve --demo --host $(HOST) --port $(PORT) --data $(DATA)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Renkei needs Python 3.11 or newer; name one with PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed

test: install-dev
	@sh .ci/system-packages
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(TESTS)

check: install-dev
	$(BIN)/ruff format --check $(SOURCES) tests
	$(BIN)/ruff check $(SOURCES) tests
	$(BIN)/mypy $(SOURCES) tests
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports
	$(BIN)/renkei schema export --check
	$(BIN)/renkei settings --check
	$(BIN)/renkei permissions --check
	$(BIN)/deptry $(SOURCES)
	$(BIN)/python tests/tools/licences.py

main-job: install-dev
	PYTHONPATH=tests $(BIN)/python -m main_job

# Worlds that differ only in what a viewer may not see answer alike: see docs/policy.md.
N ?= 20000
leak-proof: install-dev
	@sh .ci/system-packages
	PYTHONPATH=tests $(BIN)/python -m leak_proof $(N) --processes 2

# Plan, plain executor and an oracle without SQL answer random documents alike: tests/differential.
differential: install-dev
	@sh .ci/system-packages
	PYTHONPATH=tests $(BIN)/python -m differential $(N) --processes 2

# What the policy costs beside the same statements without it: docs/performance.md.
policy-cost: install-dev
	@sh .ci/system-packages
	PYTHONPATH=tests $(BIN)/python -m bench.policy_cost

# What a read costs beside named rivals: docs/performance.md. `make bench BENCH_ARGS="--scale 0.1"`
# for a smaller world. The rivals on Node are skipped where npm can't install them.
BENCH_ARGS ?=
bench: install-dev
	@sh .ci/system-packages
	PYTHONPATH=tests $(BIN)/python -m bench.reads $(BENCH_ARGS)

screenshots: install-dev
	@sh .ci/system-packages
	PYTHONPATH=tests $(BIN)/python -m screenshots

# Hashes, and no addresses: the lock says what, the machine's own pip says where from.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11
lock: install-dev
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group build --group dev --constraints requirements.lock \
	  --output-file requirements-dev.lock

format: install-dev
	$(BIN)/ruff check --fix $(SOURCES) tests
	$(BIN)/ruff format $(SOURCES) tests

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
