"""The noise model of a decoder: from its output to p(x | z)."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.continuous_bernoulli import (
    continuous_bernoulli_log_likelihood,
    continuous_bernoulli_mean,
)
from keras_genzoo.losses.likelihood import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BernoulliObservation(keras.layers.Layer):
    """p(x | z) = Bernoulli(sigmoid(decoder output)), independent pixels."""

    # Pixels are probabilities or bits: nothing outside [0, 1] has a likelihood.
    unit_range = True

    def log_likelihood(self, x: Any, outputs: Any, training: bool = False) -> Any:
        """Per example, in nats; see `losses.bernoulli_log_likelihood`."""
        return bernoulli_log_likelihood(x, outputs)

    def mean(self, outputs: Any) -> Any:
        """E[x | z]."""
        return ops.sigmoid(outputs)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ContinuousBernoulliObservation(keras.layers.Layer):
    """p(x | z) = a continuous Bernoulli with these logits, independent pixels.

    A density on [0, 1], for grey pixels; see `losses.continuous_bernoulli`.
    """

    unit_range = True

    def log_likelihood(self, x: Any, outputs: Any, training: bool = False) -> Any:
        """Per example, in nats."""
        return continuous_bernoulli_log_likelihood(x, outputs)

    def mean(self, outputs: Any) -> Any:
        """E[x | z], which is not the sigmoid of the logits."""
        return continuous_bernoulli_mean(outputs)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GaussianObservation(keras.layers.Layer):
    """p(x | z) = N(decoder output, eta^2 I).

    Args:
        noise: the standard deviation eta, in units of x (a pixel is in [0, 1]): a
            positive number keeps it fixed; `"learned"` makes log eta a trainable
            weight, one for all pixels, starting from eta = 1; `"profiled"` puts
            eta^2 at its optimum given the reconstructions, their mean squared
            error: in training that of the batch, afterwards the running mean over
            the batches of training.
        floor: the least eta that a learned or a profiled one can take. Without it
            the likelihood of data that the decoder can copy is unbounded.

    Reference: Rybkin, Daniilidis and Levine, Simple and Effective VAE Training with
    Calibrated Decoders, 2021 (sigma-VAE), for the learned and the profiled noise.
    """

    unit_range = False
    # Batches in the running mean of the squared error.
    memory = 100.0

    def __init__(self, noise: float | str = "learned", floor: float = 1e-3, **kwargs):
        super().__init__(**kwargs)
        known = ("learned", "profiled")
        is_number = isinstance(noise, int | float) and not isinstance(noise, bool)
        if not (noise in known if isinstance(noise, str) else is_number and noise > 0):
            raise ValueError(
                "`noise` must be a positive standard deviation, 'learned' or "
                f"'profiled', got {noise!r}."
            )
        if not floor > 0:
            raise ValueError(f"`floor` must be positive, got {floor!r}.")
        self.noise = noise
        self.floor = floor
        if noise == "learned":
            self.log_scale = self.add_weight(
                shape=(), initializer="zeros", name="log_scale", dtype=full_dtype()
            )
        elif noise == "profiled":
            self.squared_error = self.add_weight(
                shape=(),
                initializer="ones",
                trainable=False,
                name="squared_error",
                dtype=full_dtype(),
            )
            self.batches = self.add_weight(
                shape=(),
                initializer="zeros",
                trainable=False,
                name="batches",
                dtype=full_dtype(),
            )
        self.built = True

    def log_var(self) -> Any:
        """log eta^2, a scalar tensor: the one that likelihoods are reported with."""
        if self.noise == "learned":
            # A smooth floor, so that a gradient always leads back up.
            return ops.log(
                ops.exp(2.0 * ops.convert_to_tensor(self.log_scale)) + self.floor**2
            )
        if self.noise == "profiled":
            return ops.log(backends.clip(self.squared_error, low=self.floor**2))
        return ops.log(float(self.noise) ** 2 * ops.ones((), full_dtype()))

    def log_likelihood(self, x: Any, outputs: Any, training: bool = False) -> Any:
        """Per example, in nats; see `losses.gaussian_log_likelihood`."""
        if self.noise == "profiled" and training:
            return gaussian_log_likelihood(x, outputs, self._profile(x, outputs))
        return gaussian_log_likelihood(x, outputs, self.log_var())

    def _profile(self, x: Any, outputs: Any) -> Any:
        # At the optimum the likelihood does not change with eta to first order, so
        # a constant eta has the profiled likelihood's gradient.
        error = shares.mean(ops.mean(ops.square(x - outputs)))
        seen = backends.clip(
            ops.convert_to_tensor(self.batches) + 1.0, high=self.memory
        )
        self.squared_error.assign(
            self.squared_error + (error - self.squared_error) / seen
        )
        self.batches.assign(seen)
        return ops.log(backends.clip(error, low=self.floor**2))

    def mean(self, outputs: Any) -> Any:
        """E[x | z]."""
        return outputs

    def get_config(self):
        return {**super().get_config(), "noise": self.noise, "floor": self.floor}


def get_observation(likelihood: Any, noise: float | str | None) -> keras.layers.Layer:
    """The noise model of this name.

    Args:
        likelihood: `"gaussian"`, `"bernoulli"`, `"continuous_bernoulli"`, or a noise
            model as above.
        noise: for `"gaussian"`, see `GaussianObservation`; None elsewhere.

    Raises:
        ValueError: for an unknown name, or a noise where there is none.
    """
    if likelihood == "gaussian":
        return GaussianObservation("learned" if noise is None else noise)
    if noise is not None:
        raise ValueError(
            f"`noise` must be None unless `likelihood` is 'gaussian', got {noise!r}."
        )
    if likelihood == "bernoulli":
        return BernoulliObservation()
    if likelihood == "continuous_bernoulli":
        return ContinuousBernoulliObservation()
    if hasattr(likelihood, "log_likelihood"):
        return likelihood
    raise ValueError(
        "`likelihood` must be 'gaussian', 'bernoulli', 'continuous_bernoulli' or a "
        f"noise model with `log_likelihood` and `mean`, got {likelihood!r}."
    )
