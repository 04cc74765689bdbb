"""Sampling from a generator of latents."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.models.checks import check_count, check_latents, check_seed
from keras_genzoo.models.draws import draw_normal, draw_truncated
from keras_genzoo.training.batches import run_in_batches


class LatentSampling:
    """`decode` and `sample` of a model with a generator, NumPy in and NumPy out.

    The model has `generator`, `average_generator` (None where it keeps none),
    `value_range` and `sample_seeds`.
    """

    @property
    def latent_dim(self) -> int:
        return self.generator.inputs[0].shape[-1]

    @property
    def example_shape(self) -> tuple:
        return tuple(self.generator.output_shape[1:])

    def decode(
        self, z: Any, batch_size: int = 256, averaged: bool | None = None
    ) -> np.ndarray:
        """The examples generated from given latents.

        Args:
            z: latents, `(n, latent_dim)`.
            batch_size: the most examples at a time.
            averaged: whether by the averaged generator; None uses it where the model
                keeps one.

        Returns:
            float32 of shape `(n, *shape)`; images in [0, 1].

        Raises:
            ValueError: latents of another width, an averaged generator asked of a
                model that keeps none.
        """
        return self._decode(check_latents(z, self.latent_dim), batch_size, averaged)

    def _decode(self, inputs: Any, batch_size: int, averaged: bool | None):
        return run_in_batches(
            self.generating_network(averaged),
            inputs,
            check_count(batch_size, "batch_size"),
            finish=self._picture,
        )

    def sample(
        self,
        n: int = 1,
        seed: int | None = None,
        truncation: float | None = None,
        batch_size: int = 256,
        averaged: bool | None = None,
    ) -> np.ndarray:
        """Examples generated from n latents of the prior N(0, I); see `decode`.

        Args:
            n: how many.
            seed: the same seed gives the same samples on one backend; None draws
                others each time.
            truncation: latents with a component beyond it are drawn anew, component
                by component (Brock et al., 2019): less variety, more typical samples.
                None draws from the whole prior.
            batch_size: the most examples at a time.
            averaged: as in `decode`.

        Raises:
            ValueError: `n`, `seed` or `truncation` that is not such a number.
        """
        z = self.draw_latents(n, seed, truncation)
        return self.decode(z, batch_size, averaged)

    def draw_latents(
        self, n: int, seed: int | None = None, truncation: float | None = None
    ) -> np.ndarray:
        """n latents of the prior, float32 `(n, latent_dim)`; see `sample`."""
        seed = check_seed(seed)
        n, width = check_count(n), self.latent_dim
        seed = self.sample_seeds if seed is None else seed
        if truncation is None:
            return draw_normal(n, width, seed)
        return draw_truncated(n, width, seed, _check_truncation(truncation))

    def _image(self, outputs: Any) -> Any:
        return self._in_unit_range(ops.cast(outputs, full_dtype()), ops.clip)

    def _picture(self, outputs: np.ndarray) -> np.ndarray:
        # `_image` of what is on the host: JAX would compile three programs for it.
        return self._in_unit_range(np.asarray(outputs, full_dtype()), np.clip)

    def _in_unit_range(self, outputs: Any, clip: Callable) -> Any:
        if self.value_range is None:
            return outputs
        low, high = self.value_range
        return clip((outputs - low) / (high - low), 0.0, 1.0)

    def generating_network(self, averaged: bool | None = None) -> keras.Model:
        """The generator, or its average; None: the average where there is one."""
        if averaged and self.average_generator is None:
            raise ValueError(
                "`averaged` must be None or False: the model keeps no averaged "
                "generator; build it with `average_half_life`."
            )
        if averaged is False or self.average_generator is None:
            return self.generator
        return self.average_generator


def _check_truncation(truncation: Any) -> float:
    if (
        isinstance(truncation, bool)
        or not isinstance(truncation, int | float | np.number)
        or not truncation > 0
    ):
        raise ValueError(
            "`truncation` must be None or a positive number, the largest size of a "
            f"latent's component, got {truncation!r}."
        )
    return float(truncation)
