"""The command as the shell runs it, in a process that has imported nothing yet."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

import keras_genzoo as gz

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
