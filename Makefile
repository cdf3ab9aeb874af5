# Every command of the project. CI calls only these. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# An active conda environment is used as it is; otherwise a .venv is made from the pinned versions. The stamp's path is a relative one:
# the repository may lie in a folder with spaces, which make cannot have in a target's name.
ifneq ($(CONDA_PREFIX),)
ENV := $(CONDA_PREFIX)
else
ENV := $(CURDIR)/.venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
endif
READY := $(if $(CONDA_PREFIX),.conda-ready,.venv/.autograd-labs-ready)
export PATH := $(ENV)/bin:$(PATH)
export PYTHONUTF8 := 1

LAB ?=
ARGS ?=

.PHONY: help setup labs lab grade release gradescope test verify doctor lint format bench clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment (the other commands do it by themselves)

$(READY): requirements.lock pyproject.toml
ifeq ($(CONDA_PREFIX),)
	@"$(PYTHON)" -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or later is needed, $(PYTHON) is {v[0]}.{v[1]}; name another: make PYTHON=...")'
	@echo "Making .venv from requirements.lock; the first time takes a minute or two." >&2
	"$(PYTHON)" -m venv "$(ENV)"
endif
	"$(ENV)/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock
	"$(ENV)/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

labs: $(READY) ## build labs/ from solutions/ (LAB=... for one)
	autograder build $(LAB)

lab: $(READY) ## open the labs in JupyterLab
	jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/labs/index.ipynb $(ARGS)

grade: $(READY) ## grade submitted/, or the example class while that is empty (LAB=... for one lab, ARGS=... for options)
	autograder grade $(LAB) $(ARGS)

release: $(READY) ## make what students receive, dist/autograd-labs.zip (LAB=... for one lab)
	autograder release $(LAB) $(ARGS)

gradescope: $(READY) ## make the autograder.zip of each lab for Gradescope, in dist/gradescope/ (LAB=... for one lab)
	autograder gradescope $(LAB) $(ARGS)

test: $(READY) ## run the tests, a file on each of two processors (ARGS=... for pytest)
	python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

verify: $(READY) ## prove the labs' checks (LAB=... for one)
	autograder verify $(LAB) $(ARGS)

doctor: $(READY) ## show what this machine's sandbox can enforce
	autograder doctor

lint: $(READY) ## style, types, and the workflows
	ruff check .
	ruff format --check .
	mypy
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci docs/examples/gitlab-ci.yml
	zizmor --offline --no-progress --quiet .github/workflows

format: $(READY) ## put the code into its style
	ruff check --fix .
	ruff format .

bench: $(READY) ## print the benchmarks' ratios
	python benchmarks/throughput.py
	python benchmarks/sandbox.py

clean: ## remove the environment, caches and dist/; grades stay
	rm -rf .venv .conda-ready dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
