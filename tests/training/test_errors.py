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
        "`objective` must be one of ['hinge', 'least_squares', 'minimax', "
        "'non_saturating', 'relativistic', 'wasserstein'], got 'hinged'",
    ),
    "no discriminator steps": (
        lambda: gan(discriminator_steps=0),
        "`discriminator_steps` must be a positive integer, got 0",
    ),
    "all labels smoothed away": (
        lambda: gan(label_smoothing=1.0),
        "`label_smoothing` must be in [0, 1), got 1.0",
    ),
    "labels smoothed that are not there": (
        lambda: gan(objective="hinge", label_smoothing=0.1),
        "`label_smoothing` needs an objective with targets; got 0.1 for 'hinge'",
    ),
    "unknown regularizer": (lambda: gan(regularizer="r3"), "`regularizer`"),
    "penalty of a batch-normalised logit": (
        lambda: gz.GAN(
            networks.dcgan_generator((28, 28, 1), 2, 2),
            networks.dcgan_discriminator((28, 28, 1), 2),
            regularizer="r1",
        ),
        "batch normalisation makes a logit depend on the whole batch",
    ),
    "no pack": (lambda: gan(pack=0), "`pack` must be a positive integer, got 0"),
    "discriminator of single examples for a pack": (
        lambda: gan(pack=2),
        "`discriminator` must take (None, 8, 8, 6), what `generator` returns, 2 at "
        "once; got an input of (None, 8, 8, 3)",
    ),
    "pack of a conditional model": (
        lambda: gz.ConditionalGAN(None, None, 2, pack=2),
        "`pack` must be 1 for a conditional model",
    ),
    "unknown augmentation": (
        lambda: gan(augment="rotation"),
        "`policies` must be one or more of",
    ),
    "augmentation that is none": (lambda: gan(augment=3), "`augment` must be None"),
    "augmented points": (
        lambda: gz.GAN(
            networks.mlp_generator((2,), 2, (4,)),
            networks.mlp_discriminator((2,), (4,)),
            augment="color",
        ),
        "`augment` changes images, got examples of shape (2,)",
    ),
    "no memory": (
        lambda: gan(average_half_life=0),
        "`average_half_life` must be None or a positive number of examples, got 0",
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


def packed():
    model = gz.GAN(
        networks.mlp_generator((2,), 2, (4,)),
        networks.mlp_discriminator((2,), (4,), pack=3),
        pack=3,
        discriminator_steps=2,
    )
    model.compile()
    return model


@pytest.mark.parametrize("size", [0, -8, 2.0, "8", True])
def test_bad_batch_sizes_of_training(size):
    model, message = compiled(vae), "must be None or a positive integer, got"
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=f"`batch_size` {message} {size!r}"):
            call(IMAGES, batch_size=size)
    with pytest.raises(ValueError, match=f"`validation_batch_size` {message}"):
        model.fit(IMAGES, validation_data=(IMAGES,), validation_batch_size=size)


@pytest.mark.parametrize(
    ("call", "size"),
    [
        (lambda m, x: m.fit(x, batch_size=8), 8),
        (lambda m, x: m.fit(x, batch_size=np.int64(8)), 8),
        (lambda m, x: m.fit(x, batch_size=12), 8),
        (lambda m, x: m.evaluate(x, batch_size=12), 8),
        (lambda m, x: m.train_on_batch(x[:9]), 9),
        (lambda m, x: m.fit((b for b in [x[:10]]), verbose=0), 10),
    ],
)
def test_packs_that_do_not_divide_a_batch(call, size):
    x = np.zeros((20, 2), "float32")
    with pytest.raises(ValueError, match=f"got a batch of {size} examples"):
        call(packed(), x)


def test_a_second_derivative_under_torch_compile():
    model = gz.GAN(
        networks.mlp_generator((2,), 2, (4,)),
        networks.mlp_discriminator((2,), (4,)),
        regularizer="r1",
    )
    if keras.backend.backend() == "torch":
        with pytest.raises(ValueError, match="`jit_compile` must be False or 'auto'"):
            model.compile(jit_compile=True)
    model.compile()
    model.train_on_batch(np.ones((4, 2), "float32"))


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


@pytest.mark.parametrize("truncation", [0, -1.0, float("nan"), "0.5", True])
def test_bad_truncation(truncation):
    with pytest.raises(ValueError, match="`truncation` must be None or a positive"):
        compiled(gan).sample(1, truncation=truncation)


def test_an_average_that_is_not_kept():
    with pytest.raises(ValueError, match="`averaged` must be None or False"):
        compiled(gan).sample(1, averaged=True)


@pytest.mark.parametrize("method", ["encode", "reconstruct", "elbo"])
def test_bad_examples_of_a_vae(method):
    with pytest.raises(ValueError, match="`x` must have rank 4"):
        getattr(compiled(vae), method)(IMAGES[0])
    with pytest.raises(ValueError, match="`x` must hold at least one example"):
        getattr(compiled(vae), method)(IMAGES[:0])
