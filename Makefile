# Everything a person needs: `make run`, `make demo`, `make test`. All set up what they need by themselves.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: setup setup-dev run demo check test lock clients screenshots custodian-tool

setup:
	@$(PYTHON) tools/bootstrap/bootstrap.py requirements.lock

setup-dev:
	@$(PYTHON) tools/bootstrap/bootstrap.py requirements.lock requirements-dev.lock

run: setup
	@exec $(BIN)/parley serve $(if $(ARGS),$(ARGS),--dev)

demo: setup-dev clients
	@exec $(BIN)/python -m tests.journeys.demo $(ARGS)

screenshots: setup-dev clients
	@folder=$$(mktemp -d) && $(BIN)/python -m tests.journeys.demo --data-dir "$$folder/data" \
		--http-port 0 --mtproto-port 0 --pictures docs/images $(ARGS); status=$$?; rm -rf "$$folder"; exit $$status

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_sources.py

clients: setup-dev
	@$(BIN)/python tests/clients/install.py

test: check clients
	$(BIN)/pytest -n 2 --dist loadfile

custodian-tool:
	@$(PYTHON) tools/build_custodian_tool.py $(ARGS)

lock:
	tools/lock.sh
