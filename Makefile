# Everything runs in a virtual environment of its own; nothing global is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test test-slow test-decoders check format docs benchmarks clean

demo: $(STAMP)  ## make a small world of videos, build four sources from it, lint, show
	$(BIN)/curate demo --folder demo

test: $(STAMP)  ## the everyday tests, in a few minutes
	$(BIN)/python -m pytest -n auto -m "not slow and not decoders"

test-slow: $(STAMP)  ## large files, many kills
	$(BIN)/python -m pytest -m slow

test-decoders: $(STAMP)  ## torchcodec too; needs FFmpeg's shared libraries (apt install ffmpeg)
	$(BIN)/python -m pip install -q -c constraints/cpu.txt torch torchcodec
	$(BIN)/python -m pytest -m decoders

check: $(STAMP)  ## formatting, lint, strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)  ## the page of sources, written from their declarations
	$(BIN)/curate sources --markdown > docs/sources.md

benchmarks: $(STAMP)
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/build.py
	$(BIN)/python benchmarks/media.py
	$(BIN)/python benchmarks/rewards.py

$(STAMP): pyproject.toml constraints/cpu.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints/cpu.txt -e '.[all,dev]'
	touch $(STAMP)

clean:
	rm -rf $(VENV) demo build dist
