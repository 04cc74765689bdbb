"""Packs against NumPy."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as gz
from keras_genzoo.models.packing import pack_examples, unpack_examples


@pytest.mark.parametrize("shape", [(6, 5), (6, 3, 4, 2)])
def test_neighbours_are_joined_along_the_last_axis(shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    expected = np.concatenate([x[0::3], x[1::3], x[2::3]], axis=-1)
    packed = pack_examples(ops.convert_to_tensor(x), 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(packed), expected)
    apart = unpack_examples(packed, 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(apart), x)


def constant_generator(value):
    return keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(
                1,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(value),
            ),
        ]
    )


def test_the_discriminator_judges_pairs():
    """logit = a1 x1 + a2 x2; the generator is a constant b."""
    b, a = 0.3, np.array([[0.5], [-1.0]])
    discriminator = keras.Sequential(
        [keras.Input((2,)), layers.Dense(1, use_bias=False)]
    )
    discriminator.set_weights([a])
    model = gz.GAN(constant_generator(b), discriminator, pack=2)
    rate = 0.1
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(rate),
        generator_optimizer=keras.optimizers.SGD(rate),
    )
    x = np.array([[1.0], [2.0], [-1.0], [0.5]], "float32")
    logs = model.train_on_batch(x, return_dict=True)
    pairs = x.reshape(2, 2)
    real, fake = pairs @ a, np.full((2, 2), b) @ a
    loss = np.mean(np.logaddexp(0, -real) + np.logaddexp(0, fake))
    assert float(ops.convert_to_numpy(logs["discriminator_loss"])) == pytest.approx(
        loss, rel=1e-5
    )

    def sigmoid(t):
        return 1 / (1 + np.exp(-t))

    slope = np.mean(-pairs * sigmoid(-real) + b * sigmoid(fake), axis=0)[:, None]
    a = a - rate * slope
    np.testing.assert_allclose(discriminator.get_weights()[0], a, rtol=1e-5)
    # Both of a pair are the generator's, so b moves by both slopes.
    step = -np.sum(a) * sigmoid(-b * np.sum(a))
    assert model.generator.get_weights()[1][0] == pytest.approx(
        b - rate * step, rel=1e-5
    )
