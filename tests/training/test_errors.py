"""Bad input gets one clear error that names the argument, before any step runs."""

import functools
import re

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo import networks

IMAGES = np.zeros((4, 8, 8, 3), "uint8")
FLOATS = np.full((4, 8, 8, 3), 0.5, "float32")


def vae(**kwargs):
    return gz.VAE(
        networks.conv_encoder((8, 8, 3), 2, width=2, dense=4),
        networks.conv_decoder((8, 8, 3), 2, width=2, dense=4),
        **kwargs,
    )


def gan(**kwargs):
    return gz.GAN(
        networks.mlp_generator((8, 8, 3), 2, (4,)),
        networks.mlp_discriminator((8, 8, 3), (4,)),
        **kwargs,
    )


@functools.cache
def compiled(build):
    """One model for all tests: what is refused leaves it as it was."""
    model = build()
    model.compile()
    return model


def with_nan():
    x = FLOATS.copy()
    x[2, 3, 4, 1] = np.nan
    return x


BAD_DATA = {
    "wrong rank": (IMAGES[0], "`x` must have rank 4, (batch, 8, 8, 3); got rank 3"),
    "flat": (IMAGES.reshape(4, -1), "got rank 2, shape (4, 192)"),
    "wrong channels": (IMAGES[..., :1], "(batch, 8, 8, 3); got (4, 8, 8, 1)"),
    "wrong size": (np.zeros((4, 9, 8, 3), "uint8"), "got (4, 9, 8, 3)"),
    "NaN": (with_nan(), "`x` must be finite, got NaN or infinity in 1 of 768 values"),
    "infinity": (FLOATS + np.inf, "`x` must be finite"),
    "floats in [0, 255]": (
        FLOATS * 255,
        "uint8 in [0, 255] or float in [0, 1], got float32 in [127.5, 127.5]",
    ),
    "floats in [-1, 1]": (FLOATS - 1.0, "got float32 in [-0.5, -0.5]"),
    "integers": (IMAGES.astype("int32"), "got dtype int32"),
    "empty": (IMAGES[:0], "at least one example, got an empty array of shape (0,"),
    "nothing": (None, "`x` must be an array or a stream of batches, got None"),
}


@pytest.mark.parametrize("case", BAD_DATA)
@pytest.mark.parametrize("build", [vae, gan])
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_bad_data(case, build, method):
    x, message = BAD_DATA[case]
    model = compiled(build)
    before = model.get_weights()
    with pytest.raises(ValueError, match=re.escape(message)):
        getattr(model, method)(x)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("build", [vae, gan])
def test_bad_validation_data(build):
    model = compiled(build)
    for validation in (FLOATS * 255, (FLOATS * 255,)):
        with pytest.raises(ValueError, match="`validation_data` must be uint8"):
            model.fit(IMAGES, validation_data=validation, verbose=0)


