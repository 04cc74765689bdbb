import numpy as np
import pytest
from linear_decoders import (
    SHAPE,
    WIDTH,
    Autoencoding,
    Conditional,
    DecoderOnly,
    Variational,
    images,
    latents,
)

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.latent import interpolate, spherical_path

A, B = latents(3, 0), latents(3, 1)
LABELS = np.array([2, 0, 1])


def test_decodes_the_line_between_latents():
    model = DecoderOnly()
    result = interpolate(model, A, B, steps=5, batch_size=7)
    assert result.dtype == np.float32
    assert result.shape == (3, 5, *SHAPE)
    np.testing.assert_allclose(
        result, images(np.linspace(A, B, 5, axis=1)), rtol=1e-4, atol=1e-5
    )
    assert model.batch_sizes == [7]


def test_decodes_the_arc_between_latents():
    result = interpolate(DecoderOnly(), A, B, steps=5, path="spherical")
    np.testing.assert_allclose(
        result, images(spherical_path(A, B, 5)), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("kind", [Autoencoding, Variational])
def test_images_are_encoded_to_the_mean(kind):
    expected = images(np.linspace(A, B, 4, axis=1))
    for start, end in ((images(A), images(B)), (A, images(B)), (images(A), B)):
        model = kind()
        result = interpolate(model, start, end, steps=4, batch_size=2)
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
        assert set(model.batch_sizes) == {2}


def test_uint8_images_reach_the_model_as_they_are():
    model = Autoencoding()
    x = np.random.default_rng(0).integers(0, 256, (2, *SHAPE)).astype("uint8")
    interpolate(model, x, x)
    assert model.encoded_dtype == np.uint8


@pytest.mark.parametrize("encoded", [False, True])
def test_a_conditional_model_keeps_the_label(encoded):
    start, end = (images(A, LABELS), images(B, LABELS)) if encoded else (A, B)
    result = interpolate(Conditional(), start, end, 4, labels=LABELS)
    expected = images(np.linspace(A, B, 4, axis=1), LABELS[:, None].repeat(4, 1))
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_one_label_serves_all():
    np.testing.assert_array_equal(
        interpolate(Conditional(), A, B, 4, labels=2),
        interpolate(Conditional(), A, B, 4, labels=[2, 2, 2]),
    )


def test_ends_of_a_vae_are_its_reconstructions():
    shape = (8, 8, 1)
    model = gz.VAE(
        networks.mlp_encoder(shape, 3, (16,), seed=0),
        networks.mlp_decoder(shape, 3, (16,), seed=1),
        seed=2,
    )
    x = np.random.default_rng(0).integers(0, 256, (4, *shape)).astype("uint8")
    result = interpolate(model, x[:2], x[2:], 3, "spherical")
    np.testing.assert_allclose(result[:, 0], model.reconstruct(x[:2]), atol=1e-5)
    np.testing.assert_allclose(result[:, -1], model.reconstruct(x[2:]), atol=1e-5)
    z = model.encode(x)[0]
    middle = spherical_path(z[:2], z[2:], 3)[:, 1]
    np.testing.assert_allclose(result[:, 1], model.decode(middle), atol=1e-5)


def test_a_conditional_gan_is_asked_with_its_labels():
    shape = (28, 28, 1)
    model = gz.ConditionalGAN(
        networks.dcgan_generator(shape, 5, width=4, num_classes=3, seed=0),
        networks.dcgan_discriminator(shape, 4, num_classes=3, batch_norm=False, seed=1),
        num_classes=3,
        seed=0,
    )
    z = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    result = interpolate(model, z[:2], z[2:], 3, labels=[0, 2])
    expected = model.decode((z[:2] + z[2:]) / 2, [0, 2])
    np.testing.assert_allclose(result[:, 1], expected, atol=1e-5)
    # A label that went astray would show.
    assert np.abs(model.decode((z[:2] + z[2:]) / 2, [1, 1]) - expected).max() > 1e-3
    with pytest.raises(ValueError, match=r"`start`.*without `encode`"):
        interpolate(model, np.zeros((2, *shape)), z[2:], labels=0)


@pytest.mark.parametrize(
    ("model", "start", "end", "options", "message"),
    [
        (DecoderOnly(), A, B, {"path": "cubic"}, "`path`.*'spherical'.*'cubic'"),
        (DecoderOnly(), A, B, {"steps": 1}, "`steps`"),
        (DecoderOnly(), A, B, {"batch_size": 0}, "`batch_size`"),
        (DecoderOnly(), A, B[:2], {}, r"`start`, `end`.*\[3, 2\]"),
        (DecoderOnly(), A[0], B, {}, r"`start`.*\(4,\).*batch axis, start\[None\]"),
        (DecoderOnly(), A, B[:, :3], {}, r"`end`.*\(n, 4\).*\(3, 3\)"),
        (DecoderOnly(), images(A), B, {}, "`start`.*without `encode`"),
        (Autoencoding(), A, images(B)[0], {}, r"`end`.*\(2, 3, 1\).*end\[None\]"),
        (Autoencoding(), np.zeros((0, *SHAPE)), B, {}, "`start`.*at least 1"),
        (Autoencoding(), np.zeros((3, 5, 5, 1)), B, {}, r"`start`.*\(2, 3, 1\), got"),
        (DecoderOnly(), A, B * np.inf, {}, "`end`.*finite"),
        (DecoderOnly(), A, B, {"labels": 1}, "`labels`.*None"),
        (Conditional(), A, B, {}, r"`labels`.*3 integers in \[0, 3\).*None"),
        (Conditional(), A, B, {"labels": [0, 1]}, r"`labels`.*\(2,\)"),
        (Conditional(), A, B, {"labels": 3}, "`labels`.*from 3 to 3"),
        (Conditional(), A, B, {"labels": [0, -1, 1]}, "`labels`.*from -1 to 1"),
        (Conditional(), A, B, {"labels": 1.0}, "`labels`.*float"),
        (Conditional(), A, B, {"labels": True}, "`labels`.*bool"),
        (object(), A, B, {}, "`model`.*`decode`"),
    ],
)
def test_refuses(model, start, end, options, message):
    with pytest.raises(ValueError, match=message):
        interpolate(model, start, end, **options)


def test_latent_width_is_the_models():
    assert A.shape[1] == WIDTH
    with pytest.raises(ValueError, match=r"\(n, 4\)"):
        interpolate(DecoderOnly(), np.ones((1, 5)), np.ones((1, 5)))
