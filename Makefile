# Everything a person does with SPD. `make help` lists it.
# The system's own Python where it is new enough: distributions build it with profiles, which takes a quarter off all
# that we do; one built by hand mostly is not.
SYSTEM := /usr/bin/python3
PYTHON ?= $(shell $(SYSTEM) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(SYSTEM) || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check format lint types ranks bench fuzz recall-load recall-ci refill-load report-load finance-load search-load charge-load growth-load zpl-renderer lock clean offline-faults planted-faults page-measures

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Make .venv from the lock file

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "SPD needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q spd api scanners migrations # where Python may not keep it, each start would compile all
	@touch $@

demo: setup ## A demo hospital at http://127.0.0.1:8000, logins printed
	$(BIN)/spd demo

serve: setup ## Serve the configured database (SPD_DATABASE_URL)
	$(BIN)/spd serve

test: setup ## Run the whole suite
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: setup format lint types ranks test ## Format, lint, types, ranks, tests

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

ranks: setup
	$(BIN)/lint-imports

bench: setup ## Measure against the limit of this machine
	$(BIN)/spd bench

fuzz: setup ## Read a million damaged codes: nothing but Unreadable is raised
	SCANNERS_FUZZ=1000000 $(BIN)/pytest tests/scanners/test_any_input.py -k damaged_codes

offline-faults: setup ## Two thousand scans kept without network, drained through kills of the server (EVENTS=)
	SPD_OFFLINE_EVENTS=$(or $(EVENTS),2000) $(BIN)/pytest tests/browser/test_queue_killed.py

planted-faults: setup ## Plant what a queue may do wrong, one fault at a time: each is found
	SPD_PLANTED=1 $(BIN)/pytest -s tests/browser/test_planted_queue_faults.py

page-measures: setup ## Five scans a second for a minute, and a cold start on a slow device
	SPD_MEASURE=$(or $(SECONDS),60) $(BIN)/pytest -s tests/browser/test_measures.py

recall-load: setup ## Measure a recall over thirty million movements (ten minutes and 25 GB to load; MOVEMENTS=3000000 for less)
	$(BIN)/python -m spd.bench.recall --movements $(or $(MOVEMENTS),30000000)

recall-ci: setup ## The same over three million, as .ci/run does: held within 60 s, listed within 5 s, every unit accounted for
	$(BIN)/python -m spd.bench.recall --movements 3000000

refill-load: setup ## Measure the refill list and a wave of four thousand packs on a large hospital
	$(BIN)/python -m spd.bench.refill --movements $(or $(MOVEMENTS),300000)

report-load: setup ## Measure closed months over a million movements, and 100,000 rows to xlsx
	$(BIN)/python -m spd.bench.reports --movements $(or $(MOVEMENTS),1000000)

finance-load: setup ## Measure roll-up, closed months, DRGs and scans beside them (MOVEMENTS=10000000 or 30000000 for more)
	$(BIN)/python -m spd.bench.finance --movements $(or $(MOVEMENTS),1000000)

search-load: setup ## Measure stock search over eighty thousand things while scans run
	$(BIN)/python -m spd.bench.stock_search

charge-load: setup ## Measure the reconciliation of a day's HIS charges (41,000 lines) on PostgreSQL
	$(BIN)/python -m spd.bench.charges --lines $(or $(LINES),41000)

growth-load: setup ## Measure a scan over a hundred thousand movements and over ten million, turn by turn (MOVEMENTS=)
	$(BIN)/python -m spd.bench.growth --movements $(or $(MOVEMENTS),10000000)

zpl-renderer: setup ## Put an independent ZPL renderer beside the tests (needs npm)
	npm install --silent --no-audit --no-fund --prefix $(VENV)/zpl zpl-renderer-js@3.4.0

lock: ## Pin versions and hashes again (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock

clean: ## Remove what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
