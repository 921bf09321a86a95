# Everything runs from `.venv` in the checkout; override a variable on the command line: `make up STACK=prod`.
PYTHON ?= python3
STACK ?= dev
VENV := .venv
LOCK := requirements-dev.lock
INSTALLED := $(VENV)/.installed

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# gRPC's threads of the stand-ins would abort a process that a test starts beside them with a function of its own.
export GRPC_ENABLE_FORK_SUPPORT := false

.PHONY: up
up: venv ## Bring the whole platform up on this machine, on the real engine and a real API server.
	$(VENV)/bin/python -m rehearsal up --stack $(STACK)

.PHONY: down
down: ## Stop every rehearsal and remove what it left; the cache of built programs stays.
	@if [ -e $(INSTALLED) ]; then $(VENV)/bin/python -m rehearsal down; else echo 'nothing is up: $(VENV) does not exist'; fi

.PHONY: venv
venv: $(INSTALLED) ## Install exactly what the lock file names.

# The mark is made last, so an interrupted installation is begun again.
$(INSTALLED): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: name one with `make PYTHON=/path/to/python3.11 ...`' >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV) || \
		{ echo 'Python has no venv module: install it (on Debian: apt-get install python3-venv)' >&2; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	touch $@

# In the order of their names: the rehearsals, which take minutes, come before the unit tests, which fill the gaps.
.PHONY: test
test: venv ## Run every test: unit, mounted files against real servers, upgrades, and the rehearsal on the real engine.
	tests/servers.sh
	$(VENV)/bin/python -m rehearsal.toolchain rclone versitygw cert-manager
	$(VENV)/bin/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

.PHONY: official
official: venv ## Run the rehearsal's tests again on the official Kubernetes provider, built first: a second opinion.
	$(VENV)/bin/python -m rehearsal.toolchain provider-kubernetes
	$(VENV)/bin/python -m tests.rehearsal.official built --numprocesses 3 --dist loadfile --no-loadscope-reorder

.PHONY: kills
kills: venv ## Kill an `up` at every boundary in turn, for hours: make kills STACK=prod KILLS='--victim engine --sample 20'.
	$(VENV)/bin/python -m tests.rehearsal.kills --stack $(STACK) $(KILLS)

.PHONY: unit
unit: venv ## Run only the quick tests.
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal tests/unit

.PHONY: check
check: venv ## Check format, lint, types and that generated documentation is current.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright
	$(VENV)/bin/python -m docs --check

.PHONY: bench
bench: venv ## Measure the program against its floor, its memory, and the critical path of `up`.
	$(VENV)/bin/python -m bench

.PHONY: docs
docs: venv ## Generate the reference from the models.
	$(VENV)/bin/python -m docs
