"""Training goes on bit for bit where it stopped, in a new process."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).with_name("resume_worker.py")


def run(leg, folder):
    subprocess.run(
        [sys.executable, str(WORKER), leg, str(folder)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    run("uninterrupted", folder)
    return folder


@pytest.mark.parametrize(
    ("first", "second"),
    [("until_saved", "from_file"), ("until_crash", "from_backup")],
)
def test_a_resumed_run_ends_as_an_uninterrupted_one(folder, first, second):
    run(first, folder)
    run(second, folder)
    expected = np.load(folder / "uninterrupted.npz")
    got = np.load(folder / f"{second}.npz")
    assert expected.files == got.files
    for name in expected.files:
        np.testing.assert_array_equal(got[name], expected[name])
