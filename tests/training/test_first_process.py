import keras
import pytest

from keras_genzoo import backends
from keras_genzoo.callbacks import SampleGrid
from keras_genzoo.training import first_process


@pytest.fixture
def given(tmp_path):
    return {
        "verbose": 2,
        "epochs": 3,
        "callbacks": [
            keras.callbacks.ModelCheckpoint(tmp_path / "model.keras"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.BackupAndRestore(tmp_path / "backup"),
            keras.callbacks.EarlyStopping("loss"),
            SampleGrid(tmp_path / "samples"),
        ],
    }


def test_the_first_process_does_all(given):
    assert first_process.arguments_of_process(given) is given


def test_the_others_leave_out_what_writes(given, monkeypatch):
    monkeypatch.setattr(backends, "process_index", lambda: 1)
    left = first_process.arguments_of_process(given)
    restoring, stopping = left["callbacks"]
    assert isinstance(stopping, keras.callbacks.EarlyStopping)
    assert not isinstance(restoring, keras.callbacks.BackupAndRestore)
    assert restoring.backup is given["callbacks"][2]
    assert left["verbose"] == 0
    assert left["epochs"] == 3
    assert first_process.arguments_of_process({})["callbacks"] == []
