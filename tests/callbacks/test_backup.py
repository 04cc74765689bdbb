"""A training goes on bit for bit from its last state, whatever ended it."""

import os
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from clean_process import run
from interrupted import train
from keras import ops

from keras_genzoo.callbacks import Backup
from keras_genzoo.training import PhasedModel

X = np.arange(22, dtype="float32").reshape(22, 1)
EPOCHS, STEPS = 3, 6


def test_kills_and_a_full_disk_lose_nothing(tmp_path):
    assert run(train, tmp_path, "untouched", None, "whole") == 0
    assert run(train, tmp_path, "state", "writing") == -signal.SIGKILL
    # No room on the disk: the state before stays, and training is not stopped.
    state, full = (tmp_path / n / "latest.weights.h5" for n in ("state", "full"))
    before = state.read_bytes()
    full.parent.mkdir()
    full.write_bytes(before)
    assert run(train, tmp_path, "full", None, None, len(before) // 2) == 0
    assert [file.name for file in full.parent.iterdir()] == [full.name]
    assert full.read_bytes() == before
    assert run(train, tmp_path, "state", (2, 2)) == -signal.SIGKILL
    assert run(train, tmp_path, "state", None, "killed") == 0
    whole, killed = (np.load(tmp_path / f"{n}.npz") for n in ("whole", "killed"))
    assert whole.files == killed.files
    for name in whole.files:
        np.testing.assert_array_equal(killed[name], whole[name])


@keras.saving.register_keras_serializable(package="tests")
class Diary(PhasedModel):
    """w becomes 0.9 w + mean(x) + noise: it holds what came, and in which order."""

    phases = ("only",)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = self.add_weight(shape=(), initializer="zeros", name="w")
        self.seeds = keras.random.SeedGenerator(3)
        self.built = True

    def phase_variables(self, phase):
        return [self.w]

    def default_optimizers(self):
        return {"only": keras.optimizers.SGD(0.1)}

    def compute_phase(self, phase, batch, training, shared):
        noise = keras.random.normal((), seed=self.seeds)
        target = 10.0 * (ops.mean(batch) + noise)
        return 0.5 * ops.square(self.w) - self.w * ops.stop_gradient(target), {}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return STEPS

    def __getitem__(self, index):
        return (X[4 * index : 4 * index + 4],)


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, index):
        return (np.full((4, 1), index, "float32"),)


class Renumbered(Batches):
    """Shuffles itself, by the epoch's number."""

    epoch = 0

    def __getitem__(self, index):
        order = np.random.default_rng(self.epoch).permutation(len(X))
        return (X[order[4 * index : 4 * index + 4]],)


class Drawing(Batches):
    """Draws from NumPy's global generator."""

    def __getitem__(self, index):
        return (super().__getitem__(index)[0] + np.random.normal(),)  # noqa: NPY002


def endless():
    for number in range(100):
        yield (np.full((4, 1), number, "float32"),)


def loader():
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.from_numpy(X)), batch_size=4
    )


def tf_data():
    return tf.data.Dataset.from_tensor_slices(X).batch(4)


SOURCES = {
    "array": lambda: {"x": X, "batch_size": 4},
    "array, six of eleven batches": lambda: {
        "x": X,
        "batch_size": 2,
        "steps_per_epoch": STEPS,
    },
    "array, split": lambda: {
        "x": np.tile(X, (2, 1)),
        "batch_size": 4,
        "validation_split": 0.5,
    },
    "PyDataset": lambda: {"x": Batches()},
    "PyDataset without end": lambda: {"x": Endless(), "steps_per_epoch": STEPS},
    "PyDataset with epochs": lambda: {"x": Renumbered()},
    "generator": lambda: {"x": endless(), "steps_per_epoch": STEPS},
    "tf.data": lambda: {"x": tf_data()},
    "tf.data, repeated": lambda: {"x": tf_data().repeat(), "steps_per_epoch": STEPS},
    "DataLoader": lambda: {"x": loader()},
}


class Ask(keras.callbacks.Callback):
    """Sends a signal in the middle of an epoch; keeps every loss."""

    def __init__(self, at=None, number=signal.SIGTERM):
        super().__init__()
        self.at, self.number = at, number
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append((self.epoch, batch, logs["loss"]))
        if self.epoch == self.at and batch == 2:
            os.kill(os.getpid(), self.number)


def fit(source, folder, *callbacks, seed=1, **kwargs):
    keras.utils.set_random_seed(seed)
    model = Diary()
    model.compile()
    settings = {"epochs": EPOCHS, "verbose": 0, **SOURCES[source](), **kwargs}
    history = model.fit(callbacks=[*callbacks, Backup(folder)], **settings)
    return float(ops.convert_to_numpy(model.w)), history.history


