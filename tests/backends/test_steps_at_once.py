"""Several steps in one program, or one call: they are what single ones are."""

import gc
import importlib
import os
import signal
import sys
import weakref

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as gz
from keras_genzoo import backends
from keras_genzoo.callbacks import Backup, StopOnNaN
from keras_genzoo.training import PhasedModel
from keras_genzoo.training.step_hooks import does_without_steps

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch takes one at a time"
)
IS_JAX = keras.backend.backend() == "jax"
on_jax = pytest.mark.skipif(not IS_JAX, reason="what JAX compiles and keeps")
on_tensorflow = pytest.mark.skipif(IS_JAX, reason="what TensorFlow traces and raises")
SIZE = 4


@pytest.fixture(autouse=True)
def however_slow(monkeypatch):
    """As many steps as fit, whatever a step takes."""
    module = sys.modules[backends.train_function.__module__]
    monkeypatch.setattr(module, "_SECONDS", 1e9)


def network(inputs, outputs, seed):
    start = keras.initializers.GlorotUniform(seed)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(8, kernel_initializer=start),
            keras.layers.LeakyReLU(0.2),
            keras.layers.Dense(outputs, kernel_initializer=start),
        ]
    )


def gan(**kwargs):
    model = gz.GAN(network(3, 5, 0), network(5, 1, 1), average_half_life=9.0, seed=2)
    model.compile(**kwargs)
    return model


def images(steps, more=0):
    draw = np.random.default_rng(steps)
    return draw.normal(size=(SIZE * steps + more, 5)).astype("float32")


def values(model):
    return [
        ops.convert_to_numpy(v) for v in [*model.variables, *model.optimizer.variables]
    ]


def assert_same(model, other):
    for got, want in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(got, want)


def steps_taken(model):
    return int(ops.convert_to_numpy(model.optimizer.iterations))


class Ahead(keras.callbacks.Callback):
    """Writes down how far ahead each step finds the model."""

    def __init__(self):
        super().__init__()
        self.seen = []

    @does_without_steps()
    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(self.model.steps_ahead)


class Watching(Ahead):
    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(batch, logs)


def fit(model, x, *callbacks, epochs=2, **kwargs):
    return model.fit(
        x,
        batch_size=SIZE,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=list(callbacks),
        **kwargs,
    ).history


def test_they_are_what_single_steps_are():
    x = images(19, more=3)
    ahead, watching = Ahead(), Watching()
    model, other = gan(), gan()
    history = fit(model, x, ahead)
    # One until it is known what it takes, eight at a time; the last batch is shorter,
    # which is a shape of its own on JAX.
    eight = [0, *range(7, 0, -1)]
    last = [0, 0] if IS_JAX else [0, 1]
    assert ahead.seen[:20] == [0, 0, *eight, *eight, *last]
    assert history == fit(other, x, watching)
    assert set(watching.seen) == {0}
    assert_same(model, other)
    assert steps_taken(model) == 40


def wgan_gp():
    model = gz.GAN(
        network(3, 5, 0),
        network(5, 1, 1),
        objective="wasserstein",
        regularizer="gradient_penalty",
        discriminator_steps=2,
        seed=2,
    )
    model.compile()
    return model


def vae():
    x = keras.Input((5,))
    encoder = keras.Model(x, [network(5, 2, 0)(x), network(5, 2, 1)(x)])
    model = gz.VAE(encoder, network(2, 5, 2), noise=0.5, seed=2)
    model.compile()
    return model


@pytest.mark.parametrize("make", [gan, wgan_gp, vae])
def test_they_are_those_of_keras(make, monkeypatch):
    x = images(12)
    model, other = make(), make()
    ahead = Ahead()
    fit(model, x, ahead)
    assert max(ahead.seen) > 0
    monkeypatch.setattr(backends, "train_function", lambda model: None)
    fit(other, x)
    assert type(other.train_function) is not type(model.train_function)
    for got, want in zip(values(model), values(other), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


class Hook(keras.callbacks.Callback):
    def on_batch_end(self, batch, logs=None):
        pass


class Checkpoint(keras.callbacks.ModelCheckpoint):
    def __init__(self, folder, save_freq="epoch"):
        path = folder / "{epoch}.weights.h5"
        super().__init__(path, "loss", save_weights_only=True, save_freq=save_freq)


class OwnCheckpoint(Checkpoint):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)


