# Work is done in deploy/ and tests/; this file only names it. `make` alone prints this help.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install lint type unit test chaos bench up down demo schemas lock clean

help: ## this help
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

install: .venv/installed ## install everything into the checkout (.venv, var/)
.venv/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv && $(BIN)/pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e . && touch $@

lint: install ## ruff, format check
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

type: install ## mypy --strict, tests included
	$(BIN)/mypy

unit: install ## fast tests without Kafka
	$(BIN)/pytest -q -n 2 tests/unit tests/property tests/architecture tests/contract/test_schemas.py tests/contract/test_topics.py

test: install ## all tests on real Kafka, MongoDB and SMTP
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests/e2e tests/integration tests/contract tests/property tests/unit tests/architecture

chaos: install ## the long fault tests
	HOSO_CHAOS=1 $(BIN)/pytest -s tests/e2e/test_kill.py tests/e2e/test_clock.py

bench: install ## measure against floors of the same run
	$(BIN)/python -m tests.bench

up: install ## start the whole system and leave it running
	$(BIN)/python -m deploy.local up

down: install ## stop it
	$(BIN)/python -m deploy.local down

demo: install ## start everything, send 60 dossiers, compare with what was expected
	$(BIN)/python -m deploy.local demo

schemas: install ## regenerate schemas/json and schemas/asyncapi
	$(BIN)/python -m schemas.generate

lock: ## recompile requirements/*.txt from *.in (needs uv)
	for f in run dev; do uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/$$f.in -o requirements/$$f.txt; done

clean: install ## stop the system and remove its data and downloads
	$(BIN)/python -m deploy.local down && rm -rf var