@pytest.mark.parametrize("source", SOURCES)
def test_the_data_go_on_where_they_were(source, tmp_path, capsys):
    whole = Ask()
    expected, _ = fit(source, tmp_path / "whole", whole)
    first, second = Ask(0), Ask(1, signal.SIGINT)
    with pytest.raises(SystemExit, match="143"):
        fit(source, tmp_path / "broken", first)
    told = capsys.readouterr().err
    assert "Stopped by SIGTERM after epoch 0 and 3 steps" in told
    assert (
        f'the state is in "{tmp_path / "broken"}", and the same `fit` goes on' in told
    )
    with pytest.raises(KeyboardInterrupt, match="by Ctrl-C after epoch 1 and 3 steps"):
        fit(source, tmp_path / "broken", second, seed=7)
    last = Ask()
    got, history = fit(source, tmp_path / "broken", last, seed=8)
    assert got == expected
    assert first.losses + second.losses + last.losses == whole.losses
    assert len(whole.losses) == EPOCHS * STEPS
    assert len(history["loss"]) == 2


class Crash(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise InterruptedError


def test_what_draws_from_the_global_generators_draws_the_same(tmp_path):
    SOURCES["drawing"] = lambda: {"x": Drawing()}
    expected, _ = fit("drawing", tmp_path / "whole")
    with pytest.raises(InterruptedError):
        fit("drawing", tmp_path / "broken", Crash())
    assert fit("drawing", tmp_path / "broken", seed=9)[0] == expected
    del SOURCES["drawing"]


def test_arrays_are_shuffled_anew_each_epoch(tmp_path):
    seen = []

    class Seeing(Diary):
        def prepare_batch(self, data, training):
            x = super().prepare_batch(data, training)
            seen.append(ops.convert_to_numpy(x)[:, 0])
            return x

    keras.utils.set_random_seed(1)
    model = Seeing()
    model.compile(run_eagerly=True, jit_compile=False)
    model.fit(
        X, batch_size=4, epochs=2, verbose=0, callbacks=[Backup(tmp_path / "state")]
    )
    first, second = np.concatenate(seen[:STEPS]), np.concatenate(seen[STEPS:])
    for order in (first, second):
        assert sorted(order) == list(range(22))
    assert list(first) != list(second) != list(range(22))


def test_a_finished_training_trains_nothing_anew_and_can_go_on(tmp_path):
    expected, _ = fit("array", tmp_path / "whole", epochs=5)
    first, _ = fit("array", tmp_path / "state")
    again, history = fit("array", tmp_path / "state", seed=4)
    assert (again, history) == (first, {})
    # A clock that was wrong is not looked at.
    os.utime(tmp_path / "state" / "latest.weights.h5", (10**10, 0))
    assert fit("array", tmp_path / "state", seed=5, epochs=5)[0] == expected


def test_every_so_many_epochs(tmp_path):
    class Counting(Backup):
        stored = ()

        def _store(self, place):
            super()._store(place)
            self.stored += (place.epoch,)

    backup = Counting(tmp_path, every=3)
    model = Diary()
    model.compile()
    model.fit(X, epochs=8, verbose=0, callbacks=[backup])
    assert backup.stored == (3, 6, 8)


def test_carried_objects_go_on(tmp_path):
    class Notes(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.values = []

        def on_epoch_end(self, epoch, logs=None):
            self.values.append(epoch)

        def get_state(self):
            return self.values

        def set_state(self, state):
            self.values = state

    def train(*callbacks):
        notes = Notes()
        model = Diary()
        model.compile()
        backup = Backup(tmp_path, carry={"notes": notes})
        model.fit(X, epochs=4, verbose=0, callbacks=[notes, *callbacks, backup])
        return notes.values

    with pytest.raises(InterruptedError):
        train(Crash())
    assert train() == [0, 1, 2, 3]


def test_what_cannot_go_on_is_refused_before_training(tmp_path):
    for every in (0, 1.5, True):
        with pytest.raises(ValueError, match="`every` must be a positive integer"):
            Backup(tmp_path, every=every)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="`folder` must be one that can be written"):
        fit("array", tmp_path / "file")
    # A place where nobody may write, not even root.
    with pytest.raises(OSError, match="`folder` must be one that can be written"):
        fit("array", "/proc/state")
    with pytest.raises(SystemExit):
        fit("array", tmp_path / "state", Ask(1))
    with pytest.raises(ValueError, match=r"6 batches an epoch.*got 11"):
        fit("array", tmp_path / "state", batch_size=2)
    with pytest.raises(ValueError, match="one backup at most"):
        fit("array", tmp_path / "state", Backup(tmp_path / "other"))
    path = tmp_path / "state" / "latest.weights.h5"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(OSError, match="damaged"):
        fit("array", tmp_path / "state")


def test_a_set_that_changes_without_a_number_is_named(tmp_path):
    class Changing(Batches):
        def on_epoch_end(self):
            np.random.shuffle(X)  # noqa: NPY002

    model = Diary()
    model.compile()
    before = X.copy()
    with pytest.warns(UserWarning, match="a Changing, changes at an epoch's end"):
        model.fit(Changing(), verbose=0, callbacks=[Backup(tmp_path)])
    X[:] = before
