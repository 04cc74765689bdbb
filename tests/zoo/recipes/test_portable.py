"""Arithmetic in which other rounding leaves a training as it is."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from keras_genzoo.zoo.recipes import find_recipe, portable
from keras_genzoo.zoo.recipes.curve import differences
from keras_genzoo.zoo.recipes.data import load_data
from keras_genzoo.zoo.recipes.portable import portable_arithmetic, rounded
from keras_genzoo.zoo.recipes.train import first_losses, fit, portable_losses, prepare

SHIFT = 1e-11


def numbers(variables):
    return [ops.convert_to_numpy(variable) for variable in variables]


def way(model, batches, shift):
    """How far weights go in a training that starts `shift` of themselves away."""
    weights = model.trainable_variables
    rng = np.random.default_rng(0)
    for variable, value in zip(weights, numbers(weights), strict=True):
        assert value.dtype == np.float64
        variable.assign(value * (1.0 + shift * rng.standard_normal(value.shape)))
    starts = numbers(weights)
    fit(model, batches, 2, [])
    return [end - start for start, end in zip(starts, numbers(weights), strict=True)]


def apart(recipe):
    """The largest difference between the ways of two trainings."""
    with portable_arithmetic():
        model, batches = prepare(recipe, load_data(recipe, test=False))
        begun = numbers(model.step_variables)
        ways = []
        for shift in (0.0, SHIFT):
            for variable, value in zip(model.step_variables, begun, strict=True):
                variable.assign(value)
            ways.append(way(model, batches, shift))
    assert max(np.abs(way).max() for way in ways[0]) > 1e-3
    return max(np.abs(a - b).max() for a, b in zip(*ways, strict=True))


@pytest.mark.parametrize("name", ["gan", "classifier", "cyclegan"])
def test_other_rounding_does_not_reach_the_weights(tmp_path, monkeypatch, name):
    recipe = find_recipe(str(tiny.write(tmp_path, name)[0]))
    assert apart(recipe) < SHIFT / 1000
    monkeypatch.setattr(portable, "rounded", lambda gradient: gradient)
    assert apart(recipe) > SHIFT / 100


def test_the_losses_repeat_after_others(tmp_path):
    recipe = find_recipe(str(tiny.write(tmp_path, "vae")[0]))
    losses = portable_losses(recipe, 6)
    first_losses(recipe, 6)
    assert differences(losses, portable_losses(recipe, 6)).max() < 1e-6


def test_gradients_in_steps_of_the_largest_entry():
    with portable_arithmetic():
        given = ops.convert_to_tensor([[1.0, 0.3], [-0.01, -0.02]], "float64")
        got = ops.convert_to_numpy(rounded(given))
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, [[1.0, 10 / 32], [0.0, -1 / 32]])
        # The power of two above 3e-5 is 2^-15.
        small = ops.convert_to_numpy(rounded(given * 3e-5))
        np.testing.assert_allclose(small, [[31 / 2**20, 9 / 2**20], [0, -1 / 2**20]])
        nothing = ops.convert_to_numpy(rounded(given * 0.0))
        np.testing.assert_array_equal(nothing, np.zeros((2, 2)))


def fail_inside():
    with portable_arithmetic():
        assert keras.config.floatx() == "float64"
        assert keras.layers.Dense(1).compute_dtype == "float64"
        assert keras.backend.result_type("float64", "float32") == "float64"
        x = ops.convert_to_tensor(np.float64(1.0) / 3.0)
        assert float(ops.mean(x)) == 1 / 3
        raise KeyError


def test_what_was_set_is_set_again():
    before = keras.backend.result_type("float64", "float32")
    with pytest.raises(KeyError):
        fail_inside()
    assert keras.config.floatx() == "float32"
    assert keras.layers.Dense(1).compute_dtype == "float32"
    assert keras.backend.result_type("float64", "float32") == before
    assert keras.backend.standardize_dtype(ops.ones(1).dtype) == "float32"
