# Everything a person or CI does with Wasl. `make` alone explains itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
export PYTHONPATH := .:gen
PROTOS := $(shell find proto -name '*.proto' 2>/dev/null)
PYTEST ?= $(PYTHON) -m pytest
# protoc finds its plugins on the PATH; gen/ must not be on Python's while it is made.
GENERATE := PYTHONPATH=. PATH="$(CURDIR)/.venv/bin:$$PATH" $(PYTHON) -m tools.proto
COMPILE := .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --python-version 3.11

.PHONY: help setup run start stop status reset test test-slow test-faults test-kubernetes test-web \
	lint typecheck format proto requirements bench openapi web web-dev images charts clean

help: ## Explain the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: web ## Prepare everything: libraries, generated code, PostgreSQL, RabbitMQ
	@$(PYTHON) -m tools.stack install

run: web ## Run the whole suite in the foreground (WASL_PORT=8080, NO_DEMO=1)
	@exec $(PYTHON) -m tools.stack run

start: web ## Run the whole suite in the background; returns when it is ready
	@$(PYTHON) -m tools.stack start

stop: .venv/ready ## Stop what `make run` or `make start` has started
	@$(PYTHON) -m tools.stack stop

status: .venv/ready ## Say what runs and where
	@$(PYTHON) -m tools.stack status || true

reset: .venv/ready ## Stop, and delete the local databases, queues, secrets and logs
	@$(PYTHON) -m tools.stack reset

test: setup lint typecheck test-web ## Check style and types, run every test that is not slow
	@$(PYTHON) -m tools.chromium
	@$(PYTHON) -m tools.prometheus
	@$(PYTEST) -m 'not slow and not faults and not kubernetes'

test-slow: setup ## Run the slow tests
	@$(PYTEST) -m slow

test-faults: setup ## Run the tests that kill servers and services
	@$(PYTEST) -m faults

lint: .venv/ready gen/ready ## Check style, import borders and protos
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet . || { echo 'Some files are not formatted: make format'; exit 1; }
	@.venv/bin/lint-imports --no-logo | tail -n 3
	@.venv/bin/buf lint gen/wasl.binpb --config buf.yaml

format: .venv/ready ## Format the code and fix what can be fixed
	@.venv/bin/ruff check --fix --exit-zero --quiet .
	@.venv/bin/ruff format .

typecheck: .venv/ready gen/ready ## Check types (mypy --strict)
	@$(PYTHON) -m mypy

proto: .venv/ready ## Generate gen/ from proto/
	@$(GENERATE)
	@touch gen/ready

requirements: .venv/ready ## Compile requirements/*.in to *.txt; UPGRADE=1 takes the newest versions
	@cd requirements && for name in run build dev node; do \
		../$(COMPILE) $(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt; done

bench: setup ## Measure against the floor and the budgets
	@$(PYTHON) -m bench

openapi: .venv/ready gen/ready ## Write the REST description to gen/openapi.json
	@$(PYTHON) -m services.gateway openapi > gen/openapi.json.new
	@cmp -s gen/openapi.json.new gen/openapi.json || cp gen/openapi.json.new gen/openapi.json
	@rm gen/openapi.json.new

web: openapi ## Build the front ends (web/dist) when their sources have changed
	@$(PYTHON) -m tools.web build

web-dev: openapi ## Serve the front ends while they are worked on; WASL_URL is the API
	@$(PYTHON) -m tools.web dev

test-kubernetes: setup ## Run the tests on a Kubernetes cluster: the current context, or a node of their own
	@$(PYTHON) -m tools.chromium
	@$(PYTEST) tests/kubernetes -m 'not slow'

test-web: openapi ## Check style and types of the front ends, run their unit tests
	@$(PYTHON) -m tools.web test

images: .venv/ready ## Build the container images with docker, podman or buildah
	@$(PYTHON) -m tools.images

charts: .venv/ready ## Prepare the Helm charts for `helm install wasl deploy/helm/wasl`
	@$(PYTHON) -m tools.charts

clean: ## Delete generated code and caches (not .run: that is `make reset`)
	@rm -rf gen web/dist web/src/api/*.gen.ts .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './web/*' -prune -exec rm -rf {} +

.venv/ready: requirements/dev.txt tools/bootstrap.py
	@command -v python3 >/dev/null || \
		{ echo 'Wasl needs Python 3.11 or newer; please install python3.' >&2; exit 1; }
	@python3 tools/bootstrap.py
	@touch $@

gen/ready: .venv/ready $(PROTOS) tools/proto.py
	@$(GENERATE)
	@touch $@
