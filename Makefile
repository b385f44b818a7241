# Every target sets up .venv by itself from a bare Python 3.11 and the pinned versions.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
# Tests wait as well as reckon, so one more runs than there are processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help demo demo-kernel test lint format bench mutants kernel soak clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "qosbot needs Python 3.11 or newer; none was found on PATH"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "qosbot needs Python 3.11 or newer; $(PYTHON) is older"; exit 1; }
	@echo "setting up .venv (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(READY)  ## start the lab and play seven incidents on it, in about two minutes
	@$(BIN)/qosbot demo

demo-kernel: $(READY)  ## the same on real queues of Linux: incidents 1, 2, 5 and 6, as root, about four minutes
	@missing=; for pair in ip:iproute2 tc:iproute2 nft:nftables snmpd:snmpd; do \
	  PATH=$$PATH:/usr/sbin:/sbin command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; done; \
	if [ -n "$$missing" ]; then echo "installing from Debian:$$missing"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; fi
	@$(BIN)/qosbot demo --kernel

test: $(READY)  ## run the tests (no root, under five minutes)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(READY)  ## format, lint, imports, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --verbose
	@$(BIN)/mypy

format: $(READY)  ## let the tools decide the layout
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY)  ## print the cost of a poll, a score and a night, as JSON
	@$(BIN)/python -m tests.bench

mutants: $(READY)  ## break conditions on purpose, one at a time; a test must notice each
	@$(BIN)/python -m tests.mutants

kernel: $(READY)  ## the lab's tests on real queues of Linux, as root (about five minutes)
	@QOSBOT_KERNEL=1 $(BIN)/python -m pytest -q -n 0 tests/lab/kernel/test_traffic_queues.py tests/lab/kernel/test_kernel_traces.py tests/lab/kernel/test_kernel_lab.py

soak: $(READY)  ## kill the bot at every step of a change (about half an hour)
	@QOSBOT_SOAK=1 $(BIN)/python -m pytest -q -n 4 tests/end_to_end/test_kill_soak.py

clean:  ## remove what was set up
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
