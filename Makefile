# `make demo` and `make test` do all set-up themselves, in .venv.
VENV ?= .venv
PYTHON := $(VENV)/bin/python
DEMO ?= runs/demo

.PHONY: help demo test lint format setup
.DEFAULT_GOAL := help

help:
	@echo 'make demo    train a small AIP-GAN on the embedded faces (runs/demo)'
	@echo 'make test    lint and run the tests'
	@echo 'make lint    check the style of the code'
	@echo 'make format  put the code into the project style'

setup:
	@VENV=$(VENV) ./setup.sh

demo: setup
	$(PYTHON) -m facegen_jax.main --config=configs/aipgan.py:cpu \
	  --workdir=$(DEMO)
	$(PYTHON) -m facegen_jax.main --config=configs/aipgan.py:cpu \
	  --workdir=$(DEMO) --mode=evaluate
	$(PYTHON) -m facegen_jax.report.make --workdir=$(DEMO)
	@echo 'Open $(DEMO)/report/index.html'

test: lint
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

format: setup
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .
