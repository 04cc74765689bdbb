"""Seeds for a joint batch, and where they are kept."""

import keras
import numpy as np
import pytest

from keras_genzoo.layers import JointSeedGenerator


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="of PyTorch alone")
def test_seeds_stay_on_the_host_whatever_the_device():
    # A device that nothing can be read from stands for a GPU.
    with keras.device("meta"):
        seeds = JointSeedGenerator(3)
        drawn = [seeds.next() for _ in range(2)]
    assert seeds.state.value.device.type == "cpu"
    np.testing.assert_array_equal([d.tolist() for d in drawn], [[3, 0], [3, 1]])


def test_draws_are_those_of_a_plain_generator():
    seeds, plain = JointSeedGenerator(3), keras.random.SeedGenerator(3)
    for _ in range(2):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(keras.random.normal((5,), seed=seeds)),
            keras.ops.convert_to_numpy(keras.random.normal((5,), seed=plain)),
        )
