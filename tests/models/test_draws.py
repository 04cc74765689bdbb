"""Latents and labels outside of training are what `keras.random` draws."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_genzoo.models.draws import draw_labels, draw_normal, draw_truncated

# Drawn are 8 rows.
WIDTHS = (3, 4096)


def kinds(width):
    """Each draw as (ours, Keras')."""

    def truncated(seed):
        inside = special.erf(0.7 / np.sqrt(2.0))
        u = keras.random.uniform((8, width), -inside, inside, seed=seed)
        return np.sqrt(2.0) * special.erfinv(ops.convert_to_numpy(u).astype("float64"))

    return {
        "normal": (
            lambda seed: draw_normal(5, width, seed),
            lambda seed: keras.random.normal((8, width), seed=seed),
        ),
        "truncated": (lambda seed: draw_truncated(5, width, seed, 0.7), truncated),
        "labels": (
            lambda seed: draw_labels(5, 10, seed),
            lambda seed: keras.random.randint((8,), 0, 10, seed=seed),
        ),
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["normal", "truncated", "labels"])
def test_draws_are_those_of_keras(kind, width):
    own, theirs = kinds(width)[kind]
    for seed in (0, 7, 2**31 + 5):
        expected = ops.convert_to_numpy(theirs(seed))[:5]
        np.testing.assert_allclose(own(seed), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["normal", "truncated", "labels"])
def test_a_generator_moves_on_as_with_keras(kind):
    own, theirs = kinds(3)[kind]
    ours, keras_own = keras.random.SeedGenerator(4), keras.random.SeedGenerator(4)
    draws = []
    for _ in range(3):
        expected = ops.convert_to_numpy(theirs(keras_own))[:5]
        draws.append(own(ours))
        np.testing.assert_allclose(draws[-1], expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ours.state), ops.convert_to_numpy(keras_own.state)
        )
    assert np.abs(draws[0] - draws[1]).max() > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_draws_are_floats_of_the_kind_that_keras_has(width):
    assert draw_normal(5, width, 1).dtype == "float32"
    before = keras.config.floatx()
    keras.config.set_floatx("bfloat16")
    try:
        assert str(draw_normal(5, width, 1).dtype) == "bfloat16"
    finally:
        keras.config.set_floatx(before)
    assert draw_truncated(5, width, 1, 0.5).dtype == "float32"
    assert draw_labels(5, 3, 1).dtype == "int32"
