"""The command as the shell runs it, in a process that has imported nothing yet."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo.zoo.recipes import find_recipe

LAUNCHER = Path(gz.__file__).parents[1] / "genzoo.py"


def test_sample_draws_what_the_model_draws(tmp_path):
    output = tmp_path / "digits.npy"
    done = subprocess.run(
        [
            sys.executable,
            str(LAUNCHER),
            "sample",
            "vae_mnist_2d",
            *("-n", "4", "--seed", "3", "-o", str(output)),
            *("--backend", keras.backend.backend()),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(LAUNCHER.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    expected = gz.from_preset("vae_mnist_2d").sample(4, seed=3)
    np.testing.assert_allclose(np.load(output), expected, atol=1e-5)


IMPORTED = """
import gc, sys
import genzoo

genzoo.hold_back_package()
from keras_genzoo.cli.package import import_package

searches = []
gc.callbacks.append(lambda phase, info: searches.append(info["generation"]))
import_package()
print(len(searches), gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_the_import_is_not_searched_for_garbage():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env={**os.environ, "PYTHONPATH": str(LAUNCHER.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout.split() == ["0", "True", "True"]


ONE_THREAD = """
import os, sys
import genzoo

genzoo.hold_back_package()
from importlib import import_module

command = import_module("keras_genzoo.cli.train")
use_one_thread = command.use_one_thread

def watched(environ):
    print("too late" if "keras" in sys.modules else "in time")
    use_one_thread(environ)

command.use_one_thread = watched
try:
    command.train("tiny.toml", check=True)
except FileNotFoundError as error:
    print("curve" in str(error))
import keras
if keras.backend.backend() == "torch":
    import torch
    print(torch.get_num_threads())
else:
    names = "PJRT_NPROC", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
    print(*{os.environ[name] for name in names})
"""


@pytest.mark.parametrize("wanted", [True, False])
def test_a_recipe_may_ask_for_one_thread(tmp_path, wanted):
    text = Path(find_recipe("vae_mnist_2d").path).read_text()
    line = f"[training]\none_thread = {str(wanted).lower()}\n"
    (tmp_path / "tiny.toml").write_text(text.replace("[training]\n", line))
    done = subprocess.run(
        [sys.executable, "-c", ONE_THREAD],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(LAUNCHER.parent),
            "PJRT_NPROC": "2",
            "TF_NUM_INTRAOP_THREADS": "2",
            "TF_NUM_INTEROP_THREADS": "2",
            "OMP_NUM_THREADS": "2",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said = ["in time"] if wanted else []
    assert done.stdout.split("\n")[:-1] == [*said, "True", "1" if wanted else "2"], (
        done.stderr
    )
