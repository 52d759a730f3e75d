# huizong 汇总: make help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test unit machine check bench bench-full performance dictionary proof-rules proof-kills proof-orders proof-ops clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "huizong needs Python 3.11 or later with venv; on Debian: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/ready ## make a demo office in ./demo, run its night, say where the results are
	$(BIN)/huizong demo demo --fresh

test: $(VENV)/ready ## every test, on a real PostgreSQL and a real Prefect server
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: $(VENV)/ready ## the quick tests: no server, no Prefect, under half a minute
	$(BIN)/python -m pytest tests/catalog tests/flows tests/connectors tests/house -m "not postgres" --ignore tests/flows/demo

machine: ## the browser, Samba, PostgreSQL and sudo that some tests need (Debian, as root); without them those tests are skipped and say so
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver samba postgresql sudo

check: $(VENV)/ready ## style, types and the walls of the house
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/ready ## speed as ratios against the bound, on 100 workbooks; what was measured is kept in measured.json
	$(BIN)/python -m bench --out measured.json

bench-full: $(VENV)/ready ## the same on 1,000 workbooks, into docs/performance.json, and the pages written from it (some hours)
	$(BIN)/python -m bench --size full --out docs/performance.json
	$(MAKE) performance

performance: $(VENV)/ready ## write docs/performance.md and docs/growing.md anew from docs/performance.json
	$(BIN)/python -m bench report docs/performance.json > docs/performance.md
	$(BIN)/python -m bench growing docs/performance.json > docs/growing.md

dictionary: $(VENV)/ready ## write docs/data-dictionary.md and its Chinese twin anew
	$(BIN)/python -m flows.dictionary docs

proof-rules: $(VENV)/ready ## take each rule for the mess of hand-ins out of the code, one at a time: a test named after its case must fail
	$(BIN)/python -m tests.removed

proof-kills: $(VENV)/ready ## kill the night at over 1,000 points, and at some on PostgreSQL, and compare what the next one leaves
	$(BIN)/python -m tests.killing

proof-orders: $(VENV)/ready ## the same files in 200 orders over one to five nights each
	$(BIN)/python -m tests.killing --orders 200

proof-ops: $(VENV)/ready ## the long proofs of operating: parts killed, a share that dies, a district, no network, every runbook, a newcomer (half an hour at most)
	HUIZONG_PROOF_OPS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --durations=25 tests/ops

clean: ## remove the environment and the demo office
	rm -rf $(VENV) demo
