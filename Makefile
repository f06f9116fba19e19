# `make` alone lists the targets. Environments are set up on first use in .venvs/, from the hashed locks
# in config/locks/; nothing is installed outside the checkout.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Chooses the first suitable Python; a command may exist but not run (version managers' shims).
PYTHON := $(shell for p in python3.12 python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null \
  && command -v $$p && break; done)
BOOTSTRAP = $(or $(PYTHON),$(error Callsheet runs on CPython 3.11 or 3.12 on Linux x86-64; neither python3.12, python3.11 nor python3 on the PATH is one)) -I config/setup/bootstrap.py
ENVIRONMENTS := script xtts sadtalker realesrgan media hosted lite
ENVS ?= $(ENVIRONMENTS)

LITE := .venvs/lite/bin
DEV := .venvs/dev/bin
# Tests start many interpreters: the product is compiled once, also where this variable is set.
PYTEST = PYTHONDONTWRITEBYTECODE= $(DEV)/python -m pytest
ORDINARY = -n 3 --dist loadfile --no-loadscope-reorder -m "not slow and not faults and not soak and not bench and not gpu and not images"
COMPILE = .venvs/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-header --quiet
# Only wheels, because a bare machine has no compiler. (Model environments have packages in source form.)
WHEELS := --only-binary :all:

.PHONY: mutants random-mutants nightly
.PHONY: examples demo serve studio test test-torch test-gpu studio-test check coverage faults soak bench fuzz envs lock docs clients
.PHONY: wheel release images images-test clean help check-types check-layers check-architecture check-loads check-studio
.PHONY: page page-for-tests voices bench-table setup-lite setup-dev setup-bench setup-fuzz setup-helm

demo: setup-lite ## Make one video, live in the terminal, then serve (ONCE=1: then exit)
	@$(MAKE) --jobs 2 page voices
	@$(LITE)/callsheet demo $(if $(filter-out 0,$(ONCE)),--once)

# The page needs the processor, and the voices the network: at the same time.
serve: setup-lite ## Run every process of the Procfile
	@$(MAKE) --jobs 2 page voices
	@$(LITE)/callsheet serve

studio: setup-lite ## Build the studio into web/static/ and check its types
	@$(LITE)/python config/setup/studio.py --required

# Tests of one file stay together. They wait for processes half of the time, so three at a time keep two
# cores busy. They run in the order of their folders, which begins with the long ones.
test: setup-dev page-for-tests ## Run the ordinary tests (ARGS="..." goes to pytest)
	@$(PYTEST) $(ORDINARY) $(ARGS)

studio-test: setup-dev studio ## Lint the studio, run its tests and every journey through it in Chromium
	@$(DEV)/python config/setup/studio.py --lint
	@$(DEV)/python -m pytest tests/studio $(ARGS)

check: setup-dev ## Run linters, type checks and architecture tests
	@$(DEV)/ruff check --quiet .
	@$(DEV)/ruff format --quiet --check .
	@$(MAKE) --jobs 2 --output-sync check-architecture check-types check-layers check-loads check-studio

check-types:
	@$(DEV)/mypy

check-layers:
	@$(DEV)/lint-imports --no-cache

# The new interpreters of `check-loads` keep the other processor busy meanwhile.
check-architecture:
	@$(PYTEST) -q tests/architecture --ignore tests/architecture/test_layers.py

check-loads:
	@$(PYTEST) -q tests/architecture/test_layers.py

# Without Node or the page's packages, this says so and the rest goes on.
check-studio:
	@$(DEV)/python config/setup/studio.py --lint-if-installed

coverage: setup-dev page-for-tests ## Measure which lines `make test` reaches, also in the processes that it starts
	@$(DEV)/python -m tests.coverage -q $(ORDINARY) $(ARGS)

faults: setup-dev setup-helm ## Run the tests that kill, wipe and restart real processes, and the slow ones
	@$(PYTEST) -m "(faults or slow) and not gpu and not images" $(ARGS)

