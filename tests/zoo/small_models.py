"""One small model of each class, with weights that show a mistake."""

import keras
import numpy as np
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

SHAPE, LATENT, CLASSES = (8, 8, 1), 3, 3
MLP = {"hidden": (6,)}
LATENTS = np.random.default_rng(2).normal(size=(5, LATENT)).astype("float32")


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


def generator(labels=False):
    z = keras.Input((LATENT,))
    inputs, x = z, keras.layers.Dense(6, activation="relu")(z)
    if labels:
        inputs = [z, keras.Input((), dtype="int32")]
        x = keras.layers.Add()([x, keras.layers.Embedding(CLASSES, 6)(inputs[1])])
    x = gz.layers.BatchNormalization()(x)
    x = keras.layers.Dense(64, activation="tanh")(x)
    return keras.Model(inputs, keras.layers.Reshape(SHAPE)(x), name="generator")


def discriminator(labels=False):
    image = keras.Input(SHAPE)
    inputs, x = image, keras.layers.Flatten()(image)
    x = gz.layers.SpectralNormalization(keras.layers.Dense(6, activation="relu"))(x)
    if labels:
        inputs = [image, keras.Input((), dtype="int32")]
        x = keras.layers.Add()([x, keras.layers.Embedding(CLASSES, 6)(inputs[1])])
    return keras.Model(inputs, keras.layers.Dense(1)(x), name="discriminator")


def gan(**kwargs):
    defaults = {
        "objective": "relativistic",
        "regularizer": [gz.losses.R1(0.1, every=2), "r2"],
        "augment": ("color", "translation"),
        "average_half_life": 50,
        "seed": 0,
    }
    return gz.GAN(generator(), discriminator(), **{**defaults, **kwargs})


def conditional_gan():
    return gz.ConditionalGAN(
        generator(labels=True), discriminator(labels=True), num_classes=CLASSES, seed=0
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
    def network(activation, norm):
        x = inputs = keras.Input((None, None, 1))
        x = keras.layers.Conv2D(2, 3, padding="same")(x)
        if norm:
            x = gz.layers.InstanceNormalization()(x)
        x = keras.layers.Conv2D(1, 1, activation=activation)(keras.layers.ReLU()(x))
        return keras.Model(inputs, x)

    return gz.CycleGAN(
        *[network("tanh", True) for _ in range(2)],
        *[network(None, False) for _ in range(2)],
        image_size=8,
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
    z = LATENTS
    x, labels = data(model, 5)
    if isinstance(model, gz.CycleGAN):
        return np.concatenate([model.translate(x), model.translate(x, "b_to_a")])
    if not hasattr(model, "decode"):
        return ops.convert_to_numpy(model(x.astype("float32") / 255.0))
    return model.decode(z) if labels is None else model.decode(z, labels)
