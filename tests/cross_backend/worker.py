"""Trains one case on the running backend and stores the updated weights.

`python worker.py CASE OUTPUT.npz`, with KERAS_BACKEND set. Weights, batches and noise
are made by NumPy, so that they are the same on every backend.
"""

import os
import sys
from pathlib import Path

# On JAX the number of threads decides how sums are rounded, and ten steps of ReLUs
# magnify it: the same number on every machine.
os.environ["PJRT_NPROC"] = "2"

import keras
import numpy as np
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

sys.path.append(str(Path(__file__).parents[1]))
if keras.backend.backend() == "jax":
    # For the initial weights, which `set_weights` replaces.
    import padded_draws

    padded_draws.install()

BATCH, LATENT = 16, 8


def tabulated_normal(shape, dtype=None, seed=None, **_):
    """Stands for `keras.random.normal`: the row of a fixed table that the seed says."""
    table = np.random.default_rng(7).normal(size=(128, 4 * BATCH, LATENT))
    counter = ops.cast(seed.next()[1], "int32")
    noise = ops.take(ops.convert_to_tensor(table.astype("float32")), counter, axis=0)
    return noise[: shape[0], : shape[1]]


def tabulated_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Stands for `keras.random.uniform`: likewise."""
    table = np.random.default_rng(8).uniform(size=(512, BATCH))
    counter = ops.cast(seed.next()[1], "int32")
    numbers = ops.take(ops.convert_to_tensor(table.astype("float32")), counter, axis=0)
    numbers = ops.reshape(numbers[: shape[0]], (-1, *[1] * (len(shape) - 1)))
    return minval + (maxval - minval) * numbers


def tabulated_integers(shape, minval, maxval, dtype="int32", seed=None):
    """Stands for `keras.random.randint`: likewise."""
    return ops.cast(
        ops.floor(tabulated_uniform(shape, minval, maxval, seed=seed)), dtype
    )


def set_weights(model):
    """Random weights from NumPy; initializers draw others on each backend."""
    rng = np.random.default_rng(3)
    for variable in model.weights:
        noise = rng.normal(size=variable.shape)
        if variable.name == "kernel":
            variable.assign(noise / np.sqrt(np.prod(variable.shape[:-1])))
        elif variable.name == "gamma":
            variable.assign(1.0 + 0.1 * noise)
        elif variable.name in ("basis", "embeddings", "u"):
            variable.assign(0.3 * noise)
    if isinstance(model, gz.CycleGAN):
        # Away from where tanh is flat and a rounding error decides the gradient.
        for network in (model.a_to_b, model.b_to_a):
            last = network.layers[-2].kernel
            last.assign(0.3 * last)


def images(side, channels):
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (10 * BATCH, side, side, channels), dtype="uint8")


def points():
    rng = np.random.default_rng(5)
    return rng.normal(size=(10 * BATCH, 6)).astype("float32")


def dcgan(side, **kwargs):
    shape = (side, side, 3)
    return gz.GAN(
        networks.dcgan_generator(shape, LATENT, width=8),
        networks.dcgan_discriminator(shape, width=8),
        seed=0,
        **kwargs,
    ), images(side, 3)


def conv_vae(**kwargs):
    shape = (16, 16, 1)
    return gz.VAE(
        networks.conv_encoder(shape, LATENT, width=4, dense=16),
        networks.conv_decoder(shape, LATENT, width=4, dense=16),
        seed=0,
        **kwargs,
    ), images(16, 1)


def mlp_vae(kind, **kwargs):
    classes = None if kind is gz.VAE else 3
    nets = [
        networks.mlp_encoder((6,), LATENT, hidden=(16,), num_classes=classes),
        networks.mlp_decoder((6,), LATENT, hidden=(16,), num_classes=classes),
    ]
    if kind is gz.ConditionalVAE:
        nets.append(3)
    if kind is gz.SemiSupervisedVAE:
        nets.append(networks.mlp_classifier((6,), 3, hidden=(16,)))
    return kind(*nets, likelihood="gaussian", noise=0.5, seed=0, **kwargs), points()


def resnet_vae(**kwargs):
    shape = (28, 28, 1)
    return gz.VAE(
        networks.resnet_encoder(shape, LATENT, width=4),
        networks.resnet_decoder(shape, LATENT, width=4),
        seed=0,
        **kwargs,
    ), images(28, 1)


def autoencoder(linear):
    if linear:
        model = gz.Autoencoder(linear=True, example_shape=(6,), latent_dim=LATENT // 2)
        return model, points()
    return gz.Autoencoder(
        networks.conv_encoder((16, 16, 1), LATENT, width=4, dense=16, posterior=False),
        networks.conv_decoder((16, 16, 1), LATENT, width=4, dense=16),
    ), images(16, 1)


def mlp_gan(**kwargs):
    # Not ReLU: where a penalty differentiates twice its kinks would not agree.
    return gz.GAN(
        networks.mlp_generator((6,), LATENT, hidden=(16,)),
        networks.mlp_discriminator(
            (6,), hidden=(16,), activation="softplus", pack=kwargs.get("pack", 1)
        ),
        seed=0,
        **kwargs,
    ), points()


def veegan():
    latents, examples = keras.Input((LATENT,)), keras.Input((6,))
    judge = networks.mlp_discriminator((LATENT + 6,), hidden=(16,))
    logits = judge(keras.layers.Concatenate()([latents, examples]))
    return gz.VEEGAN(
        networks.mlp_generator((6,), LATENT, hidden=(16,)),
        keras.Model([latents, examples], logits),
        networks.mlp_generator((LATENT,), 6, hidden=(16,)),
        seed=0,
    ), points()


def conditional_gan(family, **kwargs):
    generator = getattr(networks, f"{family}_generator")
    discriminator = getattr(networks, f"{family}_discriminator")
    shape = (28, 28, 1)
    return gz.ConditionalGAN(
        generator(shape, num_classes=3, latent_dim=LATENT - LATENT % 3, width=4),
        discriminator(shape, num_classes=3, width=4, **kwargs),
        num_classes=3,
        average_half_life=50,
        seed=0,
    ), images(28, 1)


def r3gan():
    shape = (28, 28, 1)
    return gz.GAN(
        networks.r3gan_generator(shape, LATENT, width=8, blocks=1),
        networks.r3gan_discriminator(shape, width=8, blocks=1),
        objective="relativistic",
        regularizer=[gz.losses.R1(0.1, every=2), "r2"],
        seed=0,
    ), images(28, 1)


def smooth_patches():
    # Not leaky ReLU, for the reason in `mlp_gan`.
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 4, 2, "same", activation="softplus"),
            keras.layers.Conv2D(8, 4, 2, "same"),
            gz.layers.InstanceNormalization(),
            keras.layers.Activation("softplus"),
            keras.layers.Conv2D(1, 4, padding="same"),
        ]
    )


def smooth_pictures():
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3, padding="same", activation="softplus"),
            keras.layers.Conv2D(8, 3, padding="same"),
            gz.layers.InstanceNormalization(),
            keras.layers.Activation("softplus"),
            keras.layers.Conv2D(3, 3, padding="same"),
            keras.layers.Activation("tanh"),
        ]
    )


def cyclegan(count, generator=None, discriminator=None, **kwargs):
    """With `count` images in each of its pools of 24."""
    # Instance normalisation of the smallest maps, 4x4 here, would magnify rounding
    # errors if they were smaller.
    generator = generator or (lambda: networks.cyclegan_generator(width=4, blocks=1))
    discriminator = discriminator or (
        lambda: networks.patchgan_discriminator(width=4, depth=1)
    )
    model = gz.CycleGAN(
        *[generator() for _ in range(2)],
        *[discriminator() for _ in range(2)],
        image_size=16,
        pool_size=24,
        seed=0,
        **kwargs,
    )
    rng = np.random.default_rng(9)
    for pool in (model.pool_a, model.pool_b):
        held = rng.uniform(-1, 1, pool.images.shape)
        held[count:] = 0
        pool.images.assign(held.astype("float32"))
        pool.count.assign(count)
    return model, images(16, 3)


CASES = {
    "vae_bernoulli": lambda: conv_vae(likelihood="bernoulli"),
    "vae_gaussian_fixed": lambda: conv_vae(noise=0.3),
    "vae_gaussian_learned": lambda: conv_vae(noise="learned"),
    "vae_gaussian_profiled": lambda: conv_vae(noise="profiled"),
    "vae_continuous_bernoulli_warmup": lambda: conv_vae(
        likelihood="continuous_bernoulli", beta=gz.training.LinearWarmup(8, 0.5)
    ),
    "vae_binarized": lambda: conv_vae(likelihood="bernoulli", pixels="binarized"),
    "vae_dequantized_free_bits": lambda: resnet_vae(
        noise=0.3, pixels="dequantized", free_bits=0.3
    ),
    "vae_importance_weighted": lambda: mlp_vae(gz.VAE, importance_samples=4, beta=0.7),
    "conditional_vae": lambda: mlp_vae(gz.ConditionalVAE),
    "semi_supervised_vae": lambda: mlp_vae(gz.SemiSupervisedVAE),
    "autoencoder_linear": lambda: autoencoder(linear=True),
    "autoencoder_conv": lambda: autoencoder(linear=False),
    "gan_dcgan_28": lambda: dcgan(28),
    "gan_dcgan_32_minimax": lambda: dcgan(32, objective="minimax"),
    "gan_mlp_two_discriminator_steps": lambda: mlp_gan(discriminator_steps=2),
    "gan_least_squares": lambda: mlp_gan(
        objective="least_squares", label_smoothing=0.1, regularizer="orthogonality"
    ),
    "gan_hinge_packed": lambda: mlp_gan(objective="hinge", pack=2),
    "wgan_gp": lambda: mlp_gan(
        objective="wasserstein", regularizer="gradient_penalty", discriminator_steps=4
    ),
    "gan_relativistic_r1_r2": lambda: mlp_gan(
        objective="relativistic",
        regularizer=[gz.losses.R1(1.0, every=3), gz.losses.R2(1.0)],
        average_half_life=50,
    ),
    "gan_augmented": lambda: dcgan(32, augment=("color", "translation", "cutout")),
    "conditional_dcgan": lambda: conditional_gan(
        "dcgan", batch_norm=False, spectral=True
    ),
    "conditional_biggan": lambda: conditional_gan("biggan"),
    "r3gan": r3gan,
    "veegan": veegan,
    "cyclegan_empty_pool": lambda: cyclegan(0),
    "cyclegan_half_full_pool": lambda: cyclegan(12),
    "cyclegan_full_pool": lambda: cyclegan(24),
    "cyclegan_relativistic_r1_r2_augmented": lambda: cyclegan(
        12,
        smooth_pictures,
        smooth_patches,
        objective="relativistic",
        regularizer=[gz.losses.R1(1.0, every=3), gz.losses.R2(1.0)],
        augment="translation",
    ),
}


def optimizers(case, phases):
    """The default ones, but for networks in which some gradients are rounding errors.

    A bias before a normalisation has no gradient, a ReLU that is hardly ever
    open hardly one; Adam would take what is left for a direction, whatever its size.
    """
    if case == "conditional_biggan":
        numbers = {"learning_rate": 5e-5, "beta_1": 0.0, "epsilon": 3e-5}
    elif case.startswith("cyclegan"):
        numbers = {"learning_rate": 5e-5, "beta_1": 0.5, "epsilon": 1e-3}
    elif case in ("gan_dcgan_28", "gan_dcgan_32_minimax", "gan_augmented"):
        numbers = {"learning_rate": 2e-4, "beta_1": 0.5, "epsilon": 1e-5}
    else:
        return None
    return {phase: keras.optimizers.Adam(**numbers) for phase in phases}


def main(cases, path):
    keras.random.normal = tabulated_normal
    keras.random.uniform = tabulated_uniform
    keras.random.randint = tabulated_integers
    stored = {}
    for case in cases:
        model, x = CASES[case]()
        labels = None
        if case.startswith("conditional"):
            labels = np.arange(len(x)) % 3
        elif case.startswith("semi_supervised"):
            labels = np.arange(len(x)) % 4 - 1
        elif case.startswith("cyclegan"):
            # The other side.
            labels = 255 - images(16, 3)[::-1]
        set_weights(model)
        model.compile(optimizers(case, model.phases))
        for steps in (1, 9):
            begin = 0 if steps == 1 else BATCH
            model.fit(
                x[begin : begin + steps * BATCH],
                None if labels is None else labels[begin : begin + steps * BATCH],
                batch_size=BATCH,
                shuffle=False,
                verbose=0,
            )
            for i, variable in enumerate(model.weights):
                value = ops.convert_to_numpy(variable)
                stored[f"{case}/{1 if steps == 1 else 10}/{i}/{variable.path}"] = value
    np.savez(path, **stored)


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2])
