"""Our side: the models, compiled."""

import keras
import numpy as np

from keras_genzoo import networks
from keras_genzoo.losses import GradientPenalty
from keras_genzoo.models import GAN, VAE, ConditionalGAN, CycleGAN
from workloads.fixed import (
    FixedPool,
    FixedSampling,
    fixed_gradient_penalty,
    with_fixed_latents,
)
from workloads.table import EPSILON, Workload


def build_ours(
    workload: Workload,
    noise: dict[str, np.ndarray] | None = None,
    jit_compile: bool | str = "auto",
) -> keras.Model:
    """Our model, compiled; the same weights each time.

    Args:
        workload: which.
        noise: the random draws that every step is to use, as `noise.draw_noise` makes
            them, for the check; None draws them, as in any training.
        jit_compile: as in Keras.
    """
    model = _BUILDERS[workload.kind](workload, noise)
    optimizers = {
        phase: keras.optimizers.Adam(
            workload.learning_rate,
            beta_1=workload.beta_1,
            beta_2=workload.beta_2,
            epsilon=EPSILON,
        )
        for phase in model.phases
    }
    model.compile(optimizers, jit_compile=jit_compile)
    return model


def _gan_class(cls: type, noise: dict | None) -> type:
    return cls if noise is None else with_fixed_latents(cls, noise["z"])


def _dcgan(w: Workload, noise: dict | None) -> keras.Model:
    return _gan_class(GAN, noise)(
        networks.dcgan_generator(w.shape, w.latent_dim, w.width, seed=0),
        networks.dcgan_discriminator(w.shape, w.width, seed=1),
        seed=0,
    )


def _wgan_gp(w: Workload, noise: dict | None) -> keras.Model:
    penalty = (
        GradientPenalty() if noise is None else fixed_gradient_penalty(noise["alpha"])
    )
    return _gan_class(GAN, noise)(
        networks.dcgan_generator(w.shape, w.latent_dim, w.width, seed=0),
        networks.dcgan_discriminator(w.shape, w.width, batch_norm=False, seed=1),
        objective="wasserstein",
        regularizer=penalty,
        discriminator_steps=w.critic_steps,
        seed=0,
    )


def _resnet_gan(w: Workload, noise: dict | None) -> keras.Model:
    return _gan_class(ConditionalGAN, noise)(
        networks.resnet_generator(w.shape, w.latent_dim, w.width, w.num_classes, 0),
        networks.resnet_discriminator(w.shape, w.width, w.num_classes, seed=1),
        w.num_classes,
        seed=0,
    )


def _mlp_vae(w: Workload, noise: dict | None) -> keras.Model:
    return _vae(
        networks.mlp_encoder(w.shape, w.latent_dim, w.hidden, seed=0),
        networks.mlp_decoder(w.shape, w.latent_dim, w.hidden[::-1], seed=1),
        noise,
    )


def _conv_vae(w: Workload, noise: dict | None) -> keras.Model:
    sizes = (w.shape, w.latent_dim, w.width, 4)
    return _vae(
        networks.conv_encoder(*sizes, seed=0),
        networks.conv_decoder(*sizes, seed=1),
        noise,
    )


def _vae(encoder: keras.Model, decoder: keras.Model, noise: dict | None) -> VAE:
    model = VAE(encoder, decoder, likelihood="bernoulli", seed=0)
    if noise is not None:
        model.sampling = FixedSampling(noise["z"])
    return model


def _cyclegan(w: Workload, noise: dict | None) -> keras.Model:
    model = CycleGAN(
        *(
            networks.cyclegan_generator(3, width=w.width, blocks=w.blocks, seed=i)
            for i in (0, 1)
        ),
        *(networks.patchgan_discriminator(3, w.width, seed=i) for i in (2, 3)),
        image_size=w.shape[0],
        pool_size=w.pool_size,
        seed=0,
    )
    if noise is not None:
        for side in "ab":
            draws = noise[f"slot_{side}"], noise[f"swap_{side}"]
            setattr(model, f"pool_{side}", FixedPool(w.pool_size, w.shape, draws))
    return model


_BUILDERS = {
    "dcgan": _dcgan,
    "mlp_vae": _mlp_vae,
    "conv_vae": _conv_vae,
    "wgan_gp": _wgan_gp,
    "resnet_gan": _resnet_gan,
    "cyclegan": _cyclegan,
}


def read_weights(workload: Workload, model: keras.Model) -> dict[str, list]:
    """`{network: its weights}` as NumPy arrays, in Keras' order.

    A kernel of a dense layer is (in, out), of a convolution (h, w, in, out), of a
    transposed one (h, w, out, in).
    """
    return {name: getattr(model, name).get_weights() for name in workload.networks}


def idle_weights(workload: Workload, model: keras.Model) -> list[tuple[str, int]]:
    """`(network, index)` of the weights that `Workload.idle_biases` speaks of."""
    found = []
    for name, which in workload.idle_biases.items():
        weights = getattr(model, name).weights
        biases = [i for i, w in enumerate(weights) if w.path.endswith("/bias")]
        found += [(name, i) for i in biases[which]]
    return found
