"""A small model with what the callbacks ask of every keras_genzoo model."""

import keras
import numpy as np


class FakeModel(keras.Model):
    """Learns y = w x; `sample` shows its weight as grey images."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(
            1, use_bias=False, kernel_initializer=keras.initializers.Constant(0.25)
        )
        self.dense.build((None, 1))
        self.count = keras.metrics.Sum(name="count")
        self.sampled = []
        self.built = True

    def call(self, x):
        return self.dense(x)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        self.count.update_state(keras.ops.ones_like(y[:, 0]))
        return super().compute_metrics(x, y, y_pred, sample_weight)

    @property
    def examples_seen(self):
        return int(keras.ops.convert_to_numpy(self.count.result()))

    def sample(self, n, seed=None, level=None):
        """Noise that depends on the seed alone; its first pixel is the weight."""
        self.sampled.append((n, seed))
        images = np.random.default_rng(seed).uniform(size=(n, 2, 2, 1))
        weight = float(keras.ops.convert_to_numpy(self.dense.kernel)[0, 0])
        images[:, 0, 0] = weight if level is None else level
        return np.clip(images, 0, 1).astype("float32")


def compiled(learning_rate=0.0):
    model = FakeModel()
    model.compile(keras.optimizers.SGD(learning_rate), loss="mse")
    return model


def data(n=8):
    x = np.ones((n, 1), "float32")
    return x, x
