"""Weights drawn by one program are the initializer's, number for number."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import (
    DoublingConv2DTranspose,
    GroupedConv2D,
    HalvingConv2D,
    NearestDoublingConv2D,
    PlainConv2D,
    _weights,
)
from keras_genzoo.layers._weights import drawn

INITIALIZERS = {
    "normal": lambda: keras.initializers.RandomNormal(0.0, 0.02, seed=5),
    "shifted": lambda: keras.initializers.TruncatedNormal(1.0, 0.3, seed=6),
    "uniform": lambda: keras.initializers.RandomUniform(-0.2, 0.1, seed=7),
    "glorot": lambda: keras.initializers.GlorotUniform(seed=2**31 - 2),
    "he": lambda: keras.initializers.HeNormal(seed=8),
    "scaled": lambda: keras.initializers.VarianceScaling(
        2.0, mode="fan_avg", distribution="uniform", seed=9
    ),
    "orthogonal": lambda: keras.initializers.Orthogonal(gain=0.7, seed=10),
}
LAYERS = {
    "plain": (lambda k: PlainConv2D(6, 3, kernel_initializer=k), 4),
    "halving": (lambda k: HalvingConv2D(6, 4, kernel_initializer=k), 4),
    "doubling": (lambda k: DoublingConv2DTranspose(6, 4, kernel_initializer=k), 4),
    "nearest": (lambda k: NearestDoublingConv2D(6, kernel_initializer=k), 4),
    "grouped": (lambda k: GroupedConv2D(6, 3, groups=2, kernel_initializer=k), 4),
}


@pytest.fixture(autouse=True)
def as_users_have_it(monkeypatch):
    """Other tests draw out of fewer programs (`padded_draws`)."""
    monkeypatch.setattr(_weights, "drawn", drawn)


def kernel_of(layer, channels):
    layer.build((None, 8, 8, channels))
    return ops.convert_to_numpy(layer.kernel)


@pytest.mark.parametrize("kind", INITIALIZERS)
def test_numbers_are_the_initializers(kind):
    kernel = kernel_of(PlainConv2D(6, 3, kernel_initializer=INITIALIZERS[kind]()), 4)
    expected = ops.convert_to_numpy(INITIALIZERS[kind]()((3, 3, 4, 6)))
    np.testing.assert_allclose(kernel, expected, rtol=0, atol=3e-7)
    assert np.ptp(kernel) > 0


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_and_each_seed(name):
    make, channels = LAYERS[name]
    for seed in (1, 2):
        normal = keras.initializers.RandomNormal(0.0, 0.02, seed=seed)
        layer = make(normal)
        kernel = kernel_of(layer, channels)
        expected = ops.convert_to_numpy(normal(kernel.shape))
        np.testing.assert_allclose(kernel, expected, rtol=0, atol=1e-8)
        # What is saved is the initializer that was given.
        config = keras.saving.serialize_keras_object(layer)["config"]
        assert config["kernel_initializer"]["class_name"] == "RandomNormal"


def test_a_generator_as_a_seed_moves_on():
    seeds = keras.random.SeedGenerator(3)
    first, second = (
        kernel_of(
            PlainConv2D(
                6, 3, kernel_initializer=keras.initializers.RandomNormal(seed=seeds)
            ),
            4,
        )
        for _ in range(2)
    )
    again = keras.random.SeedGenerator(3)
    for kernel in (first, second):
        expected = keras.random.normal(kernel.shape, stddev=0.05, seed=again)
        np.testing.assert_allclose(
            kernel, ops.convert_to_numpy(expected), rtol=0, atol=1e-8
        )


def test_what_is_not_random_is_left_alone():
    layer = PlainConv2D(2, 3, kernel_initializer="ones", bias_initializer=own)
    np.testing.assert_array_equal(kernel_of(layer, 4), np.ones((3, 3, 4, 2)))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.bias), [3.0, 3.0])


def own(shape, dtype):
    return 3.0 * ops.ones(shape, dtype)


class Narrow(keras.initializers.RandomNormal):
    """Takes other arguments than its configuration has."""

    def __init__(self, shrink, seed):
        super().__init__(0.0, 1.0 / shrink, seed=seed)


def test_an_initializer_of_the_users_own():
    kernel = kernel_of(PlainConv2D(6, 3, kernel_initializer=Narrow(50, seed=4)), 4)
    expected = keras.initializers.RandomNormal(0.0, 0.02, seed=4)(kernel.shape)
    np.testing.assert_allclose(
        kernel, ops.convert_to_numpy(expected), rtol=0, atol=1e-8
    )


def test_half_precision_draws_what_keras_draws():
    normal = keras.initializers.RandomNormal(0.0, 0.02, seed=5)
    layer = PlainConv2D(6, 3, kernel_initializer=normal, dtype="bfloat16")
    layer.build((None, 8, 8, 4))
    kernel = ops.convert_to_numpy(ops.cast(layer.kernel, "float32"))
    expected = ops.cast(normal((3, 3, 4, 6), dtype="bfloat16"), "float32")
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "bfloat16"
    np.testing.assert_allclose(
        kernel, ops.convert_to_numpy(expected), rtol=2**-7, atol=1e-8
    )


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="programs are JAX's")
def test_layers_of_one_shape_share_a_program_also_inside_another():
    import jax

    from keras_genzoo.backends import jax_draws

    def kernel(seed):
        normal = keras.initializers.RandomNormal(0.0, 0.02, seed=seed)
        return kernel_of(PlainConv2D(5, 3, kernel_initializer=normal), 2)

    first = kernel(1)
    program = jax_draws._program(jax_draws.on_cpu())
    count = program._cache_size()
    assert np.abs(first - kernel(2)).max() > 0
    assert program._cache_size() == count
    normal = keras.initializers.RandomNormal(0.0, 0.02, seed=1)
    traced = jax.jit(lambda: drawn(normal)((3, 3, 2, 5)))()
    np.testing.assert_allclose(traced, first, rtol=0, atol=1e-8)
