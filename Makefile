# Plantcast's front door. `make` alone explains the targets.
#
# Only relative paths are used, so that the checkout may lie anywhere (spaces included) and `make -C <checkout>` works.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The interpreter that .venv is made from; any 3.11 or newer. `make setup PYTHON=/path/to/python3.12` chooses another.
PYTHON ?=
# Options handed on to the command behind demo, up, test and backtest: make demo ARGS="--days 90"
ARGS ?=

# Tests run side by side, a file (and all that use the one deployed stack) in one worker; WORKERS= runs them one by one.
# Four also on two cores: the long tests mostly wait for the emulator. Each of these takes up to 2 GB.
WORKER_COUNT ?= 4
WORKERS ?= --numprocesses=$(WORKER_COUNT) --dist=loadgroup --no-loadscope-reorder

# Where the tests that deploy are; `make integration DEPLOYED=<files>` runs some of them.
DEPLOYED ?= tests/browser tests/faults tests/integration

# Not to be set from outside: `clean` and a new environment delete these folders.
override VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --require-virtualenv
# uv installs a list in seconds where pip takes half a minute; pip also knows the settings of pip (an index of your
# own), which uv does not read, so it takes over where uv cannot.
UV := $(shell sed -n 's/^uv==\([0-9.]*\).*/uv==\1/p' requirements/dev.txt)
install = { $(PIP) install --quiet '$(UV)' && $(RUN) -m uv pip install --quiet --python $(1)/bin/python -r requirements/$(2).txt; } || \
	$(1)/bin/python -m pip --disable-pip-version-check install --quiet -r requirements/$(2).txt
# What runs on Lambda is pinned for Lambda's Python and platform, what runs on this machine for any from 3.11.
LAMBDA_LISTS := domain data ingest push api ml
# A venv whose making was killed has an interpreter but no pip yet.
ENSURE_PIP := { $(RUN) -m pip --version >/dev/null 2>&1 || $(RUN) -m ensurepip --upgrade; }
WEB_BUILD := PYTHONPATH=layers/domain/python $(RUN) -m infra.build.web
CODE := layers/domain/python/plantcast functions infra analysis/explore
# What is checked must not depend on the user's AWS settings.
OFFLINE_AWS := env -u AWS_PROFILE -u AWS_ENDPOINT_URL AWS_DEFAULT_REGION=ap-northeast-2 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_CONFIG_FILE=/dev/null
export SAM_CLI_TELEMETRY := 0

# A stamp carries the checksum of its list: a changed list installs anew, a cut-off install leaves no stamp and resumes.
checksum = $(shell cksum < requirements/$(1).txt | tr -s ' \t' '-')
LOCAL_STAMP := $(VENV)/installed-local-$(call checksum,local)
DEV_STAMP := $(VENV)/installed-dev-$(call checksum,dev)
NPM_STAMP := $(VENV)/npm-found-$(call checksum,node)
# What we are compared with stays out of the environment that everything else runs in.
# So do the scanners, which need libraries older than ours.
override SCAN_VENV := .venv-scan
SCAN_STAMP := $(SCAN_VENV)/installed-scan-$(call checksum,scan)
# No scanner asks a server (with a GITHUB_TOKEN zizmor would).
# Checkov passes what it cannot read, and says so in its summary alone.
checkov = { $(SCAN_VENV)/bin/checkov --config-file .checkov.yaml --skip-download --quiet --compact $(1) > .aws-sam/checkov.txt; \
	code=$$?; cat .aws-sam/checkov.txt; if grep -q 'Parsing errors' .aws-sam/checkov.txt; then exit 1; fi; exit $$code; }
SCHEMA := $(SCAN_VENV)/bin/check-jsonschema --builtin-schema
# Where `make deploy` deploys to: an environment of samconfig.toml.
ENVIRONMENT ?= default

.PHONY: help setup setup-dev demo up down status web test unit integration lint scan hooks format bench bench-observations bench-predict bench-api openapi figures backtest package build deploy publish smoke delete lock clean

help: ## this list
	@echo 'Plantcast: 48-hour forecasts for Seoul and its plants. Two commands: make demo, then make down.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-19s %s\n' "$$name" "$$text"; done
	@echo
	@echo 'Observations: synthetic by default; KMA_API_KEY=<key> for the real KMA; ASOS_REPLAY=<file> for a replay.'
	@echo 'Options:      make demo ARGS="--days 90 --stations 108,112"; ./plantcast --help shows every command.'

setup: $(NPM_STAMP) ## make .venv with what the demo needs (PYTHON=<interpreter> to choose one)

setup-dev: $(DEV_STAMP) ## the same, with what the tests need

demo: $(NPM_STAMP) ## everything on this machine, from nothing to a forecast in the browser; left running
	@./plantcast demo $(ARGS)

