"""The GAN with a reconstructor."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.likelihood import sum_per_example
from keras_genzoo.models.checks import check_network
from keras_genzoo.models.gan import GAN


@keras.saving.register_keras_serializable(package="keras_genzoo")
class VEEGAN(GAN):
    """A GAN against dropped modes: a reconstructor F maps examples back to latents,
    and the discriminator judges pairs.

    The discriminator tells `(F(x), x)` of real examples from `(z, G(z))` by
    cross-entropy, so that its logit estimates the log ratio of the two joint
    densities. The generator minimises minus the logit of its pairs plus
    `||z - F(G(z))||^2`, the reconstructor that distance alone: were a mode dropped,
    F, which maps all real examples to the prior, could not invert G there.

    Logged, besides what `GAN` logs: `reconstruction_error`, the mean of
    `||z - F(G(z))||^2`.

    Args:
        generator: as `GAN`'s.
        discriminator: built `keras.Model` from `[latents, examples]` to logits,
            `(batch, 1)`.
        reconstructor: built `keras.Model` from `(batch, *shape)` to latents,
            `(batch, latent_dim)`.
        average_half_life, value_range, seed: as `GAN`'s.

    Raises:
        ValueError: as `GAN`.

    Reference: Srivastava et al., VEEGAN: Reducing Mode Collapse in GANs using Implicit
    Variational Learning, 2017, algorithm 1.
    """

    phases = ("discriminator", "generator", "reconstructor")
    metric_names = (*GAN.metric_names, "reconstruction_error")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        reconstructor: keras.Model,
        average_half_life: float | None = None,
        value_range: Any = "auto",
        seed: int | None = None,
        **kwargs,
    ):
        check_network(reconstructor, "reconstructor")
        unknown = set(kwargs) - {"name", "dtype", "trainable"}
        if unknown:
            raise TypeError(f"A VEEGAN takes no {sorted(unknown)}.")
        super().__init__(
            generator,
            discriminator,
            average_half_life=average_half_life,
            value_range=value_range,
            seed=seed,
            **kwargs,
        )
        if (
            reconstructor.input_shape != generator.output_shape
            or reconstructor.output_shape != generator.input_shape
        ):
            raise ValueError(
                f"`reconstructor` must map {generator.output_shape} to "
                f"{generator.input_shape}, `generator`'s way back; got "
                f"{reconstructor.input_shape} to {reconstructor.output_shape}."
            )
        self.reconstructor = reconstructor

    def _check_networks(
        self, generator: keras.Model, discriminator: keras.Model
    ) -> None:
        check_network(generator, "generator")
        check_network(discriminator, "discriminator", inputs=2)
        expected = [generator.input_shape, generator.output_shape]
        got = [tuple(t.shape) for t in discriminator.inputs]
        if got != expected:
            raise ValueError(
                f"`discriminator` must take latents and examples, {expected}; got "
                f"inputs of {got}."
            )

    def compute_shared(self, batch: Any, training: bool) -> Any:
        z = self._latents(batch)
        return {"z": z, "fake": backends.run_network(self.generator, z, training)}

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        pair = self.compute_shared(batch, training) if shared is None else shared
        z, fake = pair["z"], pair["fake"]
        if phase == "discriminator":
            real_pair = [self._reconstruct(batch[0], training), batch[0]]
            return self._discriminator_loss(
                self._judge(*map(ops.stop_gradient, real_pair), training),
                self._judge(z, ops.stop_gradient(fake), training),
            )
        if phase == "reconstructor":
            fake = ops.stop_gradient(fake)
        error = ops.mean(
            sum_per_example(ops.square(z - self._reconstruct(fake, training)))
        )
        if phase == "reconstructor":
            return error, {"reconstruction_error": error}
        # -log D + log(1 - D) is minus the logit.
        adversarial = -ops.mean(self._judge(z, fake, training))
        return adversarial + error, {"generator_loss": adversarial}

    def _reconstruct(self, x: Any, training: bool) -> Any:
        z = backends.run_network(self.reconstructor, x, training)
        return ops.cast(z, full_dtype())

    def _judge(self, z: Any, x: Any, training: bool) -> Any:
        return ops.cast(self.discriminator([z, x], training=training), full_dtype())

    def get_config(self) -> dict:
        kept = (
            "generator",
            "discriminator",
            "average_half_life",
            "value_range",
            "seed",
        )
        config = super().get_config()
        base = {
            k: v
            for k, v in config.items()
            if k in (*kept, "name", "trainable", "dtype")
        }
        return {
            **base,
            "reconstructor": keras.saving.serialize_keras_object(self.reconstructor),
        }
