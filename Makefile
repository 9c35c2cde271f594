# The commands of the project. A fresh machine needs Python 3.11+ and make; everything else is set up here, once.
# Set-up is keyed by the content of what it installs, and talks on stderr: stdout belongs to the command.

PYTHON ?= python3
VENV   ?= .venv
FILE   ?= sample.yaml
TESTS  ?=
IMAGE  ?= django-operator:$(version)

bin     := $(VENV)/bin
pip     := $(bin)/python -m pip install --quiet --disable-pip-version-check
version := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
sum      = $(shell cat $(1) 2>/dev/null | cksum | cut -d' ' -f1)
runtime := $(VENV)/.runtime-$(call sum,pyproject.toml requirements/runtime.txt requirements/build.txt)
dev     := $(VENV)/.dev-$(call sum,pyproject.toml requirements/dev.txt)
tools   := $(VENV)/.kustomize-$(call sum,$(addprefix tools/kustomize/,go.mod go.sum main.go install))
kube    := $(VENV)/.kube-$(call sum,tools/kube/install $(wildcard tools/kube/*/go.*))
node    := $(VENV)/.node-$(call sum,tools/kube/install $(wildcard tools/kube/*/go.* tools/kube/pause/*))
lock    := uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11

# Merging and patching: every branch of them, by the tables of their rules alone.
RULES := tests/rules/test_merge.py tests/rules/test_patch.py tests/rules/test_json_patch.py tests/conformance/test_rfc6902.py
FLOOR := --include='*/merge.py,*/directives.py,*/patch.py,*/json_patch.py' --fail-under=100

.PHONY: able help render test lint fmt generate cover fuzz bench cluster node node-images node-down e2e demo soak build image image-test lock clean setup
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([-a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf 'make %-11s %s\n' "$$name" "$$text"; done

render: $(runtime) ## print what sample.yaml (or FILE=...) becomes, as YAML
	@$(bin)/django-operator render $(FILE)

test: lint $(tools) $(kube) ## everything that must hold: format, lint, types, import rules, tests (TESTS=path: only those)
	@$(if $(TESTS),,$(bin)/coverage run -m pytest --quiet $(RULES) && $(bin)/coverage report $(FLOOR))
	@$(bin)/python -m pytest -n 2 $(TESTS)

lint: $(dev) ## format, lint, types and import rules
	@$(bin)/ruff format --check --quiet .
	@$(bin)/ruff check --quiet .
	@$(bin)/mypy --no-error-summary
	@$(bin)/lint-imports --no-logo >$(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log; exit 1; }

fmt: $(dev) ## format the code and mend what can be mended
	@$(bin)/ruff check --fix-only --quiet .
	@$(bin)/ruff format --quiet .

generate: $(dev) ## write docs/reference.md and django-operator.yml anew from the typed spec
	@$(bin)/python scripts/reference.py
	@$(bin)/django-operator install >django-operator.yml

cover: $(dev) $(tools) $(kube) ## the tests with branch coverage
	@$(bin)/coverage run -m pytest --quiet $(TESTS)
	@$(bin)/coverage report

fuzz: $(dev) $(tools) ## generated inputs by the thousand: minutes, not seconds
	@HYPOTHESIS_PROFILE=long $(bin)/python -m pytest -n 2 tests/test_fuzz.py tests/conformance/test_generated.py tests/test_render_properties.py

bench: $(dev) $(tools) ## measure against kustomize and write docs/performance.md
	@$(bin)/python -m tests.bench

cluster: $(dev) $(kube) ## a control plane with fake nodes to play with, until Ctrl-C: prints its KUBECONFIG
	@exec $(bin)/python -m tests.cluster

node: $(dev) able $(node) ## a Kubernetes that runs containers, to play with: prints its KUBECONFIG and stays (root on Linux)
	@tools/kube/node
	@$(bin)/python -m tests.node up

able: # before minutes of building for a machine that can run no node
	@test -n "$$KUBECONFIG" || tools/kube/node

node-images: $(dev) ## bring the operator's image and the demo's there
	@$(bin)/python -m tests.node images

node-down: $(dev) ## remove that again, every trace of it, also when it was killed
	@$(bin)/python -m tests.node down

e2e: $(dev) able $(node) ## the stack in real containers: on a node of its own (root on Linux), or on the cluster of KUBECONFIG
	@$(bin)/python -m pytest -m e2e tests/node

bench-scale: $(dev) $(kube) ## the operator with 100, 500 and 1,000 resources against the API server's own limit: docs/performance.md
	@$(bin)/python -m tests.bench.scale

demo: $(dev) $(kube) ## the operator at work on such a control plane, to watch: a site comes up, is repaired, updated, deleted
	@$(bin)/python -m tests.cluster.demo

soak: $(dev) $(tools) $(kube) ## what brings faults to light by time and number: ten minutes at rest, a kill at every write, long storms
	@SOAK=1 $(bin)/python -m pytest -n 2 tests/api

build: $(dev) ## dist/: source distribution and wheel
	@$(bin)/python -m hatchling build --clean

image: ## the operator's image, by docker or podman (root on Debian: podman is installed)
	@tools/image/build . $(IMAGE) VERSION=$(version) REVISION=$(shell git describe --always --abbrev=40 --dirty 2>/dev/null)

image-test: $(dev) $(kube) ## build the image, and run it against a real API server
	@$(bin)/python -m pytest -m image tests/image

lock: ## write requirements/ anew from pyproject.toml (needs uv)
	@$(lock) pyproject.toml --output-file requirements/runtime.txt
	@$(lock) pyproject.toml --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
	@$(lock) --group build --constraints requirements/dev.txt --output-file requirements/build.txt
	@$(lock) --group go --output-file requirements/go.txt

clean: ## remove what was made here (not the cache of built tools)
	@rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(dev) $(tools) $(kube) ## only set up what the other commands need

$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; make PYTHON=... names one")' >&2
	@echo 'setting up $(VENV)' >&2
	@$(PYTHON) -m venv $(VENV) >&2

$(runtime): $(bin)/python
	@echo 'installing the runtime requirements' >&2
	@$(pip) --require-hashes -r requirements/runtime.txt -r requirements/build.txt >&2
	@$(pip) --no-deps --no-build-isolation --editable . >&2
	@rm -f $(VENV)/.runtime-* && touch $@

$(dev): $(bin)/python
	@echo 'installing the development requirements' >&2
	@$(pip) --require-hashes -r requirements/dev.txt >&2
	@$(pip) --no-deps --no-build-isolation --editable . >&2
	@rm -f $(VENV)/.dev-* $(VENV)/.runtime-* && touch $@ $(runtime)

$(tools): $(bin)/python
	@tools/kustomize/install $(VENV) >&2
	@rm -f $(VENV)/.kustomize-* && touch $@

$(kube): $(bin)/python
	@tools/kube/install $(VENV) >&2
	@rm -f $(VENV)/.kube-* && touch $@

$(node): $(bin)/python
	@tools/kube/install $(VENV) node >&2
	@rm -f $(VENV)/.node-* $(VENV)/.kube-* && touch $@ $(kube)
