# What a person does with this project: `make run`, `make test`, `make check`.
# Only a Python of 3.11 or later and make need to be there; everything else is looked after.

PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests
CORES ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); [ $$n -lt 4 ] && echo $$n || echo 4)

.PHONY: run test test-long check format dev lock

run:  ## the office with its demonstration chain, on http://127.0.0.1:8000 (PORT=… for another)
	@$(PYTHON) project/bootstrap.py run

dev:  ## everything building and checking need
	@$(PYTHON) project/bootstrap.py dev

test: dev  ## every test, on SQLite or on what DATABASE_URL names; TESTS=tests/trail for a part
	$(BIN)/python -m pytest $(TESTS) --numprocesses $(CORES) --dist worksteal

test-long: dev  ## the random tests at length, on SQLite or on what DATABASE_URL names: fifty times the examples
	EXAMPLES=many $(BIN)/python -m pytest $(TESTS) -m "hypothesis or long" --numprocesses $(CORES) --dist worksteal

check: dev  ## format, lint, types, the import contract, migrations, settings fit for production
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check
	find project workflows documents -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2 --check
	$(BIN)/python -m mypy workflows documents forms project
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py machines
	HTTPS=1 ALLOWED_HOSTS=office.example SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@# on a database of its own: are the triggers there after migrate?
	VAR_DIR=$$(mktemp -d) && export VAR_DIR && unset DATABASE_URL && trap 'rm -r "$$VAR_DIR"' EXIT && \
		$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python manage.py check --database default

format: dev  ## put code and templates in order
	$(BIN)/python -m ruff format
	$(BIN)/python -m ruff check --fix
	find project workflows documents -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2

lock:  ## the lock files anew, after a line of requirements.txt or requirements-dev.txt has changed
	$(BIN)/python -m pip install --quiet $$(grep -o '^uv==[0-9.]*' requirements-dev.txt)
	for what in requirements requirements-dev; do \
		$(BIN)/python -m uv pip compile $$what.txt --output-file $$what.lock --universal \
			--python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make lock' || exit 1; done
