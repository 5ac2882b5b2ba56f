# The only recipes; continuous integration runs the same names. ONLY=topic narrows test, browser and bench.
PYTHON ?= python3
BIN := .venv/bin

# The browser tests are a part of test.
.PHONY: setup run test browser bench lock proto clean

setup: ## Everything needed into .venv; does nothing when nothing changed.
	@$(PYTHON) tools/setup.py

run: setup ## The demo.
	$(BIN)/parley demo

test: setup ## Lint, format, types, import contracts, tests.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=20 $(if $(ONLY),-k '$(ONLY)')

browser: setup ## The tests that drive a real browser.
	$(BIN)/pytest tests/browser --durations=20 $(if $(ONLY),-k '$(ONLY)')

bench: setup ## Measured figures, as one table.
	PYTHONPATH=tests:tools $(BIN)/python -m bench $(ONLY)

lock: setup ## The lock files anew from pyproject.toml; UPGRADE=1 takes newer versions.
	$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

proto: setup ## The Protocol Buffers modules anew.
	$(BIN)/python tools/proto.py

clean: ## Removes what the targets above made, and no data of a person.
	rm -rf .venv build dist static/vendor contracts/artifacts tests/browser/vendor .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find app tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
