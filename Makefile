# `make demo` and `make test` need Python 3.11, pip and make, and install the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BACKEND ?= jax

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint requirements/constraints.txt
BACKENDS := jax tensorflow torch
# The package that brings each backend; TensorFlow without its GPU half.
PACKAGE_jax := jax
PACKAGE_tensorflow := tensorflow-cpu
PACKAGE_torch := torch

# One test process for each core, so one thread for each process.
TEST_ENV := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE TF_NUM_INTRAOP_THREADS=1 \
	TF_NUM_INTEROP_THREADS=1 TF_CPP_MIN_LOG_LEVEL=3 JAX_PLATFORMS=cpu \
	JAX_COMPILATION_CACHE_DIR=$(CURDIR)/$(VENV)/jax-cache \
	JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 \
	XLA_FLAGS=--xla_cpu_use_fusion_emitters=false
WORKERS ?= 2

.PHONY: demo test lint format test-jax test-tensorflow test-torch test-cross-backend clean

demo: $(VENV)/.demo-$(BACKEND)
	KERAS_BACKEND=$(BACKEND) $(BIN)/genzoo demo

test: lint test-jax test-tensorflow test-torch test-cross-backend

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# On JAX most of the time would go into optimising programs that run once; the
# cross-backend tests run what is optimised. What no backend touches runs on one.
MARK_tensorflow := -m "not backend_free"
MARK_torch := -m "not backend_free"
$(BACKENDS:%=test-%): test-%: $(VENV)/.test
	KERAS_BACKEND=$* $(TEST_ENV) JAX_DISABLE_MOST_OPTIMIZATIONS=1 \
		$(BIN)/python -m pytest -q -n $(WORKERS) \
		--dist worksteal $(MARK_$*) tests --ignore tests/cross_backend

test-cross-backend: $(VENV)/.test
	$(TEST_ENV) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile \
		tests/cross_backend

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "make: no python3.11 or python3 found"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo-%: $(VENV)/.python pyproject.toml requirements/constraints.txt
	$(PIP) --editable ".[plots]" $(PACKAGE_$*)
	touch $@

$(VENV)/.test: $(VENV)/.python pyproject.toml requirements/constraints.txt
	$(PIP) --no-compile --editable ".[plots,video,tfds,digits,dev]" \
		$(foreach b,$(BACKENDS),$(PACKAGE_$(b)))
	# On all cores, which pip does on one. Some packages ship files of Python 2.
	-$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib
	touch $@

clean:
	rm -rf $(VENV) genzoo-demo
