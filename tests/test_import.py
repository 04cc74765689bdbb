"""What importing the package costs and brings with it."""

import os
import subprocess
import sys

import keras

BACKENDS = {"jax", "tensorflow", "torch"}


def modules_after(statement):
    """Top-level modules that a fresh interpreter holds after the statement."""
    code = (
        f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(result.stdout.split())


def test_one_backend_and_nothing_optional_is_imported():
    extra = modules_after("import keras_genzoo") - modules_after("import keras")
    optional = {"imageio_ffmpeg", "matplotlib", "tensorflow_datasets", "typer"}
    optional |= {"filelock", "httpx", "huggingface_hub", "kagglehub", "requests"}
    assert not extra & (BACKENDS | optional)


def test_loading_a_preset_imports_no_second_backend():
    load = "import keras_genzoo; keras_genzoo.from_preset('dcgan_emoji')"
    assert not (modules_after(load) - modules_after("import keras")) & BACKENDS


def test_a_missing_backend_is_named_with_its_extra():
    code = (
        "import sys, importlib.abc\n"
        "class Missing(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'jax':\n"
        "            raise ModuleNotFoundError('No module named jax', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "import keras_genzoo\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Keras' backend 'jax' is not installed")
    assert 'pip install "keras-genzoo[jax]"' in last
