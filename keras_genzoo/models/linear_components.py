"""What a linear autoencoder is made of, and the components that it has found."""

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.backends.precision import as_float, full_dtype

# Examples that are turned into float64 at a time.
_ROWS = 1024


@keras.saving.register_keras_serializable(package="keras_genzoo")
class RunningMoments(keras.layers.Layer):
    """Mean and variance of a stream of batches, kept in weights that are not trained.

    An average over the examples of about the last 100 batches: every batch makes what
    came before it count 1 % less. Batches are centred before they are squared, and the
    distance of a batch's mean from the running one is counted by itself, so that a
    large mean costs no digits.

    Called, the layer subtracts the mean, or adds it back.

    Args:
        shape: of one example.
        full: whether the covariance is kept, `(size, size)` with the example laid
            flat; otherwise its trace, the total variance.

    Call arguments:
        inputs: tensor of shape `(batch, *shape)`.
        add: True adds the mean, False subtracts it.
    """

    # Batches in the average.
    memory = 100

    def __init__(self, shape: tuple[int, ...], full: bool = False, **kwargs):
        super().__init__(**{**kwargs, "dtype": full_dtype(), "autocast": False})
        self.shape = tuple(shape)
        self.full = full

        def weight(name, shape):
            return self.add_weight(
                name=name, shape=shape, initializer="zeros", trainable=False
            )

        self.size = math.prod(self.shape)
        self.mean = weight("mean", self.shape)
        self.variance = weight("variance", (self.size, self.size) if full else ())
        self.examples = weight("examples", ())
        self.built = True

    def update(self, x: Any) -> None:
        """Counts one batch of shape `(batch, *shape)`."""
        x = ops.stop_gradient(ops.cast(x, full_dtype()))
        n = as_float(ops.shape(x)[0])
        mean = ops.mean(x, axis=0)
        rest = ops.reshape(x - mean, (-1, self.size))
        step = ops.reshape(mean - self.mean, (1, self.size))
        if self.full:
            within = ops.matmul(ops.transpose(rest), rest) / n
            between = ops.matmul(ops.transpose(step), step)
        else:
            within = ops.sum(ops.square(rest)) / n
            between = ops.sum(ops.square(step))
        examples = (1.0 - 1.0 / self.memory) * ops.convert_to_tensor(self.examples) + n
        new = n / examples
        self.variance.assign(
            (1.0 - new) * (self.variance + new * between) + new * within
        )
        self.mean.assign(self.mean + new * (mean - self.mean))
        self.examples.assign(examples)

    def call(self, inputs: Any, add: bool = False) -> Any:
        x = ops.cast(inputs, full_dtype())
        return x + self.mean if add else x - self.mean

    def compute_output_spec(self, inputs: Any, add: bool = False) -> Any:
        return keras.KerasTensor(inputs.shape, dtype=full_dtype())

    def get_config(self) -> dict:
        return {**super().get_config(), "shape": self.shape, "full": self.full}


def linear_networks(
    example_shape: tuple[int, ...], latent_dim: int, seed: int | None
) -> tuple[keras.Model, keras.Model, RunningMoments]:
    """Encoder V (x - mean), decoder W z + mean, and the layer that keeps the mean.

    Whatever V and W are, these are the best biases: W V x + c is closest to x for
    c = (I - W V) mean. A bias that were trained as well would have to find, one small
    step a pixel, what the first batches tell; until then the mean of the data is in
    the way of V and W, the largest component of all.

    V starts with orthonormal rows and W as its transpose, a projection.
    """
    moments = RunningMoments(example_shape, name="moments")
    x = keras.Input(example_shape)
    y = moments(x)
    if len(example_shape) > 1:
        y = keras.layers.Flatten(data_format="channels_last")(y)
    inward = keras.layers.Dense(
        latent_dim,
        use_bias=False,
        kernel_initializer=keras.initializers.Orthogonal(seed=seed),
        name="latents",
    )
    encoder = keras.Model(x, inward(y), name="encoder")
    z = keras.Input((latent_dim,))
    outward = keras.layers.Dense(moments.size, use_bias=False, name="outputs")
    y = outward(z)
    if len(example_shape) > 1:
        y = keras.layers.Reshape(example_shape)(y)
    decoder = keras.Model(z, moments(y, add=True), name="decoder")
    outward.kernel.assign(ops.transpose(inward.kernel))
    return encoder, decoder, moments


def principal_axes(basis: np.ndarray, covariance: np.ndarray) -> tuple:
    """The principal components of a covariance within a subspace.

    Args:
        basis: orthonormal columns, `(size, latent_dim)`.
        covariance: of the coordinates in that basis, `(latent_dim, latent_dim)`.

    Returns:
        `(axes, variances)`: orthonormal rows `(latent_dim, size)` and the variance
        along each, `(latent_dim,)`, the largest first. The entry of largest size is
        positive in every row.
    """
    variances, vectors = np.linalg.eigh(covariance)
    axes = (basis @ vectors[:, ::-1]).T
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(len(axes)), largest])[:, None]
    return axes, variances[::-1].clip(0.0)


def exact_moments(x: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """Covariance of examples within a subspace, and their total variance.

    Args:
        x: examples `(n, size)`, of any dtype.
        basis: orthonormal columns, `(size, latent_dim)`.

    Returns:
        `(covariance, total)`, both divided by n: `(latent_dim, latent_dim)` and the
        trace of the whole covariance.
    """
    mean = sum(rows.sum(axis=0) for rows in _rows(x)) / len(x)
    covariance, total = np.zeros((basis.shape[1],) * 2), 0.0
    for rows in _rows(x):
        rows = rows - mean
        coordinates = rows @ basis
        covariance += coordinates.T @ coordinates
        total += np.square(rows).sum()
    return covariance / len(x), total / len(x)


def _rows(x: np.ndarray) -> Iterator[np.ndarray]:
    for begin in range(0, len(x), _ROWS):
        yield x[begin : begin + _ROWS].astype("float64")