# Callbacks, and whether steps may be ahead of them.
CALLBACKS = {
    "none": (lambda folder: [], True),
    "of epochs": (lambda folder: [keras.callbacks.EarlyStopping("loss")], True),
    "guard": (lambda folder: [StopOnNaN(check_every=1)], True),
    "backup": (lambda folder: [Backup(folder / "state")], True),
    "hook": (lambda folder: [Hook()], False),
    "function": (
        lambda folder: [
            keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
        ],
        False,
    ),
    "checkpoint": (lambda folder: [Checkpoint(folder)], True),
    "checkpoint in epochs": (lambda folder: [Checkpoint(folder, 5)], False),
    "own checkpoint": (lambda folder: [OwnCheckpoint(folder)], False),
}


@pytest.mark.parametrize("kind", CALLBACKS)
def test_who_looks_at_each_step_sees_each(kind, tmp_path):
    make, runs_ahead = CALLBACKS[kind]
    ahead, model, other = Ahead(), gan(), gan()
    fit(model, images(12), ahead, *make(tmp_path))
    assert (max(ahead.seen) > 0) == runs_ahead
    guards = [c for c in make(tmp_path / "other") if isinstance(c, StopOnNaN)]
    if kind != "backup":  # which has an order of its own
        fit(other, images(12), Watching(), *guards)
        assert_same(model, other)


def test_a_bar_is_no_hindrance(capsys):
    ahead, model, other = Ahead(), gan(), gan()
    x = images(12)
    model.fit(x, batch_size=SIZE, shuffle=False, verbose=1, callbacks=[ahead])
    assert max(ahead.seen) > 0
    assert "12/12" in capsys.readouterr().out
    fit(other, x, epochs=1)
    assert_same(model, other)


def test_as_many_steps_as_an_epoch_has():
    ahead, model, other = Ahead(), gan(), gan()
    x = images(20)
    stream = (x[SIZE * i : SIZE * (i + 1)] for i in range(20))
    model.fit(stream, steps_per_epoch=7, epochs=2, verbose=0, callbacks=[ahead])
    assert set(ahead.seen) == {0}
    assert steps_taken(model) == 14
    fit(other, x[: SIZE * 14], epochs=1)
    for got, want in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, want)


def test_as_many_steps_as_keras_is_told():
    ahead, model = Ahead(), gan()
    keras.config.set_max_steps_per_epoch(5)
    try:
        fit(model, images(12), ahead)
    finally:
        keras.config.set_max_steps_per_epoch(None)
    assert steps_taken(model) == 10


