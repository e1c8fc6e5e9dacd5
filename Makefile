# One command each: `make run` for a whole Collab, `make test` for everything CI checks.
# Nothing is installed outside this folder, except Debian's Chromium and
# Mosquitto by `make browser`.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PORT ?= 8000
DEMAND ?=
export PORT DEMAND
# Two thousand modules are compiled once, not at each start of each process: half of its time.
# They lie beside our data, for those who keep bytecode out of their source trees.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.local/bytecode

BIN := .venv/bin
STAMPS := .local/stamps
VERSION_OK := import sys; sys.exit(sys.version_info[:2] != (3, 11))
# A system's own Python is built with profiles and a tenth faster than one compiled as it comes; it
# needs its venv package, though.
USABLE := import ensurepip, venv; $(VERSION_OK)
PYTHON := $(shell for p in /usr/bin/python3.11 python3.11 python3; do \
	$$p -c '$(USABLE)' 2>/dev/null && command -v $$p && break; done)
FRONTEND := $(shell find frontend -type f 2>/dev/null) \
	$(wildcard package.json vite.config.* tsconfig*.json)
TEMPLATES := $(shell find templates */templates collab/*/templates -type f 2>/dev/null)
# Checks read the settings but serve nobody; the tests bring their own servers.
CHECKED := COLLAB_ENV=test
LOCKED := --quiet --only-binary=:all: --require-hashes
# uv knows neither pip's settings nor its mirrors: where it finds no packages, pip may.
INSTALL = $(BIN)/uv pip install $(LOCKED) --system-certs --python $(BIN)/python -r $< || { \
	echo "uv could not install them, trying pip …" >&2; \
	$(BIN)/python -m pip install $(LOCKED) --disable-pip-version-check -r $<; }
NODE_PATH = PATH="$$($(BIN)/python -m collab.local.node):$$PATH"

# What a stamp stands for may be gone.
ifeq ($(wildcard $(BIN)/python),)
$(shell rm -f $(STAMPS)/venv $(STAMPS)/tools $(STAMPS)/python $(STAMPS)/development)
endif
ifeq ($(wildcard node_modules),)
$(shell rm -f $(STAMPS)/npm)
endif
ifeq ($(wildcard static/dist),)
$(shell rm -f $(STAMPS)/build)
endif

SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs=$(shell nproc 2>/dev/null || echo 2)
CHECKS := check-types check-api check-frontend check-contracts check-migrations check-style

.PHONY: help setup development run test tests check $(CHECKS) servers bench browser pictures picture lock clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(STAMPS)/build $(STAMPS)/catalogues ## install the locked packages and build the front end
	@:

# The front end is built while the database is prepared.
run: $(STAMPS)/python ## start everything and print its address (PORT=8001 DEMAND=file.csv)
	@exec $(BIN)/python -m collab.local.run --after "$(MAKE) --silent setup"

# No core waits: packages of both languages at once, then the quick checks, types beside the tests.
test: ## everything CI checks
	@$(SIDE_BY_SIDE) --output-sync=target setup development browser
	@$(SIDE_BY_SIDE) --output-sync=target $(filter-out check-types,$(CHECKS))
	@$(SIDE_BY_SIDE) tests check-types

tests:
	$(CHECKED) $(BIN)/python -m tests.harness.strands

# What tests, checks and benchmarks need besides.
development: $(STAMPS)/development
	@:

# None needs another: as many at a time as there are cores, the longest first.
check: setup development ## the quick gates: style, types, contracts, migrations, API, front end
	@$(SIDE_BY_SIDE) --output-sync=target $(CHECKS)

check-types:
	$(CHECKED) $(BIN)/mypy .

check-contracts:
	$(CHECKED) $(BIN)/lint-imports

check-api:
	$(CHECKED) $(BIN)/python manage.py spectacular --validate --fail-on-warn \
		| diff --unified docs/reference/openapi.yaml -

check-frontend:
	$(NODE_PATH) npm test

check-migrations:
	$(CHECKED) $(BIN)/python manage.py makemigrations --check --dry-run

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: setup development ## compare with peers, ratios only
	$(CHECKED) $(BIN)/python -m benchmarks

servers: setup development ## keep the tests' database server warm while you work (Ctrl-C ends it)
	@exec $(BIN)/python -m tests.harness.servers

browser: ## install Debian's Chromium for the browser tests, and Mosquitto for those of devices
	@has() { PATH="$$PATH:/usr/sbin" command -v "$$1" >/dev/null; }; \
	has chromium-headless-shell && has mosquitto && exit 0; \
	if [ "$$(id -u)" = 0 ] && has apt-get; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium-headless-shell fonts-liberation mosquitto >/dev/null && exit 0; \
	fi; \
	has chromium-headless-shell || has chromium && exit 0; \
	echo "expected the program chromium: install it, or run \`make browser\` as root on Debian." >&2; \
	exit 1

pictures: setup development browser ## keep a picture of every screen in test-results/screens
	COLLAB_PICTURES=1 $(CHECKED) $(BIN)/python -m pytest tests/journeys/test_screens.py

picture: ## renew README's picture of the control tower from the last test run
	cp test-results/screens/avalon-home-desk-light.png docs/guide/tower.png

lock: $(STAMPS)/tools ## renew the lock files after an edit of requirements*.in or package.json
	for name in requirements requirements-setup requirements-dev; do \
		$(BIN)/uv pip compile --quiet --system-certs --generate-hashes --no-header --no-annotate --only-binary :all: \
			--python-version 3.11 $$name.in -o $$name.lock; \
	done
	$(NODE_PATH) npm install --package-lock-only --no-audit --no-fund

clean: ## remove everything that was installed, built or stored here, the data included
	@if [ -L .local/pg ]; then rm -rf -- "$$(readlink .local/pg)"; fi
	rm -rf .venv .local node_modules static/dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@if [ -z "$(PYTHON)" ]; then \
		echo "expected Python 3.11 with venv as python3.11 or python3, found $$(python3 --version 2>/dev/null || echo none): install it (Debian: python3.11-venv)." >&2; exit 1; \
	fi
	@[ -x $(BIN)/python ] && $(BIN)/python -c '$(VERSION_OK)' || $(PYTHON) -m venv --clear .venv
	@mkdir -p $(@D) && touch $@

# pip needs no help to install the installer; the installer is several times as fast.
$(STAMPS)/tools: requirements-setup.lock $(STAMPS)/venv
	@echo "Installing uv and Node.js …"
	@$(BIN)/python -m pip install $(LOCKED) --disable-pip-version-check -r $<
	@touch $@

$(STAMPS)/python: requirements.lock $(STAMPS)/tools
	@echo "Installing the Python packages …"
	@$(INSTALL)
	@touch $@

$(STAMPS)/development: requirements-dev.lock $(STAMPS)/python
	@echo "Installing the packages of tests and checks …"
	@$(INSTALL)
	@touch $@

$(STAMPS)/npm: package-lock.json $(STAMPS)/tools
	@echo "Installing the front end's packages …"
	@$(NODE_PATH) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/build: $(STAMPS)/npm $(FRONTEND) $(TEMPLATES)
	@echo "Building the front end …"
	@$(NODE_PATH) npm run --silent build
	@touch $@

$(STAMPS)/catalogues: $(STAMPS)/python $(shell find locale -name '*.po' 2>/dev/null)
	@$(CHECKED) $(BIN)/python manage.py compile_catalogues
	@touch $@
