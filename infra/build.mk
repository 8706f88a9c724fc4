# Shared by the Makefiles that `sam build` calls (Metadata: BuildMethod: makefile, WorkingDirectory: the repository).
# Wheels are fetched for Lambda's platform whatever machine builds, so no Docker is needed.

SHELL := /bin/sh
# sam names the folder; without one the recipes below would write, and delete caches, in the file system's root.
ifndef ARTIFACTS_DIR
$(error These recipes are for `sam build` (make build), which sets ARTIFACTS_DIR)
endif
PYTHON ?= python3
LAMBDA_PYTHON := 3.13
# Lambda's python3.13 runs on Amazon Linux 2023 (glibc 2.34).
PLATFORMS := manylinux_2_34_x86_64 manylinux_2_28_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64
# Plain Python that is published as source only.
SOURCE_ONLY := http-ece

# --ignore-requires-python: the lists are compiled for Lambda's Python; some releases of pip hold them against the
# one that runs pip.
# $(call install,<name of the list in requirements/>,<folder>[,<list of a layer of the function>])
# What the layer brings is left out: all lists are pinned to the same versions.
define install
	mkdir -p "$(2)"
	$(if $(3),grep -vxFf "requirements/$(3).txt",cat) "requirements/$(1).txt" > "$(2)/requirements.txt"
	"$(PYTHON)" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --only-binary=:all: --no-binary=$(SOURCE_ONLY) \
		--ignore-requires-python --implementation cp --python-version $(LAMBDA_PYTHON) $(addprefix --platform ,$(PLATFORMS)) \
		--target "$(2)" -r "$(2)/requirements.txt"
	rm -f "$(2)/requirements.txt"
	find "$(2)" -type d -name __pycache__ -prune -exec rm -rf {} +
endef

# $(call code,<source folder>,<folder>)
define code
	mkdir -p "$(2)"
	cp -R "$(1)/." "$(2)/"
	find "$(2)" -type d -name __pycache__ -prune -exec rm -rf {} +
	rm -f "$(2)/Makefile"
endef
