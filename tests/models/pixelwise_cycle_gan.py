"""CycleGANs of networks so small that a formula says what a step does."""

import keras
import numpy as np
from keras import layers, ops

import keras_genzoo as gz

SIDE, RATE = 8, 0.02


def pixelwise(inputs, outputs, weights, activation=None):
    """A network of one weight a pair of channels and one bias a channel."""
    network = keras.Sequential(
        [
            keras.Input((None, None, inputs)),
            layers.Conv2D(outputs, 1, activation=activation),
        ]
    )
    kernel = np.asarray(weights, "float32").reshape(1, 1, inputs, outputs)
    network.set_weights([kernel, np.full(outputs, 0.1)])
    return network


def four(a=1, b=1):
    rng = np.random.default_rng(0)
    shapes = ((a, b, "tanh"), (b, a, "tanh"), (a, 1, None), (b, 1, None))
    return [pixelwise(i, o, rng.normal(size=(i, o)), f) for i, o, f in shapes]


def small(a=1, b=1, **kwargs):
    model = gz.CycleGAN(*four(a, b), **{"image_size": SIDE, "seed": 5, **kwargs})
    model.compile({p: keras.optimizers.SGD(RATE) for p in model.phases})
    return model


def pictures(n, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, SIDE, SIDE, channels), dtype="uint8")


def number(x):
    return float(ops.convert_to_numpy(x))


def assert_resumes(new, path):
    """Four epochs end as two, a file and two more do, to the bit; the loaded model."""

    def fit(model, first, until):
        model.fit(
            pictures(4),
            pictures(4, seed=1),
            batch_size=2,
            shuffle=False,
            initial_epoch=first,
            epochs=until,
            verbose=0,
        )
        return model

    expected = fit(new(), 0, 4)
    fit(new(), 0, 2).save(path)
    loaded = keras.saving.load_model(path)
    assert number(loaded.pool_a.fill) == 1.0
    fit(loaded, 2, 4)
    kept = [*loaded.variables, *loaded.optimizer.variables]
    wanted = [*expected.variables, *expected.optimizer.variables]
    for got, want in zip(kept, wanted, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (got, want)))
    return loaded
