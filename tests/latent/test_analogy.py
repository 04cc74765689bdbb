import numpy as np
import pytest
from linear_decoders import (
    OFFSETS,
    SHAPE,
    Conditional,
    DecoderOnly,
    Variational,
    images,
    latents,
)

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.latent import (
    analogy,
    attribute_vector,
    label_analogies,
    with_attribute,
)

A, B, C = latents(3, 0), latents(3, 1), latents(3, 2)
LABELS = np.array([2, 0, 1])


@pytest.mark.parametrize("given", [lambda z: z, images])
def test_analogy_adds_the_difference(given):
    result = analogy(Variational(), given(A), given(B), given(C))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, images(C + B - A), rtol=1e-4, atol=1e-4)


def test_analogy_within_classes():
    model = Conditional()
    expected = images(C + B - A, LABELS)
    np.testing.assert_allclose(
        analogy(model, A, images(B, LABELS), C, labels=LABELS), expected, atol=1e-4
    )


@pytest.mark.parametrize("kind", [bool, int])
def test_attribute_vector_is_the_difference_of_means(kind):
    z = latents(50, 0)
    has = np.random.default_rng(1).random(50) < 0.3
    expected = z[has].mean(0) - z[~has].mean(0)
    vector = attribute_vector(z, has.astype(kind))
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, expected, atol=1e-6)


def test_with_attribute_adds_so_much_of_it():
    vector = latents(1, 3)[0]
    amounts = (0.0, 2.0)
    expected = np.stack([images(A), images(A + 2 * vector)], axis=1)
    for x in (A, images(A)):
        result = with_attribute(Variational(), x, vector, amounts)
        assert result.shape == (3, 2, *SHAPE)
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_with_attribute_within_classes():
    vector = latents(1, 3)[0]
    result = with_attribute(Conditional(), images(A, LABELS), vector, labels=LABELS)
    assert result.shape == (3, 5, *SHAPE)
    np.testing.assert_allclose(
        result[:, 0], images(A - vector, LABELS), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(result[:, 2], images(A, LABELS), atol=1e-4)


def test_attribute_moves_one_mean_onto_the_other():
    z = latents(20, 4)
    has = np.arange(20) < 8
    moved = with_attribute(DecoderOnly(), z[~has], attribute_vector(z, has), [1.0])
    np.testing.assert_allclose(
        moved.mean(axis=(0, 1)), images(z[has]).mean(axis=0), atol=1e-5
    )


def test_styles_in_every_class():
    result = label_analogies(Conditional(), images(A, LABELS), LABELS)
    assert result.shape == (3, 3, *SHAPE)
    for target in range(3):
        expected = images(A) + OFFSETS[target].reshape(SHAPE)
        np.testing.assert_allclose(result[:, target], expected, atol=1e-4)


def test_latents_are_styles_already():
    result = label_analogies(Conditional(), A, targets=[2, 0])
    np.testing.assert_allclose(result[:, 0], images(A, 2), atol=1e-5)
    np.testing.assert_allclose(result[:, 1], images(A, 0), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: analogy(DecoderOnly(), A, B[:2], C), r"`a`, `b`, `c`.*\[3, 2, 3\]"),
        (lambda: analogy(DecoderOnly(), A, B, images(C)), "`c`.*`encode`"),
        (lambda: analogy(DecoderOnly(), A, B[0], C), "`b`.*batch axis"),
        (lambda: analogy(Conditional(), A, B, C), "`labels`.*None"),
        (lambda: attribute_vector(A, [True, False]), r"`has`.*3 booleans.*\(2,\)"),
        (lambda: attribute_vector(A, [True] * 3), "`has`.*True for all 3"),
        (lambda: attribute_vector(A, [0, 0, 0]), "`has`.*False for all 3"),
        (lambda: attribute_vector(A, [0, 1, 2]), "`has`.*0 and 1"),
        (lambda: attribute_vector(A, [0.0, 1.0, 1.0]), "`has`.*float"),
        (lambda: attribute_vector(A[0], [0, 1]), "`z`"),
        (lambda: with_attribute(DecoderOnly(), A, A), r"`vector`.*4 numbers.*\(3, 4\)"),
        (lambda: with_attribute(DecoderOnly(), A, A[0, :3]), "`vector`"),
        (lambda: with_attribute(DecoderOnly(), A, A[0], []), "`amounts`"),
        (lambda: with_attribute(DecoderOnly(), A[0], A[0]), r"`x`.*x\[None\]"),
        (lambda: label_analogies(DecoderOnly(), A), "`model`.*conditional"),
        (lambda: label_analogies(Conditional(), images(A)), "`labels`.*None"),
        (lambda: label_analogies(Conditional(), A, LABELS), "`labels`.*latents"),
        (lambda: label_analogies(Conditional(), A, targets=[3]), "`targets`.*3 to 3"),
        (lambda: label_analogies(Conditional(), A, targets=[0.5]), "`targets`.*float"),
        (lambda: label_analogies(Conditional(), A, targets=[]), "`targets`.*one class"),
        (lambda: label_analogies(Conditional(), A, targets=1), "`targets`"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_conditional_vae_reconstructs_where_the_target_is_the_label():
    shape, classes = (8, 8, 1), 3
    model = gz.ConditionalVAE(
        networks.mlp_encoder(shape, 2, (16,), num_classes=classes, seed=0),
        networks.mlp_decoder(shape, 2, (16,), num_classes=classes, seed=1),
        classes,
        seed=2,
    )
    # The label's part starts at zero; here it must show.
    for network in (model.encoder, model.decoder):
        rng = np.random.default_rng(0)
        network.set_weights([rng.normal(0, 0.3, w.shape) for w in network.weights])
    x = np.random.default_rng(1).integers(0, 256, (3, *shape)).astype("uint8")
    result = label_analogies(model, x, LABELS)
    own = result[np.arange(3), LABELS]
    np.testing.assert_allclose(own, model.reconstruct(x, LABELS), atol=1e-5)
    assert np.abs(result[:, 0] - result[:, 1]).max() > 0.01
