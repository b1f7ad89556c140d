# One command each; every target makes .venv by itself from the hash-pinned locks.
LINTS := lint-format lint-code lint-templates lint-imports lint-types lint-migrations lint-deploy lint-secrets
.PHONY: $(LINTS) demo test lint check bench coverage audit lock lock-check assets messages messages-extract run-venv dev-venv baseline clean help
.DEFAULT_GOAL := help

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PY := .venv/bin/python
SERVERS := $(PY) -m backoffice.common.embedded.run
CODE := manage.py backoffice orders aftersales analytics bench tests requirements
TEMPLATES := git ls-files -z --cached --others --exclude-standard -- 'templates/*.html'
# secrets of the length that production asks for, made for one check
CHECK_SECRETS = SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
	PII_KEYS="check:$$($(PY) -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())')"
NOWHERE := postgresql://none@127.0.0.1:1/none
PYTEST_ARGS ?=
export PYTHONUNBUFFERED = 1

help:
	@echo "make demo    the whole product with a demo shop, on http://127.0.0.1:8000/ (PORT=… for another port)"
	@echo "make test    the tests, on servers of their own"
	@echo "make lint    format, lint, types, import contracts, templates, migrations, deploy check, secrets"
	@echo "make check   lint, then test"
	@echo "make bench   the benchmarks"

run-venv:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed and was not found." >&2; exit 2; fi
	@$(PYTHON) requirements/sync.py run

dev-venv:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed and was not found." >&2; exit 2; fi
	@$(PYTHON) requirements/sync.py dev

assets: run-venv
	@$(PY) requirements/assets.py

messages: run-venv
	@$(PY) requirements/messages.py

messages-extract: dev-venv  ## bring locale/zh_Hans in line with the sources; then translate what it says is missing
	@$(PY) requirements/extract.py

demo: run-venv assets messages
	@APP_ENV="$${APP_ENV:-demo}" exec $(PY) -m backoffice.common.embedded.demo

test: dev-venv assets messages
	@APP_ENV=test $(SERVERS) -- $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

coverage: dev-venv assets messages
	@APP_ENV=test $(SERVERS) -- $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term --no-cov-on-fail $(PYTEST_ARGS)

lint: $(LINTS)

lint-format: dev-venv
	$(PY) -m ruff format --check --quiet $(CODE)

lint-code: dev-venv
	$(PY) -m ruff check $(CODE)
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive --severity-level medium manage.py backoffice orders aftersales analytics

lint-templates: dev-venv
	$(TEMPLATES) | xargs -0 -r .venv/bin/djade --check --target-version 5.2
	$(TEMPLATES) | xargs -0 -r $(PY) -m djlint --lint --quiet

lint-imports: dev-venv
	PYTHONPATH=. $(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

lint-types: dev-venv
	$(PY) -m mypy

lint-migrations: dev-venv messages
	APP_ENV=test $(SERVERS) -- sh -c '\
		$(PY) manage.py makemigrations --check --dry-run && $(PY) manage.py migrate --noinput --verbosity 0 && \
		DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py lintmigrations --no-cache --include-apps common orders notes fulfilment rules intake platforms desk topics refunds reviews analytics'

lint-deploy: dev-venv messages
	APP_ENV=production $(CHECK_SECRETS) DATABASE_URL=$(NOWHERE) REDIS_URL=redis://127.0.0.1:1/0 ALLOWED_HOSTS=backoffice.example \
		$(PY) manage.py check --deploy --fail-level WARNING

lint-secrets: dev-venv  # pragma: allowlist secret
	git ls-files -z | xargs -0 .venv/bin/detect-secrets-hook --baseline .secrets.baseline

check: lint test

bench: dev-venv assets messages
	@APP_ENV=test $(PY) -m bench $(BENCH_ARGS)

# The rest is for maintainers.

LOCK := $(PY) -m uv --system-certs pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock: dev-venv  ## resolve the locks again after a change of a *.in file
	$(LOCK) requirements/uv.in -o requirements/uv.lock
	$(LOCK) requirements/run.in -o requirements/run.lock
	$(LOCK) requirements/dev.in -o requirements/dev.lock

lock-check: dev-venv  ## the locks are what their *.in files resolve to
	@draft="$$(mktemp -d)" && trap 'rm -rf "$$draft"' EXIT && for name in uv run dev; do \
		cp "requirements/$$name.lock" "$$draft/" && { $(LOCK) "requirements/$$name.in" -o "$$draft/$$name.lock" || { echo "requirements/$$name.in could not be resolved." >&2; exit 1; }; } && \
		diff "requirements/$$name.lock" "$$draft/$$name.lock" || { echo "requirements/$$name.lock is outdated: make lock" >&2; exit 1; }; done

audit: dev-venv
	$(PY) -m pip_audit --strict --require-hashes --disable-pip -r requirements/run.lock

# passed over: files of hashes, and lines that make a secret, name a demo password or show the form of an address
PASSED_FILES := (^|/)(package-lock\.json|requirements/.*\.lock|locale/.*|.*\.csv)$$
PASSED_LINES := secrets: dev-venv|hook --baseline|token_(urlsafe|bytes)|CHECK_SECRETS|-demo-1|s3://key:|NO_DATABASE|postgresql://|dGVzdC1r|(old|new|test)[0-9]*:|allowlist
baseline: dev-venv
	.venv/bin/detect-secrets scan --exclude-files '$(PASSED_FILES)' --exclude-lines '$(PASSED_LINES)' > .secrets.baseline

clean:
	rm -rf .venv node_modules .data-test .mypy_cache .ruff_cache .pytest_cache
