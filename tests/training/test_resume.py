"""Training goes on bit for bit where it stopped, in a new process."""

import numpy as np
import pytest
from clean_process import run
from resume_worker import leg


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    assert run(leg, "uninterrupted", folder) == 0
    return folder


@pytest.mark.parametrize(
    ("first", "second"),
    [("until_saved", "from_file"), ("until_crash", "from_backup")],
)
def test_a_resumed_run_ends_as_an_uninterrupted_one(folder, first, second):
    assert run(leg, first, folder) == 0
    assert run(leg, second, folder) == 0
    expected = np.load(folder / "uninterrupted.npz")
    got = np.load(folder / f"{second}.npz")
    assert expected.files == got.files
    for name in expected.files:
        np.testing.assert_array_equal(got[name], expected[name])
