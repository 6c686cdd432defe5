# Everything starts here; `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help run test hunt check compiled test-compiled format lock clean setup-run setup-dev

help:
	@echo 'make run      install what is needed, start everything, say what to open and what to dial'
	@echo 'make test     the tests, on real parts, two files at a time; make test ARGS="-n 0 -k status" for some'
	@echo 'make hunt     the tests that take longer, the whole crash matrix, the books at random: an hour or two'
	@echo 'make check    format, lint, types, import arrows, menus, languages, conversations'
	@echo 'make compiled machine code of what every callback goes through, in var/compiled; the image has it trained'
	@echo 'make test-compiled   the tests of those rooms on that machine code'
	@echo 'make format   let ruff format and mend'
	@echo 'make lock     write the four locks anew; make lock ARGS=--upgrade takes newer versions'
	@echo 'make clean    remove the environment and caches, never what is kept in var/'
	@echo 'PYTHON=python3.12 before or after the target chooses the Python (3.11 or newer)'

setup-run:
	@$(PYTHON) scripts/setup.py run

setup-dev:
	@$(PYTHON) scripts/setup.py dev

run: setup-run
	@exec $(BIN)/mohala run

test: setup-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

hunt: setup-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m hunt $(ARGS)
	$(BIN)/python -m tests.crash
	$(BIN)/python -m tests.crash --database postgresql
	$(BIN)/python -m benchmarks.books
	$(BIN)/python -m tests.books
	$(BIN)/python -m benchmarks.reconciliation

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/lint-imports
	$(BIN)/mohala check
	$(BIN)/mohala privacy register menus/lesotho | cmp - docs/processing-register.md
	$(BIN)/mohala menus tasks | cmp - docs/tasks.md
	$(BIN)/mohala menus map docs/maps menus/lesotho --language en --check
	$(BIN)/mohala test --require-coverage

compiled: setup-dev
	$(BIN)/python scripts/compile.py

# The machine code stands before the sources; -P keeps the current directory from coming first again.
test-compiled: compiled
	PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/var/compiled:$(CURDIR) $(BIN)/python -m pytest -n 2 --dist loadfile -o pythonpath="var/compiled ." -m "not hunt and not plain" --no-loadscope-reorder tests/setup/test_compile.py tests/engine tests/rules tests/sessions tests/work tests/wire tests/load $(ARGS)
	PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/var/compiled:$(CURDIR) $(BIN)/python -m app.entry test

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev
	$(COMPILE) $(ARGS) pyproject.toml --extra setup --extra dev --extra phone --extra load -o requirements-dev.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra setup --extra phone --extra load -c requirements-dev.lock -o requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra compile --extra phone --extra load -c requirements-dev.lock -o requirements-compile.lock
	echo uv | $(COMPILE) $(ARGS) --no-annotate - -o requirements-uv.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find . -path ./var -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
