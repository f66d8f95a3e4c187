# make poise   set up, then simulate the POISE trial into results/poise
# make test    set up, then run the tests             (one file: make test ARGS=tests/test_chance.py)
# make web     set up the page's packages, then open it on this machine
# make test-web  set up the page's packages, then drive it in a browser
# make check   set up, then lint, format, types and the import rule
# make bench   set up the page's packages, then run every benchmarks/bench_*.py
# make exchange  set up the solver that exported files are tested with
# make bench-compare  set up other projects' solvers, then measure them beside the engine (ten minutes)
# make r       set up, then run in R what is written for R, as far as R and its packages are there (minutes)
# make chaos   set up, then kill runs at random moments and compare (minutes)
# make people  set up, then follow 22,000 random people under 26 plans and hold physical bounds (minutes)
# make hostile  set up the page's packages, then send 20,000 hostile inputs through every door (minutes)
# make mutants  set up the page's packages, then put faults into the source one at a time (an hour)
# make docs    set up, then build the documentation into build/docs/html, its blocks run (minutes)
# make browse-docs  set up the page's packages, then open the built documentation in a browser, phone and laptop
# make leaflet set up, then check every statement of the patient factsheet into results/leaflet
# make lock    resolve the locks again from pyproject.toml   (newest versions: make lock UPGRADE=--upgrade)
# make wasm    set up, then make the engines of WebAssembly that a wheel ships, from today's step (half a minute)
# make release TAG=v0.2.0  set up, then build wheel and source of a tag twice, compare, and write them into dist
# make clean   remove caches and build output          (the environment too: make distclean)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := test
.PHONY: wasm setup poise leaflet docs browse-docs web exchange r test test-web check bench bench-compare chaos hostile mutants people lock release clean distclean

BIN := .venv/bin
READY := .venv/.ready
WEB_READY := .venv/.ready-web
EXCHANGE_READY := .venv/.ready-exchange
DOCS_READY := .venv/.ready-docs
ARGS ?=
BENCHES ?= benchmarks/bench_*.py
UPGRADE ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	--no-header --no-annotate $(UPGRADE) pyproject.toml

setup: $(READY)

# An environment whose Python still runs is kept and brought up to date, never wiped.
$(READY): requirements.lock pyproject.toml
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		python=$$(bash scripts/find-python.sh); \
		"$$python" -m venv --clear .venv; \
	fi
	@echo "Installing what brittlestar needs into .venv (a few minutes the first time)"
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB_READY): $(READY) requirements-web.lock
	@echo "Installing what the page and its tests need"
	@$(PIP) install -qq --require-hashes -r requirements-web.lock
	@touch $@

$(EXCHANGE_READY): $(READY) requirements-exchange.lock
	@echo "Installing what runs exported files, and what the engine is compared with"
	@$(PIP) install -qq --require-hashes -r requirements-exchange.lock
	@touch $@

$(DOCS_READY): $(READY) requirements-docs.lock
	@echo "Installing what builds the documentation"
	@$(PIP) install -qq --require-hashes -r requirements-docs.lock
	@touch $@

exchange: $(EXCHANGE_READY)

poise: $(READY)
	$(BIN)/brittlestar trial poise --replicates 200 --seed 1 --out results/poise $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/web $(ARGS)

web: $(WEB_READY)
	$(BIN)/brittlestar serve --open $(ARGS)

test-web: $(WEB_READY)
	BRITTLESTAR_CHROMIUM="$$(bash scripts/find-chromium.sh)" $(BIN)/python -m pytest -W default tests/web $(ARGS)

check: $(WEB_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: $(WEB_READY)
	@export BRITTLESTAR_CHROMIUM="$$(bash scripts/find-chromium.sh)"; shopt -s nullglob; failed=(); \
	for script in $(BENCHES); do echo "$$script"; $(BIN)/python "$$script" $(ARGS) || failed+=("$$script"); done; \
	if (($${#failed[@]})); then echo "Failed: $${failed[*]}" >&2; exit 1; fi

bench-compare: $(EXCHANGE_READY)
	$(BIN)/python benchmarks/compare_solvers.py $(ARGS)

r: $(EXCHANGE_READY)
	$(BIN)/python scripts/check_in_r.py

chaos: $(READY)
	$(BIN)/python scripts/chaos.py

people: $(READY)
	$(BIN)/python scripts/random_people.py $(ARGS)

hostile: $(WEB_READY)
	$(BIN)/python scripts/hostile.py $(ARGS)

mutants: $(WEB_READY)
	$(BIN)/python scripts/mutants.py $(ARGS)

leaflet: $(READY)
	$(BIN)/brittlestar leaflet --seeds 5 --out results/leaflet $(ARGS)

docs: $(DOCS_READY)
	$(BIN)/python scripts/build_docs.py $(ARGS)

browse-docs: $(WEB_READY)
	BRITTLESTAR_CHROMIUM="$$(bash scripts/find-chromium.sh)" $(BIN)/python scripts/browse_docs.py

lock: $(READY)
	$(COMPILE) --extra dev --extra charts --extra query -o requirements.lock >/dev/null
	$(COMPILE) --extra dev --extra bench --extra calibration --extra charts --extra exchange --extra query \
		--extra scale --extra serve -c requirements.lock -o requirements-all.lock >/dev/null
	$(COMPILE) --extra dev --extra serve --extra web-test \
		-c requirements-all.lock -o requirements-web.lock >/dev/null
	$(COMPILE) --extra bench --extra exchange --extra exchange-test \
		-c requirements-all.lock -o requirements-exchange.lock >/dev/null
	$(COMPILE) --extra docs -c requirements-all.lock -o requirements-docs.lock >/dev/null
	@if grep -nE '://|^-' requirements*.lock; then echo "A lock names an address."; exit 1; fi

wasm: $(READY)
	$(BIN)/python scripts/ship_engine.py

release: $(READY)
	$(BIN)/python scripts/release.py $(TAG)

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv
