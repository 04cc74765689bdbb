"""One small model of each class, with weights that show a mistake."""

import keras
import numpy as np
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

SHAPE, LATENT, CLASSES = (28, 28, 1), 3, 3
MLP = {"hidden": (6,)}


def autoencoder():
    return gz.Autoencoder(linear=True, example_shape=SHAPE, latent_dim=LATENT, seed=0)


def vae(**kwargs):
    return gz.VAE(
        networks.conv_encoder(SHAPE, LATENT, width=2, dense=8),
        networks.conv_decoder(SHAPE, LATENT, width=2, dense=8),
        **{"seed": 0, **kwargs},
    )


def conditional_vae():
    return gz.ConditionalVAE(
        networks.mlp_encoder(SHAPE, LATENT, num_classes=CLASSES, **MLP),
        networks.mlp_decoder(SHAPE, LATENT, num_classes=CLASSES, **MLP),
        num_classes=CLASSES,
        seed=0,
    )


def semi_supervised_vae():
    return gz.SemiSupervisedVAE(
        networks.mlp_encoder(SHAPE, LATENT, num_classes=CLASSES, **MLP),
        networks.mlp_decoder(SHAPE, LATENT, num_classes=CLASSES, **MLP),
        networks.mlp_classifier(SHAPE, CLASSES, **MLP),
        beta=gz.training.LinearWarmup(8, 0.5),
        seed=0,
    )


def gan(**kwargs):
    defaults = {
        "objective": "relativistic",
        "regularizer": [gz.losses.R1(0.1, every=2), "r2"],
        "augment": ("color", "translation"),
        "average_half_life": 50,
        "seed": 0,
    }
    return gz.GAN(
        networks.dcgan_generator(SHAPE, LATENT, width=2),
        networks.dcgan_discriminator(SHAPE, width=2, batch_norm=False, spectral=True),
        **{**defaults, **kwargs},
    )


def conditional_gan():
    return gz.ConditionalGAN(
        networks.resnet_generator(SHAPE, LATENT, 2, num_classes=CLASSES),
        networks.resnet_discriminator(SHAPE, 2, num_classes=CLASSES),
        num_classes=CLASSES,
        seed=0,
    )


def veegan():
    latents, examples = keras.Input((LATENT,)), keras.Input((6,))
    judge = networks.mlp_discriminator((LATENT + 6,), **MLP)
    logits = judge(keras.layers.Concatenate()([latents, examples]))
    return gz.VEEGAN(
        networks.mlp_generator((6,), LATENT, **MLP),
        keras.Model([latents, examples], logits),
        networks.mlp_generator((LATENT,), 6, **MLP),
        seed=0,
    )


def cycle_gan():
    return gz.CycleGAN(
        *[networks.cyclegan_generator(1, width=2, blocks=1) for _ in range(2)],
        *[networks.patchgan_discriminator(1, width=2, depth=1) for _ in range(2)],
        image_size=28,
        pool_size=3,
        seed=0,
    )


def classifier():
    return networks.conv_classifier(SHAPE, CLASSES, width=2, dense=8, seed=0)


MODELS = {
    "Autoencoder": autoencoder,
    "VAE": vae,
    "ConditionalVAE": conditional_vae,
    "SemiSupervisedVAE": semi_supervised_vae,
    "GAN": gan,
    "ConditionalGAN": conditional_gan,
    "VEEGAN": veegan,
    "CycleGAN": cycle_gan,
}


def with_weights(model):
    """Every weight another than a new model's, as if it had been trained."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in weight.dtype:
            value = ops.convert_to_numpy(weight)
            weight.assign(np.abs(value + 0.1 * rng.normal(size=value.shape)))
    return model


def data(model, n=12):
    """What `fit` takes: `(x, y)`."""
    rng = np.random.default_rng(1)
    if isinstance(model, gz.VEEGAN):
        return rng.normal(size=(n, 6)).astype("float32"), None
    images = rng.integers(0, 256, (2, n, *SHAPE), dtype="uint8")
    if isinstance(model, gz.CycleGAN):
        return images[0], images[1]
    labelled = gz.ConditionalVAE, gz.ConditionalGAN
    labels = np.arange(n) % CLASSES if isinstance(model, labelled) else None
    return images[0], labels


def outputs(model):
    """What users call the model for, for fixed inputs."""
    z = np.random.default_rng(2).normal(size=(5, LATENT)).astype("float32")
    x, labels = data(model, 5)
    if isinstance(model, gz.CycleGAN):
        return np.concatenate([model.translate(x), model.translate(x, "b_to_a")])
    if not hasattr(model, "decode"):
        return ops.convert_to_numpy(model(x.astype("float32") / 255.0))
    return model.decode(z) if labels is None else model.decode(z, labels)
