# How people and CI do everything. Needs Python 3.11 or newer, Node 20 or newer, and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check accept docs fix lock

demo: $(VENV)/.run  ## build the example, run the gate on it, then on a planted regression
	./examples/demo.sh $(BIN)/python

test: $(VENV)/.dev  ## all tests; T= passes more to pytest
	$(BIN)/python -m pytest -n auto $(T)

check: $(VENV)/.dev  ## everything that must be clean besides the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/uv lock --check --quiet
	$(BIN)/zizmor --offline --quiet .
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml docs/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/shellcheck action/*.sh examples/*.sh .ci/run

accept: $(VENV)/.dev  ## rewrite the golden files; review them as a diff
	$(BIN)/python -m pytest -n auto --accept tests/cases tests/render

docs: $(VENV)/.dev  ## rewrite what is generated: schemas, tables, help
	$(BIN)/python docs/generate.py

fix: $(VENV)/.dev  ## format, and what the linter can repair
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(VENV)/.dev  ## resolve the dependencies anew
	$(BIN)/uv lock
	$(BIN)/uv export --quiet --no-emit-project --no-dev --no-header --output-file requirements/action.txt
	$(BIN)/uv export --quiet --no-emit-project --no-header --output-file requirements/dev.txt

$(VENV)/.run: requirements/action.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/action.txt
	touch $@

$(VENV)/.dev: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@
