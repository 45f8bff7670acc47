# `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test verify lint bench bench-cluster bench-copies bench-large bench-peers locale nightly install template picture schema

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## ?/  make \1\t/' | expand -t 18

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: $(STAMP)  ## make .venv with everything pinned, and bubblewrap where we may
	@$(SHELL) .ci/system-packages bwrap:bubblewrap

demo: install  ## grade the sample class and say where the report is
	$(BIN)/grade submissions/ || test $$? -eq 1

# Four processes for the two cores that we count on, since tests often wait for a process that starts or for a limit.
# Files stay whole, so that a lane is started once per file. Bytecode is kept: many tests start the grader once more.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist loadfile

test: install  ## the whole test suite (some tests need Chromium or LibreOffice Calc)
	@$(SHELL) .ci/system-packages chromium:chromium soffice:libreoffice-calc
	$(PYTEST)

verify: install  ## try tarea2: right answers pass, known mistakes are caught in their place and by name
	$(BIN)/grade verify

nightly: install  ## the test suite with the slow settings
	@$(SHELL) .ci/system-packages chromium:chromium soffice:libreoffice-calc
	GRADER_NIGHTLY=1 $(PYTEST)

lint: install  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check grader reference
	$(BIN)/mypy

bench: install  ## measure: CPU time per submission and its parts, classes, first result (BENCH="--classes 500")
	$(BIN)/python tests/bench.py $(BENCH)

bench-cluster: install  ## measure: one, two and four local workers of a Dask cluster
	$(BIN)/python tests/bench_cluster.py

bench-copies: install  ## measure how well grade copies finds disguised copies
	$(BIN)/python tests/bench_copies.py

# SIZE=500 JUDGE=recorded: a class of 500 of which only the originals are judged.
SIZE ?= 10000
JUDGE ?= real
bench-large: install  ## measure: memory, time and size of the report for a class of 10,000
	$(BIN)/python tests/bench_large.py --size $(SIZE) --judge $(JUDGE)

bench-peers: install  ## measure the same notebooks with nbgrader and otter-grader, which it installs into build/peers
	$(BIN)/python tests/bench_peers.py

locale: install  ## extract, update and compile the Spanish catalog
	@mkdir -p build
	$(BIN)/pybabel -q extract -F grader/locale/babel.cfg -k say:1 --no-location --sort-output --no-wrap -o build/grader.pot grader
	$(BIN)/pybabel -q update -i build/grader.pot -d grader/locale -D grader -l es --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	$(BIN)/pybabel -q compile -d grader/locale -D grader -l es

schema: install  ## write docs/results.schema.json again
	$(BIN)/python -c 'from grader.results import json_schema; print(json_schema().decode(), end="")' > docs/results.schema.json

template: install  ## write student_template/ again
	$(BIN)/grade release

# One student and three questions, so that a mistake is near the top of the page.
picture: install  ## make the README's picture, docs/student-page.png
	@$(SHELL) .ci/system-packages chromium:chromium
	$(BIN)/grade submissions/ --student 'hugo*' --only 2a,2b,3a --lang en --out build/picture
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=960,1115 \
	  --screenshot=docs/student-page.png file://$(CURDIR)/build/picture/students/hugo_huala.html
