# Casparian. `make help` lists the targets; README.md says what you see.
# Runs on Linux and macOS; on Windows the library's targets run under Git's bash.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Settings: make demo DAYS=5 SCALE=0.2
DAYS ?= 30
SEED ?= 7
SCALE ?= 1
ROWS ?= 10000000
SECONDS ?= 60
FORMATS ?=
NAMES ?=
SAVE ?=
OFFLINE ?=
TLS ?=
ENV ?= local
URL ?=
BUNDLE ?=
OUT ?=
LOAD ?=
REGISTRY ?=
BRING = $(if $(LOAD),--load '$(LOAD)') $(if $(REGISTRY),--registry $(REGISTRY))
DEMO := .local/demo

ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif
CORE := .venv/core/$(BIN)
AIRFLOW := .venv/airflow/$(BIN)

# The first Python that all pinned packages know.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	  && echo $$p && break; done)

# Left out, it stays as the stack was started.
ifneq ($(TLS),)
export CASPARIAN_STACK_TLS := $(TLS)
endif

# Nobody is told that this ran, Spark answers on loopback alone, text is UTF-8 on every system.
export OFFLINE
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := False
export SPARK_LOCAL_IP := 127.0.0.1
export PYTHONUTF8 := 1
unexport PYTHONDONTWRITEBYTECODE
ifneq ($(filter-out 0,$(OFFLINE)),)
export UV_OFFLINE := 1
export PIP_NO_INDEX := 1
endif

# The stack, of a clone in which nothing was installed, does not run.
LOCAL = test -x $(CORE)/python || { echo 'Nothing runs: make stack installs and starts it.'; exit 0; }; $(CORE)/python -m local

# A shell's first words where a Java is needed: the one that `tools/install.py java` chose.
WITH_JAVA = export JAVA_HOME="$$(cat .local/java_home)";

.PHONY: help
help: ## List the targets
	@echo 'Usage: make TARGET [NAME=value]'; echo
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile
	@echo; echo '  OFFLINE=1 with any target: no network, once `make install` has run.'

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo 'Python 3.11, 3.12 or 3.13 is needed and none is on PATH: install one, or name it with PYTHON=…' >&2; exit 1; }

.PHONY: install
install: python ## Install everything that demo and test need (both do it by themselves)
	@$(PYTHON) tools/install.py java core jars airflow

.PHONY: install-core
install-core: python
	@$(PYTHON) tools/install.py core

.PHONY: demo
demo: install ## 30 days of a plant through Airflow, Spark and dbt to a report [DAYS= SEED= SCALE= STACK=1]
	@$(WITH_JAVA) $(CORE)/python tools/demo.py --days $(DAYS) --seed $(SEED) --scale $(SCALE) --out $(DEMO) $(if $(STACK),--stack)

.PHONY: test
test: install ## Run all tests: library, jobs and marts, then the DAGs
	@$(WITH_JAVA) $(CORE)/python -m pytest -n 2 --dist loadfile --ignore tests/dags -m 'not stack and not cluster' $(ARGS)
	@$(AIRFLOW)/python -m pytest tests/dags --confcutdir tests/dags

.PHONY: test-library
test-library: install-core ## Run the tests that need neither Java nor Airflow (also on Windows)
	@$(CORE)/python -m pytest -n 2 --dist loadfile --ignore tests/dags -m 'not spark and not stack and not cluster' $(ARGS)

.PHONY: stack
stack: install ## S3, PostgreSQL, Hive metastore, Trino, Airflow on loopback, no containers [S3=minio TLS=1]
	@$(CORE)/python -m local up

.PHONY: stack-down
stack-down: ## End what `make stack` started
	@$(LOCAL) down

.PHONY: stack-status
stack-status: ## Which of the stack's servers run, where, with how much memory
	@$(LOCAL) status || true

.PHONY: integration
integration: install ## Run the tests on the stack's real servers (starts them where they do not run)
	@$(WITH_JAVA) $(CORE)/python -m pytest -n 2 --dist loadfile -m stack tests/lake tests/spark_jobs $(ARGS)
	@$(WITH_JAVA) $(CORE)/python -m pytest -n 0 -m stack tests/local $(ARGS)

.PHONY: images
images: python ## Build the container images that are not there, with docker, podman or buildah [NAMES= SAVE= ARGS=]
	@$(PYTHON) tools/install.py java core jars
	@$(WITH_JAVA) $(CORE)/python -m deploy images $(NAMES) $(if $(SAVE),--save $(SAVE)) $(ARGS)

