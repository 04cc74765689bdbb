"""The two heads of a Gaussian encoder."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers


def posterior_heads(x: Any, latent_dim: int, stream: Iterator) -> list:
    """`[z_mean, z_log_var]` from features `(batch, width)`.

    The log-variance starts at 0 for every input, the prior's, so that no first step
    can meet an exponential of a large random number.
    """
    z_mean = layers.Dense(
        latent_dim,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
        name="z_mean",
    )(x)
    z_log_var = layers.Dense(latent_dim, kernel_initializer="zeros", name="z_log_var")(
        x
    )
    return [z_mean, z_log_var]
