# make install   a virtual environment in .venv with h5nuvola in it
# make run       the same, then serve demo data and print the address      (ARGS="--port 8060" adds options)
# make test      what the tests need, then style, types and all tests      (ARGS="-k cli" picks tests)
# make bench     the benchmarks                                             (ARGS="--quick --json")

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := install
.PHONY: install run test lint bench browser chromium clean

BIN := .venv/bin
ARGS ?=
# uv looks for pyproject.toml settings and a cache; hard links fail when the cache lies on another disk.
UV := UV_LINK_MODE=copy UV_NO_PROGRESS=1 $(BIN)/uv pip install --quiet --python $(BIN)/python
# Where PYTHONDONTWRITEBYTECODE is set, Dash would be compiled anew at every start, which takes longer than all the rest.
COMPILE := $(BIN)/python -m compileall -q h5nuvola
COMPILE_ALL := $(BIN)/python -m compileall -qq -j 0 $(dir $(BIN))lib/python*/site-packages h5nuvola || true
# Debian's packages, as root or through sudo; says what to type where neither is possible.
APT := apt_install() { \
    if ! command -v apt-get >/dev/null; then echo "This needs the system packages: $$*. Install them, then run make again." >&2; exit 1; fi; \
    local as=; if [ "$$(id -u)" != 0 ]; then as=sudo; \
    command -v sudo >/dev/null || { echo "As an administrator run: apt-get install -y $$*   Then run make again." >&2; exit 1; }; fi; \
    $$as env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null; \
    $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$$@" </dev/null; }

install: $(BIN)/.installed

$(BIN)/.venv-ready:
	@$(APT); find_python() { for p in $${PYTHON:-} python3.11 python3 python3.12 python3.13; do \
	    "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; return 0; }; done; return 1; }; \
	python=$$(find_python) || { apt_install python3 && python=$$(find_python); } \
	    || { echo "h5nuvola needs Python 3.11 or newer, and none was found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null \
	    || apt_install "$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	"$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@touch $@

$(BIN)/.installed: pyproject.toml constraints.txt $(BIN)/.venv-ready
	@$(UV) -c constraints.txt -e .
	@$(COMPILE_ALL)
	@touch $@

$(BIN)/.installed-test: pyproject.toml constraints.txt $(BIN)/.venv-ready
	@$(UV) -c constraints.txt -e '.[test,peers]'
	@$(COMPILE_ALL)
	@touch $(BIN)/.installed $@

browser:
	@$(APT); command -v chromium-headless-shell >/dev/null || apt_install chromium-headless-shell fonts-liberation

chromium:
	@$(APT); command -v chromium >/dev/null || apt_install chromium fonts-liberation

run: install
	@$(COMPILE)
	@$(BIN)/h5nuvola serve --demo $(ARGS)

lint: $(BIN)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: browser lint
	@$(COMPILE)
	$(BIN)/python -m pytest -n auto $(ARGS)

bench: $(BIN)/.installed-test chromium
	$(BIN)/python -m benchmarks.view $(ARGS)

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
