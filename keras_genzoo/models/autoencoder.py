"""The autoencoder: deep, or linear and thereby PCA."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.likelihood import sum_per_example
from keras_genzoo.models.checks import (
    check_autoencoding,
    check_count,
    check_examples,
    check_latents,
    check_seed,
)
from keras_genzoo.models.linear_components import (
    RunningMoments,
    exact_moments,
    linear_networks,
    principal_axes,
)
from keras_genzoo.models.presets import Presets
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.inputs import check_shape, check_values
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float, to_float_array


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Autoencoder(Presets, PhasedModel):
    """An autoencoder: examples through a bottleneck, trained on the squared error.

    Minimises `reconstruction_error`, ||x - decoder(encoder(x))||^2, a sum over pixels
    and a mean over the batch; `fit` and `evaluate` log it, and `loss` is the same.

    Images go in as `uint8` in [0, 255] or float in [0, 1], with channels last, and
    come out as float32 in [0, 1], clipped; the error is that of pixels in [0, 1]
    before clipping. Examples may also be vectors of any real numbers.

    With `linear=True` encoder and decoder are one matrix each, V (x - mean) and
    W z + mean, where the mean is a running one, the best bias for whatever V and W. No
    local minimum but the global one exists: there the decoder's span is that of the
    `latent_dim` largest principal components, and the error is the sum of the other
    eigenvalues of the covariance. V and W themselves are known only up to W G and
    G^-1 V; `components` returns the principal axes of the span.

    Args:
        encoder: built `keras.Model` from `(batch, *shape)` to latents
            `(batch, latent_dim)`.
        decoder: built `keras.Model` from latents to `(batch, *shape)`.
        linear: True builds both, from the arguments below; they must then be None.
        example_shape: `(height, width, channels)` or `(features,)`, of the linear one.
        latent_dim: number of components, of the linear one; at most the number of
            values in an example.
        seed: of the linear one's starting weights; None takes Keras' own random
            state.

    Raises:
        ValueError: networks that do not fit together; arguments of the deep and of
            the linear one mixed, missing or out of range.

    Reference: Baldi and Hornik, Neural Networks and Principal Component Analysis:
    Learning from Examples Without Local Minima, 1989; Hinton and Salakhutdinov,
    Reducing the Dimensionality of Data with Neural Networks, 2006, for the deep one.
    """

    phases = ("autoencoder",)
    metric_names = ("reconstruction_error",)

    def __init__(
        self,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        linear: bool = False,
        example_shape: tuple[int, ...] | None = None,
        latent_dim: int | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        if not isinstance(linear, bool):
            raise ValueError(f"`linear` must be True or False, got {linear!r}.")
        seed = check_seed(seed)
        networks = {"encoder": encoder, "decoder": decoder}
        options = {
            "example_shape": example_shape,
            "latent_dim": latent_dim,
            "seed": seed,
        }
        if linear:
            _refuse(networks, "must be None with `linear=True`, which builds it")
            example_shape, latent_dim = _check_linear(example_shape, latent_dim)
        else:
            check_autoencoding(encoder, decoder)
            _refuse(options, "must be None without `linear=True`: the networks say it")
        super().__init__(**kwargs)
        self.linear = linear
        self.seed = seed
        if linear:
            encoder, decoder, self.moments = linear_networks(
                example_shape, latent_dim, seed
            )
            self.latent_moments = RunningMoments(
                (latent_dim,), full=True, name="latent_moments"
            )
        self.encoder = encoder
        self.decoder = decoder
        self.built = True

    @property
    def latent_dim(self) -> int:
        return self.encoder.outputs[0].shape[-1]

    @property
    def example_shape(self) -> tuple:
        return tuple(self.decoder.outputs[0].shape[1:])

    @property
    def _unit_range(self) -> bool:
        # Rank-4 batches are images, whose pixels are promised to be in [0, 1].
        return len(self.example_shape) == 3

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        return self.trainable_variables

    def default_optimizers(self) -> dict:
        """Adam; for the linear one its rate is 0.03 / sqrt(values in an example).

        The linear one starts from rows of length 1, so that a step turns a row by
        about 0.03 at most, whatever the units of the data. The rate is constant, which
        leaves an error some 0.1 % above PCA's; one ten times as large that falls to 0
        (`CosineDecay`) is faster and leaves none.
        """
        if not self.linear:
            return {"autoencoder": keras.optimizers.Adam(1e-3)}
        rate = 0.03 / math.sqrt(math.prod(self.example_shape))
        return {"autoencoder": keras.optimizers.Adam(rate)}

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        self._check_examples(x, name)

    def _check_examples(self, x: np.ndarray, name: str) -> None:
        check_shape(x.shape, self.example_shape, name)
        check_values(x, name, self._unit_range)

    def prepare_batch(self, data: Any, training: bool) -> Any:
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(x.shape, self.example_shape, "x")
        return to_float(x)

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        if self.linear and training:
            self.moments.update(batch)
        z = backends.run_network(self.encoder, batch, training)
        if self.linear and training:
            self.latent_moments.update(z)
        outputs = backends.run_network(self.decoder, z, training)
        outputs = ops.cast(outputs, full_dtype())
        error = ops.mean(sum_per_example(ops.square(batch - outputs)))
        return error, {"reconstruction_error": error}

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The reconstruction, in the range of x."""
        z = self.encoder(to_float(inputs), training=training)
        return self._image(self.decoder(z, training=training))

    def _image(self, outputs: Any) -> Any:
        x = ops.cast(outputs, full_dtype())
        return ops.clip(x, 0.0, 1.0) if self._unit_range else x

    # The user's side: NumPy in, NumPy out.

    def encode(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """The latents, float32 of shape `(n, latent_dim)`.

        Args:
            x: examples, `(n, *shape)`.
            batch_size: the most examples at a time.

        Raises:
            ValueError: data of another shape or range than the model's.
        """
        x = self._checked(x)
        batch_size = check_count(batch_size, "batch_size")
        return run_in_batches(self.encoder, x, batch_size, to_float_array).astype(
            "float32"
        )

    def decode(self, z: Any, batch_size: int = 256) -> np.ndarray:
        """What latents stand for, float32 of shape `(n, *shape)`; images in [0, 1].

        Args:
            z: latents, `(n, latent_dim)`.
            batch_size: the most examples at a time.

        Raises:
            ValueError: latents of another width.
        """
        z = check_latents(z, self.latent_dim)
        size = check_count(batch_size, "batch_size")
        return run_in_batches(self.decoder, z, size, finish=self._image)

    def reconstruct(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """`decode(encode(x))`."""
        return self.decode(self.encode(x, batch_size), batch_size)

    def components(self, x: Any = None) -> np.ndarray:
        """The principal axes of a linear autoencoder's span.

        An orthonormal basis of what the decoder can add to the mean. Without `x` it is
        ordered by the variance of the reconstructions along each axis, a running
        average over about the last 100 batches of training, in which the encoder
        moved: right once training has settled. With `x` the order is that of the
        variance of `x` along each axis, exact for whatever weights.

        Args:
            x: examples `(n, *shape)`, or None.

        Returns:
            float32 array of shape `(latent_dim, *shape)`, the largest variance first;
            in each component the entry of the largest size is positive.

        Raises:
            ValueError: the autoencoder is not linear, or has not been trained and no
                `x` is given; data of another shape or range than the model's.
        """
        axes, _, _ = self._principal("components", x)
        return axes.reshape(-1, *self.example_shape).astype("float32")

    def explained_variance_ratio(self, x: Any = None) -> np.ndarray:
        """The share of each of the `components` in the total variance.

        Args and errors as `components`, and a ValueError for data without variance.

        Returns:
            float32 array of shape `(latent_dim,)`, falling, with a sum of at most 1.
        """
        _, variances, total = self._principal("explained_variance_ratio", x)
        if total == 0:
            raise ValueError("`x` must vary: its examples are all the same.")
        return (variances / total).astype("float32")

    def _principal(self, method: str, x: Any) -> tuple:
        if not self.linear:
            raise ValueError(
                f"`{method}` needs an `Autoencoder(linear=True)`: the images of a deep "
                "decoder are no linear subspace."
            )
        kernel = ops.convert_to_numpy(self.decoder.get_layer("outputs").kernel)
        kernel = kernel.astype("float64")
        basis = np.linalg.svd(kernel.T, full_matrices=False)[0]
        if x is not None:
            x = self._checked(x)
            covariance, total = exact_moments(x.reshape(len(x), -1), basis)
        elif float(ops.convert_to_numpy(self.moments.examples)) == 0:
            raise ValueError(
                f"`x` must be given: `{method}` uses moments of the training data, and "
                "this autoencoder has not been trained."
            )
        else:
            latents = ops.convert_to_numpy(self.latent_moments.variance)
            outward = kernel @ basis
            covariance = outward.T @ latents.astype("float64") @ outward
            total = float(ops.convert_to_numpy(self.moments.variance))
        return *principal_axes(basis, covariance), total

    def _checked(self, x: Any) -> np.ndarray:
        return check_examples(x, self._check_examples)

    def get_config(self) -> dict:
        config = {**super().get_config(), "linear": self.linear}
        if self.linear:
            return {
                **config,
                "example_shape": self.example_shape,
                "latent_dim": self.latent_dim,
                "seed": self.seed,
            }
        return {
            **config,
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }

    @classmethod
    def from_config(
        cls, config: dict, custom_objects: dict | None = None
    ) -> "Autoencoder":
        config = dict(config)
        for name in ("encoder", "decoder"):
            if isinstance(config.get(name), dict):
                config[name] = keras.saving.deserialize_keras_object(
                    config[name], custom_objects=custom_objects
                )
        return cls(**config)


def _refuse(arguments: dict, why: str) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(f"`{name}` {why}; got {value!r}.")


def _check_linear(example_shape: Any, latent_dim: Any) -> tuple[tuple, int]:
    if (
        not isinstance(example_shape, tuple | list)
        or not example_shape
        or not all(
            isinstance(s, int | np.integer) and not isinstance(s, bool) and s > 0
            for s in example_shape
        )
    ):
        raise ValueError(
            "`example_shape` must be a tuple of positive integers with "
            f"`linear=True`, got {example_shape!r}."
        )
    latent_dim = check_count(latent_dim, "latent_dim")
    values = math.prod(example_shape)
    if latent_dim > values:
        raise ValueError(
            f"`latent_dim` must be at most {values}, the values in an example of "
            f"shape {tuple(example_shape)}, got {latent_dim}."
        )
    return tuple(int(s) for s in example_shape), latent_dim