up: $(NPM_STAMP) ## start the emulator and deploy, without fetching or forecasting
	@./plantcast up $(ARGS)

down: ## stop everything that was started here and remove its data
	@if [ -x $(RUN) ]; then ./plantcast down; else $(or $(PYTHON),python3) -I infra/emulator/bare_down.py; fi

web: $(NPM_STAMP) ## build the dashboard into web/dist (demo, up and the tests do it when something changed)
	@$(WEB_BUILD)

status: $(LOCAL_STAMP) ## what runs, where, how fresh the forecast is
	@./plantcast status

test: lint $(NPM_STAMP) ## lint, then every test this machine can run (ARGS= for pytest)
	@$(RUN) -m pytest $(WORKERS) $(ARGS)

unit: $(NPM_STAMP) $(DEV_STAMP) ## the quick unit tests alone: no emulator, no browser, no network, no training
	@$(RUN) -m pytest $(WORKERS) -m 'not slow and not shared' tests/unit $(ARGS)

integration: $(NPM_STAMP) $(DEV_STAMP) ## the tests that deploy to the emulator
	@$(RUN) -m pytest $(WORKERS) -m emulator $(DEPLOYED) $(ARGS)

lint: $(DEV_STAMP) ## style, types, and the template against AWS's rules
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy $(CODE)
	$(OFFLINE_AWS) $(VENV)/bin/cfn-lint template.yaml
	$(OFFLINE_AWS) $(RUN) -m samcli validate --lint --template template.yaml

scan: $(DEV_STAMP) $(SCAN_STAMP) ## weaknesses of template, roles, image, workflows and scripts, in a venv of its own
	$(OFFLINE_AWS) $(VENV)/bin/cfn-lint infra/github_deploy_role.yaml infra/image_repository.yaml
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) custom.github-workflows-require-timeout .github/workflows/*.yml
	$(SCHEMA) vendor.dependabot .github/dependabot.yml
	$(SCHEMA) vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/idea.yml
	$(SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(SCHEMA) vendor.compose-spec docker-compose*.yml
	$(SCAN_VENV)/bin/pre-commit validate-config
	env -u GITHUB_TOKEN -u GH_TOKEN $(SCAN_VENV)/bin/zizmor --offline --no-progress --pedantic .github
	$(SCAN_VENV)/bin/shellcheck .ci/run .ci/at plantcast
	PYTHONPATH=layers/domain/python $(RUN) -m infra.stack.transformed .aws-sam/transformed.json
	@$(call checkov,--framework cloudformation dockerfile -f template.yaml .aws-sam/transformed.json \
		infra/github_deploy_role.yaml infra/image_repository.yaml functions/ml.Dockerfile)
	@$(call checkov,--framework github_actions -d .github)

hooks: $(DEV_STAMP) $(SCAN_STAMP) ## let git run .pre-commit-config.yaml before each commit
	$(SCAN_VENV)/bin/pre-commit install

format: $(DEV_STAMP) ## put the code into shape
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

bench: bench-observations $(DEV_STAMP) ## these, and accuracy and plants' probabilities on real observations (PLANTCAST_SHARED)
	PYTHONPATH=layers/domain/python $(RUN) -m analysis.accuracy 2022-01-01 2022-11-30 3
	PYTHONPATH=layers/domain/python $(RUN) -m analysis.short_history 30 60
	PYTHONPATH=layers/domain/python $(RUN) -m analysis.plant_probability 2022

bench-observations: $(DEV_STAMP) ## how fast the lake is on ten years of one station
	PYTHONPATH=layers/domain/python $(RUN) -m bench.lake_speed

bench-predict: $(DEV_STAMP) ## how long the hourly forecast takes on the data of what runs here
	PYTHONPATH=layers/domain/python $(RUN) -m bench.predict_speed

bench-api: $(DEV_STAMP) ## the API under load: ARGS="<API address> [clients] [seconds]"
	$(RUN) -m bench.api_load $(ARGS)

openapi: $(DEV_STAMP) ## write functions/api/openapi.json and the steps of docs/contracts.md anew from the code
	PYTHONPATH=layers/domain/python:functions/api $(RUN) -m plantcast_api.openapi
	PYTHONPATH=layers/domain/python:. $(RUN) -m infra.build.contracts

SHARED := $(or $(PLANTCAST_SHARED),../shared)
figures: $(LOCAL_STAMP) ## the pictures of docs/forecasting.md from real observations (PLANTCAST_SHARED; minutes)
	./plantcast explore --observations '$(SHARED)/data/asos_108_2013_2022.parquet' --start 2022-01-01 --end 2022-11-30 --out explore/108
	for picture in docs/pictures/forecasting/*.svg; do cp "explore/108/$${picture##*/}" "$$picture"; done

