.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := services/sdk services/platform services/sample_api services/worker_etl
PYPROJECTS := $(MEMBERS:%=%/pyproject.toml)

.PHONY: help setup up down status logs clean test pythons lint fmt docs lock bench footprint

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
setup: $(VENV)/.ready ## Create .venv with the locked dependencies and the four members
up: setup ## Start the platform, wait until it is healthy and run ventas_etl once (RUNTIME=embedded|compose)
	@$(BIN)/almenara up
down: setup ## Stop every part and keep the data
	@$(BIN)/almenara down
status: setup ## Show each part, its health and its address
	@$(BIN)/almenara status
logs: setup ## Follow the logs of the parts (S=platform for one of them)
	@$(BIN)/almenara logs --follow $(S)
clean: setup ## Stop every part and remove the data, after asking
	@$(BIN)/almenara clean
test: setup ## Run the test suite; what this machine cannot run is skipped and counted
	@$(BIN)/python -m pytest $(ARGS)
pythons: setup ## Run the SDK's tests under every other Python from 3.11 to 3.14 that is here
	@$(BIN)/python tests/pythons.py
lint: setup ## Check style and types
	@$(BIN)/ruff check --no-cache . && $(BIN)/ruff format --no-cache --check . && $(BIN)/mypy
fmt: setup ## Format the code and sort its imports
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
docs: setup ## Write docs/reference anew from the code
	@$(BIN)/python docs/reference/generate.py
lock: setup ## Resolve requirements.lock anew from the pyproject files
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-package almenara --no-emit-package almenara-worker-etl --custom-compile-command "make lock" --all-extras $(PYPROJECTS) --group pyproject.toml:dev -o requirements.lock
bench: setup ## Measure ours beside the peer and print the ratios
	@$(BIN)/python -m tests.bench $(ARGS)
footprint: setup ## Measure start, memory and images of the compose stack into docs/reference/footprint.md
	@$(BIN)/python -m tests.bench.footprint

$(VENV)/.ready: requirements.lock $(PYPROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Almenara needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@
