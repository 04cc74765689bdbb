import csv

import keras
import numpy as np
import pytest
from fake_model import compiled, data

from keras_genzoo.callbacks import Throughput, throughput


class FakeClock:
    """Time that passes only when training does something: seconds by event."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class PassTime(keras.callbacks.Callback):
    """Lets the first batch of all take 50 s, every other 2 s, each validation 30 s."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.compiled = False

    def on_train_batch_end(self, batch, logs=None):
        self.clock.now += 2.0 if self.compiled else 50.0
        self.compiled = True

    def on_test_end(self, logs=None):
        self.clock.now += 30.0


class Watch(keras.callbacks.Callback):
    """Keeps the logs that a callback at its place sees."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(dict(logs))


@pytest.fixture
def clock():
    return FakeClock()


def fit(clock, *more, n=8, model=None, **options):
    callbacks = [Throughput(clock=clock), PassTime(clock), *more]
    model = model or compiled()
    options = {"batch_size": 2, "epochs": 2, "verbose": 0} | options
    return model.fit(*data(n), callbacks=callbacks, **options).history


def test_images_per_second_without_the_first_step(clock):
    # First epoch: 8 examples less the first 2, in 3 steps of 2 s. Then 8 in 8 s.
    history = fit(clock)
    np.testing.assert_allclose(history["images_per_second"], [6 / 6, 8 / 8])


def test_a_partial_batch_is_counted_as_what_it_is(clock):
    # 5 examples in batches of 2, 2 and 1.
    history = fit(clock, n=5)
    np.testing.assert_allclose(history["images_per_second"], [3 / 4, 5 / 6])


def test_one_step_an_epoch_cannot_leave_out_compilation(clock):
    history = fit(clock, batch_size=8)
    np.testing.assert_allclose(history["images_per_second"], [8 / 50, 8 / 2])


def test_validation_is_left_out(clock):
    history = fit(clock, validation_data=data(6))
    np.testing.assert_allclose(history["images_per_second"], [1.0, 1.0])
    assert len(history["val_loss"]) == 2


def test_each_fit_leaves_its_own_first_step_out(clock):
    callback, passing, model = Throughput(clock=clock), PassTime(clock), compiled()
    for _ in range(2):
        passing.compiled = False
        history = model.fit(
            *data(), batch_size=2, verbose=0, callbacks=[callback, passing]
        ).history
        np.testing.assert_allclose(history["images_per_second"], [1.0])


def test_training_is_not_changed(clock):
    # Reading the count in mid-epoch must not disturb the weights on any backend.
    plain, watched = compiled(0.1), compiled(0.1)
    plain.fit(*data(), batch_size=2, epochs=2, verbose=0)
    fit(clock, model=watched)
    np.testing.assert_array_equal(plain.get_weights()[0], watched.get_weights()[0])


def test_logs_reach_later_callbacks_and_files(clock, tmp_path):
    before, after, path = Watch(), Watch(), tmp_path / "log.csv"
    compiled().fit(
        *data(),
        verbose=0,
        callbacks=[
            before,
            Throughput(clock=clock),
            PassTime(clock),
            after,
            keras.callbacks.CSVLogger(path),
        ],
    )
    assert "images_per_second" not in before.seen[0]
    assert after.seen[0]["images_per_second"] == pytest.approx(8 / 50)
    (row,) = csv.DictReader(path.open())
    assert float(row["images_per_second"]) == pytest.approx(8 / 50)


def test_peak_memory_in_mib_where_there_is_one(clock, monkeypatch):
    monkeypatch.setattr(throughput, "peak_memory", lambda: 3 * 2**20)
    assert fit(clock)["peak_memory_mib"] == [3.0, 3.0]
    monkeypatch.setattr(throughput, "peak_memory", lambda: None)
    assert "peak_memory_mib" not in fit(clock)


def test_the_real_clock_runs():
    history = compiled().fit(*data(), verbose=0, callbacks=[Throughput()]).history
    assert history["images_per_second"][0] > 0


def test_a_model_that_does_not_count_is_refused():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    with pytest.raises(TypeError, match=r"`examples_seen`.*Sequential"):
        model.fit(*data(), verbose=0, callbacks=[Throughput()])