@pytest.mark.parametrize("at_once", [3, 11])
def test_steps_per_execution(at_once):
    model, other = gan(steps_per_execution=at_once), gan()
    x = images(14, more=1)
    ahead = Watching()
    history = fit(model, x, ahead)
    assert len(ahead.seen) == 2 * -(-15 // at_once)
    assert history == fit(other, x)
    assert_same(model, other)


def test_batches_before_a_bad_one_are_trained_on():
    x = images(12)
    bad = x.copy()
    bad[SIZE * 10, 0] = np.nan

    def stream(x):
        for i in range(12):
            yield x[SIZE * i : SIZE * (i + 1)]

    model, other = gan(), gan()
    ahead = Ahead()
    with pytest.raises(ValueError, match="Batch 10 of"):
        model.fit(stream(bad), verbose=0, callbacks=[ahead])
    assert max(ahead.seen) > 0
    other.fit(stream(x[: SIZE * 10]), steps_per_epoch=10, verbose=0)
    assert_same(model, other)


class Roots(PhasedModel):
    """Its step fails on batches that are not positive definite."""

    phases = ("only",)

    def __init__(self):
        super().__init__()
        self.size = self.add_weight(shape=(), initializer="ones", name="size")
        self.built = True

    def phase_variables(self, phase):
        return [self.size]

    def compute_phase(self, phase, batch, training, shared):
        roots = ops.cholesky(ops.matmul(ops.transpose(batch), batch) * self.size)
        return ops.mean(ops.square(roots)), {}

    def default_optimizers(self):
        return {"only": keras.optimizers.SGD(0.01)}


@on_tensorflow
def test_steps_before_one_that_fails_are_taken_and_counted():
    x = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
    bad = x.copy()
    # Not the first of its eight.
    bad[8 * 7 : 8 * 8] = 0.0
    model, other = Roots(), Roots()
    for each in (model, other):
        each.compile()
    ahead = Ahead()
    with pytest.raises(Exception, match="Cholesky"):
        model.fit(bad, batch_size=8, shuffle=False, verbose=0, callbacks=[ahead])
    assert ahead.seen[:3] == [0, 0, 0]
    assert len(ahead.seen) == 8
    other.fit(x[: 8 * 7], batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(
        *(ops.convert_to_numpy(m.size) for m in (model, other))
    )


def test_batches_without_labels():
    x = images(12)
    model, other = gan(), gan()

    def stream(*more):
        return ((x[SIZE * i : SIZE * (i + 1)], *more) for i in range(12))

    ahead = Ahead()
    model.fit(stream(None), verbose=0, callbacks=[ahead])
    assert max(ahead.seen) > 0
    other.fit(stream(), verbose=0)
    assert_same(model, other)


def test_a_training_that_was_left_in_the_middle_leaves_nothing():
    class Leave(Ahead):
        @does_without_steps()
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.steps_ahead == 5:
                raise KeyboardInterrupt

    model, other = gan(), gan()
    x = images(14)
    with pytest.raises(KeyboardInterrupt):
        fit(model, x, Leave())
    # One, one, and eight of which `fit` has counted three.
    assert steps_taken(model) == 10
    fit(other, x[: SIZE * 10], epochs=1)
    assert_same(model, other)
    for each in (model, other):
        fit(each, x, epochs=1)
        each.train_on_batch(x[:3])
    assert_same(model, other)


class Ask(keras.callbacks.Callback):
    @does_without_steps()
    def on_train_batch_begin(self, batch, logs=None):
        if self.model.steps_ahead == 5:
            os.kill(os.getpid(), signal.SIGTERM)


def test_what_a_signal_stores_is_where_fit_is(tmp_path, capsys):
    x = images(14)
    whole, broken = gan(), gan()
    keras.utils.set_random_seed(3)
    fit(whole, x, Backup(tmp_path / "whole"))
    keras.utils.set_random_seed(3)
    with pytest.raises(SystemExit, match="143"):
        fit(broken, x, Ask(), Backup(tmp_path / "broken"))
    assert "after epoch 0 and 10 steps" in capsys.readouterr().err
    goes_on = gan()
    fit(goes_on, x, Backup(tmp_path / "broken"))
    assert_same(goes_on, whole)


@on_jax
def test_data_are_not_kept():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 12

        def __getitem__(self, index):
            return (images(index + 1)[:SIZE],)

    model, batches, ahead = gan(), Batches(), Ahead()
    model.fit(batches, verbose=0, callbacks=[ahead])
    assert max(ahead.seen) > 0
    kept = weakref.ref(batches)
    del batches
    gc.collect()
    assert kept() is None


def iterators():
    tensorflow = importlib.import_module("tensorflow")
    return [o for o in gc.get_objects() if isinstance(o, tensorflow.data.Iterator)]


@on_tensorflow
def test_no_iterator_waits_for_a_collection():
    # TensorFlow may take up to a minute to destroy one, the more the older it is.
    model = gan()
    fit(model, images(1))
    gc.collect()
    gc.disable()
    try:
        before = len(iterators())
        fit(model, images(11), epochs=3, validation_data=(images(2),))
        assert len(iterators()) == before
    finally:
        gc.enable()


@on_tensorflow
def test_the_step_is_traced_once(monkeypatch):
    traced = []

    def train_step(model, data):
        traced.append(data)
        return take(model, data)

    take = backends.train_step
    monkeypatch.setattr(backends, "train_step", train_step)
    model = gan()
    fit(model, images(12, more=1))
    fit(model, images(3), Watching())
    assert len(traced) == 1


@on_jax
def test_each_shape_is_compiled_once():
    from jax import monitoring

    compiled = []

    def listen(event, seconds, fun_name="", **about):
        if event.endswith("backend_compile_duration"):
            compiled.append(fun_name)

    model = gan()
    monitoring.register_event_duration_secs_listener(listen)
    try:
        fit(model, images(3, more=1))
    finally:
        monitoring.unregister_event_duration_listener(listen)
    # Of four examples, and of one.
    assert compiled.count("jit(_loop)") == 2
    assert not [name for name in compiled if "lambda" in name]


@on_jax
def test_convolutions_that_xla_has_are_in_no_loop():
    def network(inputs, outputs, seed):
        start = keras.initializers.GlorotUniform(seed)
        return keras.Sequential(
            [
                keras.Input(inputs),
                keras.layers.Reshape((4, 4, 1)),
                keras.layers.Conv2D(2, 3, kernel_initializer=start),
                keras.layers.Flatten(),
                keras.layers.Dense(outputs, kernel_initializer=start),
            ]
        )

    model = gz.GAN(network((16,), 16, 0), network((16,), 1, 1))
    model.compile()
    ahead = Ahead()
    x = np.random.default_rng(0).normal(size=(SIZE * 6, 16)).astype("float32")
    fit(model, x, ahead)
    assert set(ahead.seen) == {0}
