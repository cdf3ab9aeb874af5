# Every command of the project. CI calls only these. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# An active conda environment is used as it is; otherwise an environment is made from the versions in requirements/, in .venv
# or where LABS_VENV says. The stamps' paths are relative ones: the repository may lie in a folder with spaces, which make cannot
# have in a target's name.
LABS_VENV ?= .venv
ifneq ($(CONDA_PREFIX),)
ENV := $(CONDA_PREFIX)
STAMPS := .conda
else
ENV := $(if $(filter /%,$(LABS_VENV)),$(LABS_VENV),$(CURDIR)/$(LABS_VENV))
STAMPS := $(LABS_VENV)/.autograd-labs
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$name" scripts/python.py 2>/dev/null && command -v "$$name" && exit; done; echo python3)
endif
CAN_GRADE := $(STAMPS)-can-grade
CAN_DOCUMENT := $(STAMPS)-can-document
READY := $(STAMPS)-ready
PIP = "$(ENV)/bin/python" -m pip install --quiet --disable-pip-version-check
export PATH := $(ENV)/bin:$(PATH)
export PYTHONUTF8 := 1

# Where torch alone comes from; pip's own index otherwise, whose wheels bring gigabytes of CUDA on x86-64.
TORCH_INDEX ?=
LAB ?=
ARGS ?=

# How the site is built, but for where to.
SITE = --quiet --fail-on-warning --keep-going --nitpicky --doctree-dir dist/doctrees --conf-dir docs .

# The files with tests that `make test-fast` leaves out: those that bear the mark.
SLOW = $(patsubst tests/test_%.py,%,$(sort $(shell grep --files-with-matches "pytest.mark.slow" tests/test_*.py)))

.PHONY: help setup lock labs lab grade release gradescope test test-fast verify doctor lint format docs links pictures bench clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment, tools for developers included (the other commands do by themselves what they need)

$(CAN_GRADE): requirements/grade.txt requirements/torch.txt pyproject.toml
ifeq ($(CONDA_PREFIX),)
	@"$(PYTHON)" scripts/python.py
	@echo "Making $(LABS_VENV) from the versions in requirements/; the first time takes a minute or two." >&2
	"$(PYTHON)" -m venv "$(ENV)"
endif
	$(PIP) --requirement requirements/grade.txt
	$(PIP) $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") --requirement requirements/torch.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(CAN_DOCUMENT): $(CAN_GRADE) requirements/docs.txt
	$(PIP) --requirement requirements/docs.txt
	@touch $@

$(READY): $(CAN_GRADE) requirements/docs.txt requirements/dev.txt
	$(PIP) --requirement requirements/dev.txt
	@touch $@

lock: $(READY) ## pin anew in requirements/ and environment.yml what pyproject.toml names (ARGS=--upgrade for newer versions)
	python scripts/lock.py $(ARGS)

labs: $(CAN_GRADE) ## build labs/ from solutions/ (LAB=... for one)
	autograder build $(LAB)

lab: $(CAN_GRADE) ## open the labs in JupyterLab
	jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/labs/index.ipynb $(ARGS)

grade: $(CAN_GRADE) ## grade submitted/, or the example class while that is empty (LAB=... for one lab, ARGS=... for options)
	autograder grade $(LAB) $(ARGS)

release: $(CAN_GRADE) ## make what students receive, dist/autograd-labs.zip (LAB=... for one lab)
	autograder release $(LAB) $(ARGS)

gradescope: $(CAN_GRADE) ## make the autograder.zip of each lab for Gradescope, in dist/gradescope/ (LAB=... for one lab)
	autograder gradescope $(LAB) $(ARGS)

test: $(READY) ## run the tests, a file on each of two processors (ARGS=... for pytest)
	@echo "The tests take about twenty minutes on two cores." >&2
	python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: $(READY) ## run the tests that need no browser, no server and no whole class (ARGS=... for pytest)
	@echo "Left out, for make test: all or some of" $(SLOW) >&2
	python -m pytest --numprocesses 2 --dist loadfile -m "not slow" $(ARGS)

verify: $(CAN_GRADE) ## prove the labs' checks (LAB=... for one)
	autograder verify $(LAB) $(ARGS)

doctor: $(CAN_GRADE) ## show what this machine's sandbox can enforce
	autograder doctor

lint: $(READY) ## style, types, the workflows and scripts
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci docs/examples/gitlab-ci.yml
	@if command -v shellcheck > /dev/null; then shellcheck .ci/run autograder/integrations/gradescope/files/* docs/examples/slurm.sh; else echo "no shellcheck here: scripts are not checked" >&2; fi
	zizmor --offline --no-progress --quiet .github/workflows

format: $(READY) ## put the code into its style
	ruff check --fix .
	ruff format .

docs: $(CAN_DOCUMENT) ## build the documentation, dist/site/index.html; a warning is an error
	python -m sphinx $(SITE) dist/site

links: $(CAN_DOCUMENT) ## ask every address that the documentation names
	python -m sphinx -b linkcheck $(SITE) dist/links

pictures: $(READY) ## take the pictures of pages in docs/pictures/ anew (needs Chromium)
	python scripts/pictures.py

bench: $(CAN_GRADE) ## print the benchmarks' ratios
	python benchmarks/throughput.py
	python benchmarks/sandbox.py

clean: ## remove the environment, caches and dist/; grades stay
	rm -rf .venv .conda-can-grade .conda-can-document .conda-ready dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
