# The names of these commands stay for good. `make` alone lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LINTS := api types imports layout style words fresh

unexport PYTHONDONTWRITEBYTECODE # with it each start of a process would compile all of our code again

.PHONY: help run demo test dst lint format contracts bench up down dead pins $(LINTS:%=lint-%)
help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/run.ok ## the whole suite in one process, on http://127.0.0.1:8000
	@exec $(BIN)/python -m deploy.embedded

demo: $(VENV)/run.ok ## play the story of one visit over HTTP, in a temporary home
	@exec $(BIN)/python -m deploy.demo

test: $(VENV)/dev.ok ## everything, on real PostgreSQL and real RabbitMQ
	@exec $(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder $(TESTS)

dst: $(VENV)/dev.ok ## free times at every change of the clocks in every time zone, until 2037
	@ALL_ZONES=1 $(BIN)/python -m pytest --quiet --numprocesses=3 tests/requests/test_dst.py

lint: $(VENV)/dev.ok ## style, types, architecture, and whether what is generated is fresh
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync $(LINTS:%=lint-%)
lint-layout: ; $(BIN)/ruff format --check .
lint-style: ; $(BIN)/ruff check .
lint-types: ; $(BIN)/mypy
lint-imports: ; $(BIN)/lint-imports
lint-words: ; $(BIN)/python -m deploy.words
lint-fresh: ; $(BIN)/python -m deploy.contracts --check
lint-api: ; $(BIN)/python -m deploy.lint_api

format: $(VENV)/dev.ok ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

contracts: $(VENV)/dev.ok ## write schemas, AsyncAPI, OpenAPI and the README's event table anew
	$(BIN)/python -m deploy.contracts

bench: $(VENV)/dev.ok ## measure what docs/measured.md tells
	@for each in hashing searching visits; do $(BIN)/python -m bench.$$each || exit 1; done

up: .env ## RabbitMQ, PostgreSQL, every service and the gateway, in containers
	docker compose up --detach --build --wait

down: .env ## end them; the data stay in their volumes
	docker compose down

dead: $(VENV)/run.ok ## list dead letters of the running suite (ARGS=replay brings them back)
	@$(BIN)/python -m run.dead $(ARGS)

.env:
	@umask 077; for name in POSTGRES RABBITMQ ACCOUNTS_DB REQUESTS_DB NOTIFY_DB; do \
	    echo "$${name}_PASSWORD=$$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')"; done > $@.new && mv $@.new $@

$(VENV)/run.ok: requirements.txt
	@deploy/venv.sh $(PYTHON) $(VENV) requirements.txt

$(VENV)/dev.ok: requirements-dev.txt
	@deploy/venv.sh $(PYTHON) $(VENV) requirements-dev.txt
	@touch $(VENV)/run.ok

PIN = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
pins: $(VENV)/dev.ok ## write the requirements files anew from pyproject.toml
	CUSTOM_COMPILE_COMMAND="make pins" $(PIN) -o requirements.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make pins" $(PIN) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
