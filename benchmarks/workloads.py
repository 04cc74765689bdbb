"""What is trained: three workloads, their data, and our side of each.

The numbers of a workload (architecture, batch, optimizer) stand here once; our
models and the hand-written loops both take them from here.
"""

import math
from dataclasses import dataclass

import keras
import numpy as np

from keras_genzoo.layers import Sampling
from keras_genzoo.models import GAN, VAE
from keras_genzoo.networks import (
    dcgan_discriminator,
    dcgan_generator,
    mlp_decoder,
    mlp_encoder,
)

BATCH = 128
# The rest of Adam's numbers. So small an epsilon does not tell apart PyTorch's Adam,
# which adds it to the corrected root, and the paper's faster form, which adds it to
# the raw one: the check can ask for the same weights after several steps.
BETA_2 = 0.999
EPSILON = 1e-8


@dataclass(frozen=True)
class Workload:
    """One model on one kind of images.

    Attributes:
        name: on the command line.
        shape: of one example.
        latent_dim: width of the latents.
        learning_rate, beta_1: Adam's.
        networks: the sub-models' names, in the order of the weights.
        losses: the losses that both sides log.
        least_steps: fewest steps in a timed epoch.
    """

    name: str
    shape: tuple[int, ...]
    latent_dim: int
    learning_rate: float
    beta_1: float
    networks: tuple[str, str]
    losses: tuple[str, ...]
    least_steps: int

    @property
    def is_gan(self) -> bool:
        return "generator" in self.networks


def _dcgan(name: str, shape: tuple[int, int, int], least_steps: int) -> Workload:
    return Workload(
        name=name,
        shape=shape,
        latent_dim=100,
        learning_rate=2e-4,
        beta_1=0.5,
        networks=("generator", "discriminator"),
        losses=("discriminator_loss", "generator_loss"),
        least_steps=least_steps,
    )


WORKLOADS = {
    w.name: w
    for w in (
        _dcgan("dcgan28", (28, 28, 1), 10),
        _dcgan("dcgan64", (64, 64, 3), 4),
        Workload(
            name="mlp_vae",
            shape=(784,),
            latent_dim=32,
            learning_rate=1e-3,
            beta_1=0.9,
            networks=("encoder", "decoder"),
            losses=("elbo", "reconstruction", "kl"),
            least_steps=20,
        ),
    )
}

# The widths of the networks, for the hand-written side too.
DCGAN_WIDTH = 64
# Side of the image -> side of the smallest feature map, number of doublings.
DCGAN_PLANS = {28: (7, 2), 64: (4, 4)}
ENCODER_HIDDEN = (512, 256)
DECODER_HIDDEN = (256, 512)


def make_images(workload: Workload, n: int, seed: int = 0) -> np.ndarray:
    """`n` uint8 examples: coarse random patches, so that there is something to learn.

    What the pixels show does not change what a step costs.
    """
    rng = np.random.default_rng(seed)
    if len(workload.shape) == 3:
        side, _, channels = workload.shape
    else:
        side, channels = math.isqrt(workload.shape[0]), 1
    coarse = rng.integers(0, 256, (n, 4, 4, channels), dtype="uint8")
    fine = coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2)
    return fine.reshape(n, *workload.shape)


class FixedLatentsGAN(GAN):
    """A `GAN` whose latents are given: for the check, where both sides share them."""

    latents: np.ndarray

    def compute_shared(self, batch, training):
        return self.generator(
            keras.ops.convert_to_tensor(self.latents), training=training
        )


class FixedSampling(Sampling):
    """A `Sampling` whose noise is given: for the check, where both sides share it."""

    noise: np.ndarray

    def call(self, inputs):
        z_mean, z_log_var = inputs
        noise = keras.ops.convert_to_tensor(self.noise)
        return z_mean + keras.ops.exp(0.5 * z_log_var) * noise


def build_ours(workload: Workload, noise: np.ndarray | None = None) -> keras.Model:
    """Our model, compiled; the same weights each time.

    Args:
        workload: which.
        noise: latents (GAN) or the noise of the posterior's draw (VAE) to use in
            every step; None draws them, as in any training.
    """
    optimizer = {
        "learning_rate": workload.learning_rate,
        "beta_1": workload.beta_1,
        "beta_2": BETA_2,
        "epsilon": EPSILON,
    }
    if workload.is_gan:
        model = (GAN if noise is None else FixedLatentsGAN)(
            dcgan_generator(workload.shape, workload.latent_dim, DCGAN_WIDTH, seed=0),
            dcgan_discriminator(workload.shape, DCGAN_WIDTH, seed=1),
            seed=0,
        )
        if noise is not None:
            model.latents = noise
        model.compile(
            discriminator_optimizer=keras.optimizers.Adam(**optimizer),
            generator_optimizer=keras.optimizers.Adam(**optimizer),
        )
        return model
    model = VAE(
        mlp_encoder(workload.shape, workload.latent_dim, ENCODER_HIDDEN, seed=0),
        mlp_decoder(workload.shape, workload.latent_dim, DECODER_HIDDEN, seed=1),
        likelihood="bernoulli",
        seed=0,
    )
    if noise is not None:
        model.sampling = FixedSampling(seed=0, dtype="float32")
        model.sampling.noise = noise
        model.sampling.built = True
    model.compile(optimizer=keras.optimizers.Adam(**optimizer))
    return model


def read_weights(workload: Workload, model: keras.Model) -> dict[str, list]:
    """`{network: its weights}` as NumPy arrays, in Keras' order.

    A kernel of a dense layer is (in, out), of a convolution (h, w, in, out), of a
    transposed one (h, w, out, in); batch normalisation has scale, shift, mean,
    variance; other biases follow their kernel.
    """
    return {name: getattr(model, name).get_weights() for name in workload.networks}
