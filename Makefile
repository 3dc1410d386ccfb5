# Every task of the project by the name a person would guess. Needs Python 3.11+, git and make; everything else is locked.
PYTHON ?= python3
BIN := .venv/bin
export INCENTIVES_HOME ?= $(CURDIR)/var
export DAGSTER_HOME ?= $(INCENTIVES_HOME)/dagster
export DO_NOT_TRACK = 1
SCRATCH := $(INCENTIVES_HOME)/check
DBT_QUIETLY := --profiles-dir . --target-path $(SCRATCH)/dbt --log-path $(SCRATCH)/dbt --no-version-check \
	--no-send-anonymous-usage-stats

.PHONY: help setup setup-dev nightly test test-slow check dev bench history-example ci clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

setup: .venv/runtime.stamp  ## the virtual environment that `make nightly` needs

setup-dev: .venv/dev.stamp  ## the same with the tools for tests and checks

nightly: setup  ## a whole night of the sample company: extract, load, build, gate, pay, publish
	@$(BIN)/incentives nightly

dev: setup  ## Dagster's web UI on the sample company's data
	@$(BIN)/incentives dev

history-example: setup  ## a public CRM export through the same marts and a commission plan
	@$(BIN)/incentives history-example

test: setup-dev  ## the whole test suite, on two cores
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-slow: setup-dev  ## what takes minutes: a night killed at every named point
	@$(BIN)/python -m pytest -m slow -n 2 --dist load $(PYTEST_ARGS)

check: setup-dev  ## static checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 1 dbt_project/models
	$(BIN)/incentives plan check
	cd dbt_project && ../$(BIN)/dbt --quiet --warn-error parse $(DBT_QUIETLY)
	INCENTIVES_HOME=$(SCRATCH) $(BIN)/dg check defs --no-check-yaml

bench: setup-dev  ## benchmarks, each a ratio to a baseline measured in the same run
	@$(BIN)/python -m benchmarks

ci: ## what CI runs
	@bash .ci/run

clean:  ## remove the virtual environment and caches; data in var/ stays
	rm -rf .venv dbt_project/target .pytest_cache .ruff_cache

# One pip run with hashes; --no-deps because the lock is complete. The project itself is installed editable, without resolving anything.
.venv/runtime.stamp: requirements.lock pyproject.toml
	@test -d .venv || $(PYTHON) -m venv .venv
	@echo "Installing locked packages (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/runtime.stamp requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
