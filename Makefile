# Kinoteka needs Python 3.11 to 3.13 and make, nothing else. Everything is kept below this folder.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-cache-dir --quiet
# The lock names everything that is needed, so nothing has to be looked for. What only tests need is compiled when it is
# imported: most of it never is.
INSTALL_LOCKED := $(PIP) install --no-deps --require-hashes
INSTALL_FOR_TESTS := $(INSTALL_LOCKED) --no-compile
PYTHON ?=
SERVICES ?= ../shared/tools/services/services.sh
SERVICES_FOLDER ?= $(CURDIR)/build/services
WORKERS ?= 3
COMPOSE ?= docker compose
TESTS ?= tests
SERVED_TESTS ?= tests/contract tests/integration tests/functional $(wildcard tests/e2e/test_*_servers.py)

export PIP_NO_INPUT := 1
# Some containers set it. Whatever starts here would then compile all that it imports, each time.
unexport PYTHONDONTWRITEBYTECODE

NEED_SERVICES = test -x $(SERVICES) || { \
  echo "There is no $(SERVICES): name the script that starts the servers with SERVICES=…" >&2; exit 1; }; \
  mkdir -p $(SERVICES_FOLDER)

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Use ------------------------------------------------------------------------------------------------------------------

.PHONY: run
run: $(VENV)/.run ## Serve the demo catalogue: PostgreSQL, search, API and docs in one process
	@exec $(BIN)/kinoteka serve --demo

.PHONY: doctor
doctor: $(VENV)/.run ## Check this machine and say what to do
	@$(BIN)/kinoteka doctor

