"""What importing the package costs and brings with it."""

import os
import subprocess
import sys

import keras
import pytest

BACKENDS = {"jax", "tensorflow", "torch"}


def test_one_backend_and_nothing_optional_is_imported():
    code = (
        "import sys\n"
        "def held():\n"
        "    return {name.partition('.')[0] for name in sys.modules}\n"
        "import keras\n"
        "before = held()\n"
        "import keras_genzoo\n"
        "print(*held() - before)\n"
        "keras_genzoo.from_preset('dcgan_emoji')\n"
        "print(*held() - before)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, loaded = (set(line.split()) for line in result.stdout.splitlines())
    optional = {"imageio_ffmpeg", "matplotlib", "tensorflow_datasets", "typer"}
    optional |= {"filelock", "httpx", "huggingface_hub", "kagglehub", "requests"}
    assert "keras_genzoo" in imported
    assert not imported & (BACKENDS | optional)
    # Nor does a preset bring a second backend.
    assert not loaded & BACKENDS


@pytest.mark.backend_free
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
