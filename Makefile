# What developers run. Every target works from a checkout with `pip install -e ".[dev]"`.
PYTHON ?= python
SCENARIO ?= scenarios/baseline.yaml
RESULTS ?= results

.DEFAULT_GOAL := help
.PHONY: help run test notebooks lint types layers check validate calibrate bench figures refresh-regression docs schema

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 22

run:  ## run SCENARIO (the baseline)
	$(PYTHON) run.py run $(SCENARIO)

test:  ## the fast tests
	$(PYTHON) -m pytest

notebooks:  ## execute the notebooks and store their outputs
	$(PYTHON) -m tests.notebooks.execute --write

lint:  ## style and slips
	$(PYTHON) -m ruff check .

types:  ## static types
	$(PYTHON) -m mypy

layers:  ## who may import whom
	lint-imports

check: lint types layers test  ## all four of the above

validate:  ## slow tests, then 30 replications of the baseline
	$(PYTHON) -m pytest -m slow
	$(PYTHON) run.py run scenarios/baseline.yaml --replications 30

calibrate:  ## precision of each information source for the present parameters
	$(PYTHON) -m sim.experiment.calibrate

bench:  ## speed and memory, ARGS for one of them
	$(PYTHON) -m benchmarks $(ARGS)

figures:  ## all figures of the newest results
	$(PYTHON) run.py figure all $(RESULTS)

refresh-regression:  ## store today's outcome as the one to compare with
	$(PYTHON) -m tests.regression.refresh

docs:  ## rewrite the generated parts of README and docs
	$(PYTHON) -m tests.readme.refresh

schema:  ## rewrite scenarios/schema.json
	$(PYTHON) run.py schema