# Check ----------------------------------------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/.dev ## Run all tests on what is shipped: embedded PostgreSQL, tantivy, memory
	@env $$(env | sed -n 's/^\(TEST_[A-Z0-9_]*\)=.*/-u \1/p') $(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(TESTS)

.PHONY: test-services
test-services: $(VENV)/.dev ## Run them on PostgreSQL, Elasticsearch, Redis and S3, started for it (SERVICES=…, SERVICES_FOLDER=…)
	@$(NEED_SERVICES)
	@trap '$(SERVICES) down $(SERVICES_FOLDER)' EXIT; \
	  variables=$$($(SERVICES) up $(SERVICES_FOLDER)); eval "$$variables"; \
	  TEST_SERVICES_SCRIPT=$(SERVICES) $(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(SERVED_TESTS)

.PHONY: test-compose
test-compose: ## Run the functional tests in Docker, in a stack of their own that is gone afterwards (TESTS=tests/functional)
	@trap '$(COMPOSE) -f tests/functional/compose.yaml down --volumes >/dev/null 2>&1; \
	  docker image rm kinoteka-tests:local >/dev/null 2>&1 || true' EXIT; \
	  TESTS=$(if $(filter command environment,$(origin TESTS)),$(TESTS),tests/functional) \
	  $(COMPOSE) -f tests/functional/compose.yaml up --exit-code-from tests

.PHONY: try-compose
try-compose: ## Try the whole stack in Docker: backup, restore, scale, rolling restart, kills, its tests (ARGS=--keep)
	@$(FIND_PYTHON); "$$python" deploy/try_compose.py $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## Check style, formatting and the arrows between packages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.dev ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: types
types: $(VENV)/.dev ## Check types
	@$(BIN)/mypy

.PHONY: ci
ci: ## Run everything that a change must pass
	@.ci/run

# Measure --------------------------------------------------------------------------------------------------------------

.PHONY: bench
bench: $(VENV)/.dev ## Measure all that is promised, as ratios in one run (ARGS="--only hot,build --films 100000")
	@$(BIN)/python -m benchmarks.bench $(ARGS)

.PHONY: bench-compare
bench-compare: $(VENV)/.dev ## Show the last two runs of make bench side by side, with their noise (ARGS="A.json B.json")
	@$(BIN)/python -m benchmarks.bench.compare $(ARGS)

.PHONY: scale
scale: $(VENV)/.dev ## Measure how all of it grows with the catalogue (ARGS="--films 10000,100000,1000000 --shape embedded,servers")
	@$(BIN)/python -m benchmarks.scale $(ARGS)

.PHONY: profiles
profiles: $(VENV)/.dev ## Draw where the time of a list, search, film, write and sign-in goes (ARGS=FOLDER)
	@$(BIN)/python -m benchmarks.profiles $(ARGS)

.PHONY: crash
crash: $(VENV)/.dev ## Kill indexers, PostgreSQL and Elasticsearch under load, then compare both sides (ARGS="--seeds 10 --catalogue FOLDER")
	@$(NEED_SERVICES)
	@SERVICES=$(SERVICES) $(BIN)/python -m benchmarks.crash --services $(SERVICES_FOLDER) $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## Use it for ten minutes while everything is killed and paused; nothing may be lost (ARGS="--minutes 30 --seed 2")
	@$(NEED_SERVICES)
	@SERVICES=$(SERVICES) $(BIN)/python -m benchmarks.soak --services $(SERVICES_FOLDER) $(ARGS)

.PHONY: cluster
cluster: $(VENV)/.dev ## Lose each of three Elasticsearch nodes under load, without a failed request (ARGS="--catalogue FOLDER")
	@$(NEED_SERVICES)
	@SERVICES=$(SERVICES) $(BIN)/python -m benchmarks.cluster --services $(SERVICES_FOLDER) $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## Any bytes for every parser, any requests for every route, a minute each (ARGS="csv own-trakt routes --seconds 300")
	@$(BIN)/python -m benchmarks.fuzz $(ARGS)

.PHONY: relevance
relevance: $(VENV)/.dev ## Measure search, slice by slice, against its gates (ARGS="--catalogue FOLDER")
	@$(BIN)/python -m benchmarks.relevance $(ARGS)

# Make -----------------------------------------------------------------------------------------------------------------

.PHONY: docs
docs: $(VENV)/.dev ## Generate the reference pages
	@$(BIN)/python docs/reference/generate.py

.PHONY: dist
dist: $(VENV)/.dev ## Build wheel and sdist into dist/
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist . >/dev/null
	@ls dist

.PHONY: lock
lock: $(VENV)/.dev ## Choose newest versions and write requirements*.txt: names, versions and hashes
	@$(BIN)/uv pip compile pyproject.toml --group build $(LOCK) --upgrade -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group build --group dev $(LOCK) -c requirements.txt -o requirements-dev.txt
	@$(BIN)/uv pip compile --group fuzz $(LOCK) -o requirements-fuzz.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.PHONY: clean
clean: ## Remove what was made here; the catalogue in kinoteka-data stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The environment ------------------------------------------------------------------------------------------------------

# PYTHON, or the newest of the supported ones on the path.
FIND_PYTHON = \
  for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
    if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
      python=$$candidate; break; fi; done; \
  if [ -z "$${python:-}" ]; then \
    echo "Kinoteka needs Python 3.11, 3.12 or 3.13, which is not on the path; install it or say where: make PYTHON=…" >&2; exit 1; fi; \
  if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
    version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
    echo "This Python cannot make environments: install python$$version-venv (Debian, Ubuntu) or python3-pip (others)." >&2; exit 1; fi

$(BIN)/python:
	@$(FIND_PYTHON); echo "Making the environment in $(VENV) ($$python)…"; "$$python" -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Kinoteka needs…"
	@$(INSTALL_LOCKED) -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what its tests need…"
	@$(INSTALL_FOR_TESTS) -r requirements-dev.txt
	@touch $@

$(VENV)/.fuzz: requirements-fuzz.txt $(VENV)/.dev
	@$(INSTALL_FOR_TESTS) -r requirements-fuzz.txt
	@touch $@
