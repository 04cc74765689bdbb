"""A decoder with a noise model: all that a likelihood estimator needs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.evaluation.checks import check_positive, check_whole, to_numpy
from keras_genzoo.layers.observation import BernoulliObservation, GaussianObservation
from keras_genzoo.training.compiled import compiled
from keras_genzoo.training.pixels import to_float_array


class LatentModel:
    """p(z) = N(0, I) and p(x | z), of a VAE, a GAN or any decoder.

    Args:
        decoder: from latents `(n, latent_dim)` to outputs `(n, *shape)`: a
            `keras.Model` (a VAE's `decoder`, a `GAN` itself, which generates when it
            is called), or a function in `keras.ops` that treats rows independently and
            can be differentiated. For a function that uses variables, see `variables`.
        noise: the standard deviation of Gaussian noise around the outputs, in units
            of x (a pixel is in [0, 1]), above 0; or a noise model of
            `layers.observation`, such as a VAE's own `observation`. A GAN has none,
            and a likelihood only once one is chosen, see `choose_noise_scale`.
        latent_dim: width of the latents; None reads it off the decoder's `latent_dim`
            or its inputs.
        variables: that a function reads, so that it need not be compiled again on JAX
            when they change.

    Raises:
        ValueError: a noise that is not positive or has no `log_likelihood`; a width
            that is not there.
    """

    def __init__(
        self,
        decoder: Callable[[Any], Any],
        noise: Any,
        latent_dim: int | None = None,
        variables: Any = (),
    ):
        if isinstance(noise, int | float | np.number):
            noise = GaussianObservation(check_positive(noise, "noise"))
        if not callable(getattr(noise, "log_likelihood", None)):
            raise ValueError(
                "`noise` must be a positive standard deviation or have a method "
                f"`log_likelihood(x, outputs)`, got {noise!r}."
            )
        if not callable(decoder):
            raise ValueError(f"`decoder` must be callable, got {decoder!r}.")
        if latent_dim is None:
            latent_dim = getattr(decoder, "latent_dim", None)
        if latent_dim is None:
            if not getattr(decoder, "inputs", None):
                raise ValueError(
                    "`latent_dim` must be given for a decoder that has neither "
                    "`latent_dim` nor known inputs, got None."
                )
            latent_dim = decoder.inputs[0].shape[-1]
        self.latent_dim = check_whole(latent_dim, "latent_dim")
        self.decoder = decoder
        self.noise = noise
        self.variables = [
            *variables,
            *getattr(decoder, "variables", ()),
            *getattr(noise, "variables", ()),
        ]
        self._shape: tuple[int, ...] | None = None
        self._compiled: dict[Any, Callable[..., Any]] = {}

    @property
    def noise_name(self) -> str:
        """The noise model in words, for results."""
        if isinstance(self.noise, GaussianObservation):
            return f"Gaussian noise {self._noise_scale():.4g}"
        return type(self.noise).__name__

    def compiled(self, key: Any, fn: Callable[..., Any]) -> Callable[..., Any]:
        """`fn`, a function of this model's, compiled once for each key."""
        if key not in self._compiled:
            self._compiled[key] = compiled(fn, self.variables)
        return self._compiled[key]

    def outputs(self, z: Any) -> Any:
        """The decoder's outputs, in inference mode: tensors in, tensors out."""
        if isinstance(self.decoder, keras.Model):
            return backends.run_network(self.decoder, z, False)
        return self.decoder(z)

    def log_likelihood(self, x: Any, z: Any) -> Any:
        """log p(x | z) of each row, in nats: float32 tensors `(n,)`."""
        outputs = ops.cast(self.outputs(z), "float32")
        return ops.cast(self.noise.log_likelihood(x, outputs), "float32")

    def log_likelihoods(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The same of arrays with one number of rows, float64 `(n,)`."""
        fn = self.compiled("log_likelihood", self.log_likelihood)
        values = fn(ops.convert_to_tensor(x), ops.convert_to_tensor(z))
        return ops.convert_to_numpy(values).astype("float64")

    def decode(self, z: np.ndarray, rows: int = 4096) -> np.ndarray:
        """The decoder's outputs of an array of latents, float32."""
        fn = self.compiled("outputs", self.outputs)
        parts = [
            ops.convert_to_numpy(fn(ops.convert_to_tensor(z[begin : begin + rows])))
            for begin in range(0, len(z), rows)
        ]
        return np.concatenate(parts).astype("float32")

    def check_examples(self, x: Any, name: str = "x") -> np.ndarray:
        """`x` as float32 `(n, *shape)`.

        Raises:
            ValueError: a shape other than the decoder's outputs, no examples, values
                that are not finite or, for pixels with probabilities, not in [0, 1].
        """
        x = to_float_array(to_numpy(x))
        if self._shape is None:
            origin = np.zeros((1, self.latent_dim), "float32")
            self._shape = self.decode(origin).shape[1:]
        if x.ndim == 0 or not len(x) or x.shape[1:] != self._shape:
            raise ValueError(
                f"`{name}` must have shape (n, {', '.join(map(str, self._shape))}), as "
                f"the decoder's outputs, n at least 1, got {x.shape}."
            )
        if not np.isfinite(x).all():
            raise ValueError(f"`{name}` must be finite, got NaN or infinity.")
        unit_range = getattr(self.noise, "unit_range", False)
        if unit_range and (x.min() < 0 or x.max() > 1):
            raise ValueError(
                f"`{name}` must be in [0, 1] for {type(self.noise).__name__}, got "
                f"[{x.min():.3g}, {x.max():.3g}]."
            )
        return x

    def simulate(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """n draws from the model itself, for which an exact posterior sample is known.

        Returns:
            Latents `(n, latent_dim)` and examples `(n, *shape)`, float32.

        Raises:
            ValueError: a noise model that cannot be drawn from: any but Gaussian and
                Bernoulli ones.
        """
        rng = np.random.default_rng([check_whole(seed, "seed", 0), 1])
        z = rng.standard_normal((check_whole(n, "n"), self.latent_dim), "float32")
        outputs = self.decode(z)
        if isinstance(self.noise, GaussianObservation):
            noise = rng.standard_normal(outputs.shape, "float32")
            return z, outputs + np.float32(self._noise_scale()) * noise
        if isinstance(self.noise, BernoulliObservation):
            mean = ops.convert_to_numpy(self.noise.mean(ops.convert_to_tensor(outputs)))
            return z, (rng.random(outputs.shape, "float32") < mean).astype("float32")
        raise ValueError(
            "`noise` must be Gaussian or Bernoulli to simulate from, got "
            f"{type(self.noise).__name__}."
        )

    def _noise_scale(self) -> float:
        return float(np.exp(0.5 * ops.convert_to_numpy(self.noise.log_var())))
