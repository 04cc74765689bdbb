"""Presets saved on one backend mean the same on the other two."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).with_name("preset_worker.py")
BACKENDS = ("jax", "tensorflow", "torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    workers = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(folder)],
            env={**os.environ, "KERAS_BACKEND": backend},
        )
        for backend in BACKENDS
    ]
    assert [worker.wait(timeout=1200) for worker in workers] == [0, 0, 0]
    return folder


@pytest.mark.parametrize("writer", BACKENDS)
def test_every_preset_reads_the_same(folder, writer):
    read = {r: np.load(folder / f"{writer}_read_by_{r}.npz") for r in BACKENDS}
    expected = read[writer]
    assert len([name for name in expected.files if "/" not in name]) == 10
    assert any(name.startswith("optimizer/") for name in expected.files)
    for got in read.values():
        assert got.files == expected.files
        for name in expected.files:
            np.testing.assert_allclose(got[name], expected[name], rtol=1e-6, atol=1e-5)