backtest: $(LOCAL_STAMP) ## score the model on past days: OBSERVATIONS="a.parquet …" START=2022-01-01 END=2022-11-30
	@[ -n "$(OBSERVATIONS)" ] && [ -n "$(START)" ] && [ -n "$(END)" ] || { \
		echo 'make backtest needs OBSERVATIONS="a.parquet …" START=YYYY-MM-DD END=YYYY-MM-DD' >&2; exit 2; }
	@./plantcast backtest --observations $(OBSERVATIONS) --start $(START) --end $(END) $(ARGS)

package: $(DEV_STAMP) ## build zips and layers without Docker, check sizes and imports
	@PYTHONPATH=layers/domain/python $(RUN) -m infra.build.artefacts

build: $(DEV_STAMP) ## build the artefacts for AWS (sam build; the container image needs Docker)
	PYTHON="$(CURDIR)/$(RUN)" $(RUN) -m samcli build

deploy: build ## build, deploy to the AWS account of your credentials, upload the dashboard (ENVIRONMENT=prod)
	@$(MAKE) publish

publish: $(NPM_STAMP) $(DEV_STAMP) ## the same with what `make build` built (ARGS= for sam deploy)
	PYTHONPATH=layers/domain/python $(RUN) -m infra.operations.publish --config-env $(ENVIRONMENT) $(ARGS)

smoke: $(DEV_STAMP) ## look from outside whether what was deployed answers (ENVIRONMENT=prod)
	@PYTHONPATH=layers/domain/python $(RUN) -m infra.operations.smoke --config-env $(ENVIRONMENT) $(ARGS)

delete: $(DEV_STAMP) ## delete the stack with all its data, after a confirmation (ENVIRONMENT=prod)
	@PYTHONPATH=layers/domain/python $(RUN) -m infra.operations.delete --config-env $(ENVIRONMENT) $(ARGS)

lock: $(DEV_STAMP) ## pin requirements/*.in anew; dev first, the rest agrees with it
	@set -e; \
	compile() { list=$$1; shift; echo "requirements/$$list.txt"; \
		$(RUN) -m uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links "$$@" \
			"requirements/$$list.in" -o "requirements/$$list.txt" $(ARGS); }; \
	compile dev --universal --python-version 3.11; \
	compile scan --universal --python-version 3.11; \
	for list in local node; do \
		compile $$list --universal --python-version 3.11 -c requirements/dev.txt; \
	done; \
	for list in $(LAMBDA_LISTS); do \
		compile $$list --python-version 3.13 --python-platform x86_64-manylinux_2_34 -c requirements/dev.txt; \
	done

clean: down ## remove .venv, caches and build results too
	rm -rf web/dist web/node_modules web/.build.lock $(VENV) $(SCAN_VENV) .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(LOCAL_STAMP): $(VENV)/bin/python
	@if [ ! -e $(DEV_STAMP) ]; then \
		echo 'Installing what Plantcast runs on into $(VENV) (once; half a minute)'; \
		$(ENSURE_PIP) && $(call install,$(VENV),local); fi
	@rm -f $(VENV)/installed-local-*; touch $@

$(DEV_STAMP): $(VENV)/bin/python
	@echo 'Installing what the tests need into $(VENV) (once; half a minute)'
	@$(ENSURE_PIP) && $(call install,$(VENV),dev)
	@rm -f $(VENV)/installed-dev-*; touch $@

# Node.js 18 or newer with npm, the machine's own or, where there is none, one inside .venv.
$(NPM_STAMP): $(LOCAL_STAMP)
	@$(WEB_BUILD) --find-npm >/dev/null 2>&1 || { \
		echo 'Installing Node.js into $(VENV) (once)'; \
		$(call install,$(VENV),node) && $(WEB_BUILD) --find-npm; }
	@rm -f $(VENV)/npm-found-*; touch $@

$(SCAN_STAMP): $(DEV_STAMP)
	@echo 'Installing the scanners into $(SCAN_VENV) (once)'
	@$(RUN) -m venv --clear $(SCAN_VENV)
	@$(call install,$(SCAN_VENV),scan)
	@touch $@

$(VENV)/bin/python:
	@chosen=; found=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11); do \
		version=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
		found="$$found $$candidate ($$version)"; \
		"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && { chosen=$$candidate; break; }; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "Plantcast needs Python 3.11 or newer; found:$${found:- none of $(or $(PYTHON),python3)}." >&2; \
		echo 'Install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13),' >&2; \
		echo 'then call again, or name it: make setup PYTHON=/path/to/python3.11' >&2; \
		exit 1; \
	fi; \
	rm -rf $(VENV); \
	if ! "$$chosen" -m venv $(VENV) || ! $(RUN) -m pip --version >/dev/null; then \
		rm -rf $(VENV); \
		echo "$$chosen could not make the environment $(VENV) (see above)." >&2; \
		echo 'On Debian and Ubuntu install its venv module: apt-get install python3-venv' >&2; \
		exit 1; \
	fi