.PHONY: fuzz
fuzz: install-core ## Fuzz every format guided by coverage, SECONDS each (Linux) [SECONDS=60 FORMATS=]
	@$(CORE)/python tools/fuzz.py --seconds $(SECONDS) $(FORMATS)

.PHONY: bench
bench: install ## Speed and memory beside hand-written scripts [ROWS= ARGS=]; STACK=1: the road on S3, dashboards [DAYS= SCALE=]
ifneq ($(STACK),)
	@$(WITH_JAVA) $(CORE)/python -m bench.road --days $(DAYS) --scale $(SCALE) $(ARGS)
else
	@$(PYTHON) tools/install.py library
	@$(WITH_JAVA) $(CORE)/python -m bench --rows $(ROWS) $(ARGS)
endif

.PHONY: lint
lint: install-core ## Check style, types, directions of imports and rules of the repository
	@$(CORE)/ruff check .
	@$(CORE)/ruff format --check .
	@$(CORE)/mypy src local deploy
	@$(CORE)/lint-imports
	@$(CORE)/python tools/check_repository.py

.PHONY: types
types: install-core ## Check the types of the library alone
	@$(CORE)/mypy src local deploy

.PHONY: format
format: install-core ## Lay out the code as `make lint` wants it
	@$(CORE)/ruff check --fix .
	@$(CORE)/ruff format .

.PHONY: charts-pull
charts-pull: install-core ## Fetch the pinned charts of others (needs helm)
	@$(CORE)/python -m deploy charts-pull

.PHONY: preflight
preflight: install-core ## Ask whether the cluster of KUBECONFIG can carry an environment [ENV=local]
	@$(CORE)/python -m deploy preflight --env $(ENV) $(ARGS)

.PHONY: up
up: install-core ## Bring the lakehouse up on that cluster, by Argo CD [ENV=local ARGS='--repository URL'] or BUNDLE=
	@$(CORE)/python -m deploy up --env $(ENV) $(if $(BUNDLE),--bundle $(BUNDLE)) $(BRING) $(ARGS)

.PHONY: bundle
bundle: python ## All that a plant without a network needs, as one file for make up BUNDLE= [ENV=local OUT= ARGS=]
	@$(PYTHON) tools/install.py java core jars
	@$(WITH_JAVA) $(CORE)/python -m deploy bundle --env $(ENV) $(if $(OUT),--out $(OUT)) $(ARGS)

.PHONY: load
load: install-core ## Bring saved images to the nodes of that cluster [SAVE=DIR LOAD='command' or REGISTRY=]
	@$(CORE)/python -m deploy load $(SAVE) $(BRING) $(ARGS)

.PHONY: publish
publish: install-core ## Push this commit with the images' tags to a git server for Argo CD [URL= ENV=local]
	@$(CORE)/python -m deploy publish $(URL) --env $(ENV) $(ARGS)

.PHONY: promote
promote: install-core ## Let an environment run the images that another has proved [FROM=local TO=standard]
	@$(CORE)/python -m deploy promote $(FROM) $(TO)

.PHONY: down
down: install-core ## Take the lakehouse off that cluster, its data included [ARGS=--yes]
	@$(CORE)/python -m deploy down $(ARGS)

.PHONY: e2e
e2e: install ## The main job on the cluster of KUBECONFIG, once `make up` has brought the lakehouse up
	@$(CORE)/python -m pytest -n 0 -m cluster tests/kubernetes $(ARGS)

.PHONY: render
render: install-core ## Write the manifests of all environments, as people compare them, and the charts' pages (needs helm)
	@$(CORE)/python -m deploy render

.PHONY: new-format
new-format: install-core ## Scaffold an export format with contract and test [NAME=torque_log]
	@$(CORE)/python tools/new_format.py $(NAME)

.PHONY: lock
lock: python ## Choose versions anew and pin them with hashes [UPGRADE=1 for the newest]
	@$(PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: wheel
wheel: install-core ## Build the wheel of the library into dist/
	@$(CORE)/hatchling build -t wheel

.PHONY: clean
clean: ## Remove what was built or measured; environments and downloads stay
	@rm -rf .local/demo .local/dbt .local/bench build dist dbt/target dbt/logs spark-warehouse \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean ## Remove the environments too: the next target installs them anew
	@rm -rf .venv .local
