"""The pool against a list of images and a loop, image by image."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import ImagePool

SIZE = 5


def reference_query(pool, images, slots, coins):
    """As the paper's authors wrote it: a Python list and an if."""
    returned = []
    for image, slot, coin in zip(images, slots, coins, strict=True):
        if len(pool) < SIZE:
            pool.append(image)
            returned.append(image)
        elif coin < 0.5:
            returned.append(pool[slot])
            pool[slot] = image
        else:
            returned.append(image)
    return np.stack(returned)


@pytest.mark.parametrize("batch", [1, 3, 12])
def test_queries_are_those_of_a_loop(batch):
    pool, expected = ImagePool(SIZE, (2, 2, 1), seed=3), []
    draws = keras.random.SeedGenerator(3)
    rng = np.random.default_rng(0)
    swapped = 0
    for _ in range(24 // batch + 4):
        images = rng.normal(size=(batch, 2, 2, 1)).astype("float32")
        slots, coins = (
            ops.convert_to_numpy(numbers)
            for numbers in (
                keras.random.randint((batch,), 0, SIZE, seed=draws),
                keras.random.uniform((batch,), seed=draws),
            )
        )
        want = reference_query(expected, images, slots, coins)
        got = ops.convert_to_numpy(pool.query(ops.convert_to_tensor(images)))
        np.testing.assert_array_equal(got, want)
        swapped += int((got != images).any(axis=(1, 2, 3)).sum())
        held = ops.convert_to_numpy(pool.images)
        np.testing.assert_array_equal(held[: len(expected)], np.stack(expected))
        assert not held[len(expected) :].any()
        assert float(pool.fill) == pytest.approx(len(expected) / SIZE)
    assert 0 < swapped < 24 + 4 * batch - SIZE


def test_a_full_pool_swaps_half_of_the_time():
    pool = ImagePool(SIZE, (1, 1, 1), seed=0)
    pool.query(ops.zeros((SIZE, 1, 1, 1)))
    new = ops.reshape(ops.arange(1, 2001, dtype="float32"), (-1, 1, 1, 1))
    got = ops.convert_to_numpy(pool.query(new)).ravel()
    # Binomial: four standard deviations are 0.045.
    assert np.mean(got != np.arange(1, 2001)) == pytest.approx(0.5, abs=0.045)


def test_without_a_pool_images_pass():
    pool = ImagePool(0, (1, 1, 1))
    images = np.ones((2, 1, 1, 1), "float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(pool.query(images)), images)
    assert pool.weights == []