soak: setup-dev ## Run many jobs while faults strike (ARGS="--soak-jobs 500 --soak-seconds 600 --soak-seed 7")
	@$(PYTEST) -m soak -s $(ARGS)

mutants: setup-dev ## Plant known bugs in a copy, one at a time: tests must fail (ARGS="lease": only these)
	@$(DEV)/python -m tests.mutants $(ARGS)
	@test -n "$(ARGS)" || $(DEV)/python -m tests.random_mutants

# The second half of `make mutants`; every run takes another sample, by the seed that it prints.
random-mutants: setup-dev ## Change the core and the guards at random places (ARGS="--minutes 5 --seed 7 leases")
	@$(DEV)/python -m tests.random_mutants $(ARGS)

nightly: setup-dev ## Run what is too long for every landing, every part of it (ARGS="soak fuzz": only these)
	@$(DEV)/python -m tests.nightly $(ARGS)

# The environment's own packages come first on the path; then pytest from `dev`, and upstream's Real-ESRGAN,
# with which ours is compared. REALESRGAN_PYTHON, XTTS_PYTHON and SADTALKER_PYTHON select existing Pythons.
# With SADTALKER_HOME (a checkout), SadTalker's own code is tested too.
TORCH ?= realesrgan xtts sadtalker
STAGE_realesrgan := enhance
STAGE_xtts := voice
STAGE_sadtalker := animate
PYTHON_realesrgan = $(REALESRGAN_PYTHON)
PYTHON_xtts = $(XTTS_PYTHON)
PYTHON_sadtalker = $(SADTALKER_PYTHON)

test-torch: setup-dev ## Test the torch engines in their environments, 1 to 6 GB each (TORCH="xtts": only these)
	@$(BOOTSTRAP) upstream $(foreach name,$(TORCH),$(if $(PYTHON_$(name)),,$(name)))
	@for one in $(foreach name,$(TORCH),"$(STAGE_$(name))=$(or $(PYTHON_$(name)),.venvs/$(name)/bin/python)"); do \
	  "$${one#*=}" tests/gpu_worker/engines/torch "$${one%%=*}" "$$(echo .venvs/dev/lib/python3.*/site-packages \
	  .venvs/upstream/lib/python3.*/site-packages | tr ' ' ':')" $(ARGS) || exit 1; done

test-gpu: ## Test and measure the torch engines on this machine's GPU
	@$(MAKE) test-torch ARGS='-m gpu -s $(ARGS)'

# A small run keeps no figures, so there is no table after it.
bench: setup-bench ## Run the benchmarks, and print all figures in one table (ARGS="--small": only see that they run)
	@.venvs/bench/bin/python -m pytest -m bench -s $(ARGS)$(if $(filter --small,$(ARGS)),,; code=$$?; \
	  .venvs/bench/bin/python -m tests.bench.table; exit $$code)

bench-table: setup-dev ## Print the figures of earlier benchmarks in one table
	@$(DEV)/python -m tests.bench.table $(ARGS)

fuzz: setup-fuzz ## Coverage-guided fuzzing, 60 s a target (ARGS="600 uploads": seconds, targets)
	@.venvs/fuzz/bin/python -m tests.fuzz $(ARGS)

# Every refusal, shorter answer or odd request of a test loses against a plain one. Without ARGS only
# those tests run that gave the present examples, and each gives its own again; those of a new route
# run with ARGS="tests/web/FILE", and all of them, for better examples, with ARGS=tests/web.
examples: setup-dev ## Record the examples of docs/endpoints/ from running tests, then write all generated pages
	@rm -f build/exchanges.jsonl
	@$(PYTEST) -n 0 -p tests.recorder --record-examples=build/exchanges.jsonl -m "not slow" \
	  $(or $(ARGS),tests/web --recorded-only)
	@$(DEV)/python -m docs.generate.examples build/exchanges.jsonl $(if $(ARGS),--better)
	@$(DEV)/python -m docs.generate
	@$(DEV)/python -m docs.generate.refusals build/exchanges.jsonl