@pytest.mark.parametrize("build", [vae, gan])
def test_bad_first_batch_of_a_stream(build):
    model = compiled(build)

    class Stream(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return (FLOATS * 255,)

    for stream in (Stream(), (x for x in [FLOATS * 255])):
        with pytest.raises(ValueError, match="in \\[0, 1\\], got float32"):
            model.fit(stream, verbose=0)
    with pytest.raises(ValueError, match="must yield at least one batch"):
        model.fit((x for x in ()), verbose=0)


@pytest.mark.parametrize("name", ["sample_weight", "class_weight"])
def test_weights_are_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must be None"):
        compiled(vae).fit(IMAGES, verbose=0, **{name: {0: 1.0}})


def encoder(latent=2, shape=(8, 8, 3)):
    return networks.mlp_encoder(shape, latent, (4,))


def decoder(latent=2, shape=(8, 8, 3)):
    return networks.mlp_decoder(shape, latent, (4,))


BAD_MODELS = {
    "encoder with one output": (
        lambda: gz.VAE(decoder(), decoder()),
        "`encoder` must have 2 outputs, got 1",
    ),
    "latent widths differ": (
        lambda: gz.VAE(encoder(2), decoder(3)),
        "`decoder` must take latents of shape (None, 2)",
    ),
    "shapes differ": (
        lambda: gz.VAE(encoder(), decoder(shape=(8, 8, 1))),
        "`decoder` must return (None, 8, 8, 3)",
    ),
    "unbuilt network": (
        lambda: gz.GAN(keras.Sequential([keras.layers.Dense(2)]), encoder()),
        "`generator` must be a `keras.Model` whose input shape is known",
    ),
    "unknown likelihood": (
        lambda: vae(likelihood="poisson"),
        "`likelihood` must be 'gaussian', 'bernoulli'",
    ),
    "noise of a Bernoulli": (
        lambda: vae(likelihood="bernoulli", noise=0.1),
        "`noise` must be None unless",
    ),
    "negative noise": (lambda: vae(noise=-1.0), "`noise` must be a positive"),
    "unknown noise": (lambda: vae(noise="guessed"), "got 'guessed'"),
    "unknown objective": (
        lambda: gan(objective="hinged"),
        "`objective` must be one of ['minimax', 'non_saturating'], got 'hinged'",
    ),
    "no discriminator steps": (
        lambda: gan(discriminator_steps=0),
        "`discriminator_steps` must be a positive integer, got 0",
    ),
    "reversed range": (lambda: gan(value_range=(1, -1)), "`value_range` must be"),
    "negative seed": (lambda: gan(seed=-1), "`seed` must be None or an integer"),
    "nets of different images": (
        lambda: gz.GAN(
            networks.mlp_generator((8, 8, 1), 2, (4,)),
            networks.mlp_discriminator((8, 8, 3), (4,)),
        ),
        "`discriminator` must take (None, 8, 8, 1)",
    ),
    "size not divisible": (
        lambda: networks.conv_encoder((30, 30, 3), 2),
        "`image_shape` must have a height and a width divisible by 4, got 30x30",
    ),
    "DCGAN of another size": (
        lambda: networks.dcgan_generator((48, 48, 3)),
        "square with a side of [28, 32, 64, 128] pixels, got 48x48",
    ),
    "image without channels": (
        lambda: networks.conv_encoder((28, 28), 2),
        "`image_shape` must be (height, width, channels)",
    ),
    "no width": (
        lambda: networks.mlp_generator((2,), 2, hidden=(0,)),
        "`hidden` must be a positive integer, got 0",
    ),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_bad_models(case):
    build, message = BAD_MODELS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        build()


BAD_CALLS = {
    "latent of the wrong width": (
        lambda m: m.decode(np.zeros((3, 5))),
        "`z` must be latents of shape (n, 2) with n at least 1, got shape (3, 5)",
    ),
    "one latent": (lambda m: m.decode(np.zeros(2)), "got shape (2,)"),
    "NaN latent": (lambda m: m.decode(np.full((1, 2), np.nan)), "`z` must be finite"),
    "no samples": (lambda m: m.sample(0), "`n` must be a positive integer, got 0"),
    "half a sample": (lambda m: m.sample(1.5), "got 1.5"),
    "bad seed": (lambda m: m.sample(1, seed="a"), "`seed` must be None or"),
    "bad batch size": (lambda m: m.sample(1, batch_size=0), "`batch_size` must be"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
@pytest.mark.parametrize("build", [vae, gan])
def test_bad_calls(case, build):
    call, message = BAD_CALLS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call(compiled(build))


@pytest.mark.parametrize("method", ["encode", "reconstruct", "elbo"])
def test_bad_examples_of_a_vae(method):
    with pytest.raises(ValueError, match="`x` must have rank 4"):
        getattr(compiled(vae), method)(IMAGES[0])
    with pytest.raises(ValueError, match="`x` must hold at least one example"):
        getattr(compiled(vae), method)(IMAGES[:0])
