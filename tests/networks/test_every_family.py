"""What every network promises: saving, seeds' labels, half precision."""

import keras
import numpy as np
import pytest

from tests.networks.small_networks import (
    BUILDERS,
    evaluate,
    inputs_for,
    kept,
    randomize,
    small,
)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_saved_network_is_the_same_network(name, tmp_path):
    with kept(small(name)) as network:
        randomize(network)
        inputs = inputs_for(network)
        network.save(tmp_path / "network.keras")
        loaded = keras.saving.load_model(tmp_path / "network.keras")
        assert loaded.name == network.name == name.split("_")[1]
        np.testing.assert_allclose(
            evaluate(loaded, inputs), evaluate(network, inputs), atol=1e-6
        )
        # Labels matter, and each example goes its own way.
        others = [x + 1 if x.dtype == "int32" else x for x in inputs]
        others[1] %= 3
        one, other = evaluate(network, inputs), evaluate(network, others)
        assert all(np.any(a != b) for a, b in zip(one, other, strict=True))
        if name.endswith("generator") and name != "r3gan_generator":
            assert np.abs(one).max() <= 1.0


# JAX compiles each operation of each shape anew: two networks have all the layers
# with a norm or a product of their own.
HALF = ["biggan_generator", "biggan_discriminator"]


@pytest.mark.parametrize(
    "name", HALF if keras.backend.backend() == "jax" else list(BUILDERS)
)
def test_half_precision_is_near(name):
    full = small(name)
    inputs = inputs_for(full)
    keras.config.set_dtype_policy("mixed_float16")
    half = BUILDERS[name]()
    got = half(inputs)
    if name.endswith("discriminator"):
        assert keras.backend.standardize_dtype(got.dtype) == "float32"
    got = evaluate(half, inputs).astype("float32")
    expected = evaluate(full, inputs)
    assert np.all(np.isfinite(got))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(got, expected, atol=0.02 * scale)