envs: ## Build every model environment from its lock (ENVS="script media": only these)
	@$(BOOTSTRAP) $(ENVS)
	@$(PYTHON) -I config/setup/consistency.py $(ENVS)

lock: ## Rebuild config/locks/ from pyproject.toml (only by hand: versions change)
	@$(BOOTSTRAP)
	@$(COMPILE) $(WHEELS) --group uv -o config/locks/uv.txt
	@$(COMPILE) $(WHEELS) pyproject.toml --group lite -o config/locks/lite.txt
	@for name in dev web media hosted; do $(COMPILE) $(WHEELS) pyproject.toml --group $$name \
	  -c config/locks/lite.txt -o config/locks/$$name.txt || exit 1; done
	@$(COMPILE) $(WHEELS) pyproject.toml --group bench -c config/locks/dev.txt -o config/locks/bench.txt
	@$(COMPILE) $(WHEELS) pyproject.toml --group fuzz -c config/locks/lite.txt -o config/locks/fuzz.txt
	@$(COMPILE) $(WHEELS) --group studio -o config/locks/studio.txt
	@$(COMPILE) $(WHEELS) --group helm -o config/locks/helm.txt
	@$(COMPILE) $(WHEELS) --group telemetry -c config/locks/lite.txt -o config/locks/telemetry.txt
	@$(COMPILE) --no-deps --group upstream -o config/locks/upstream.txt
	@for name in script xtts sadtalker realesrgan; do \
	  $(COMPILE) pyproject.toml --group $$name -o config/locks/$$name.txt || exit 1; done

docs: setup-dev ## Write the generated pages of docs/ and the full reference in build/docs/
	@$(DEV)/python -m docs.generate

clients: setup-dev ## Write the generated parts of the Python and TypeScript clients (clients/)
	@$(DEV)/python -m clients.generate

# The time of the last commit stands for the time of the files, so the same commit gives the same bytes.
wheel: setup-lite studio ## Build the wheel and its list of components (SBOM) into dist/
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	  .venvs/uv/bin/uv build --quiet --wheel --out-dir dist && ls -1 dist

release: ## Give every file the version of a release (VERSION=1.0.0); commits and tags nothing
	@$(or $(PYTHON),python3) -I config/setup/release.py $(VERSION)

images: ## Build the images with docker, podman or buildah (ENVS="lite media", REGISTRY=..., PYTHON_IMAGE=...)
	@REGISTRY="$(REGISTRY)" PYTHON_IMAGE="$(PYTHON_IMAGE)" NODE_IMAGE="$(NODE_IMAGE)" \
	  DEBIAN_IMAGE="$(DEBIAN_IMAGE)" BUILDER="$(BUILDER)" \
	  $(or $(PYTHON),python3) -I config/setup/images.py $(ENVS) logs

images-test: setup-dev ## Build images on a Debian of debootstrap, run them rootless and read-only, make a video
	@$(PYTEST) -n 0 -s -m images $(ARGS)

clean: ## Delete the environments, the state and the caches
	rm -rf .venvs .callsheet dist web/static web/studio/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find config tasks gpu_worker web tests -name __pycache__ -prune -exec rm -rf {} +

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
	  while IFS='|' read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done

# Without Node, and if none can be fetched, this says so and the rest goes on.
page:
	@$(LITE)/python config/setup/studio.py

# Without npm or its registry, this says so and the rest goes on with fewer voices.
voices:
	@$(LITE)/python config/setup/voices.py

page-for-tests:
	@$(DEV)/python config/setup/studio.py --tests

setup-lite:
	@$(BOOTSTRAP) lite

setup-dev:
	@$(BOOTSTRAP) dev telemetry

setup-helm:
	@$(BOOTSTRAP) helm

setup-fuzz:
	@$(BOOTSTRAP) fuzz

setup-bench:
	@$(BOOTSTRAP) bench
