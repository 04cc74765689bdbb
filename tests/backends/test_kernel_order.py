"""Where a kernel's numbers lie in memory changes nothing but the time that it takes."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as gz

IMAGES = np.random.default_rng(0).random((8, 8, 8, 3)).astype("float32")


def judge(norm):
    x = inputs = keras.Input((8, 8, 3))
    x = gz.layers.HalvingConv2D(6)(x)
    if norm:
        # Its maps lie in memory a channel at a time.
        x = gz.layers.InstanceNormalization()(x)
    x = layers.Conv2D(5, 3, padding="same")(layers.LeakyReLU(0.2)(x))
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))


def model(norm):
    z = keras.Input((4,))
    x = layers.Reshape((4, 4, 6))(layers.Dense(96, activation="tanh")(z))
    x = gz.layers.DoublingConv2DTranspose(3, activation="tanh")(x)
    keras.utils.set_random_seed(0)
    return gz.GAN(keras.Model(z, x), judge(norm), average_half_life=8, seed=0)


def train(norm, **options):
    gan = model(norm)
    rng = np.random.default_rng(1)
    for weight in gan.trainable_weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    adams = (keras.optimizers.Adam(0.01, epsilon=1e-2, **options) for _ in range(2))
    gan.compile(discriminator_optimizer=next(adams), generator_optimizer=next(adams))
    gan.fit(IMAGES, batch_size=4, epochs=3, shuffle=False, verbose=0)
    return gan


@pytest.mark.parametrize("norm", [False, True])
def test_the_kernels_are_updated_as_by_keras_adam(norm, tmp_path):
    gan = train(norm)
    # An option that changes nothing has Keras' own optimizer make the update.
    by_keras = train(norm, weight_decay=0.0)
    for ours, theirs in zip(gan.weights, by_keras.weights, strict=True):
        np.testing.assert_allclose(
            *(ops.convert_to_numpy(w) for w in (ours, theirs)), rtol=1e-4, atol=1e-5
        )
    # And they are saved and read as ever.
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for saved, read in zip(gan.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(*(ops.convert_to_numpy(w) for w in (saved, read)))


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="PyTorch's order")
@pytest.mark.parametrize("norm", [False, True])
def test_a_trained_kernel_is_taken_as_it_lies(norm):
    import torch

    from keras_genzoo.backends.torch_kernels import channels_first

    gan = train(norm)
    after_norm = gan.discriminator.layers[-3].kernel.value
    others = [gan.generator.layers[-1], gan.discriminator.layers[1]]
    for kernel in (after_norm, *(layer.kernel.value for layer in others)):
        by_channel = norm and kernel is after_norm
        layout = torch.contiguous_format if by_channel else torch.channels_last
        maps = torch.zeros(2, kernel.shape[2], 5, 5).to(memory_format=layout)
        assert channels_first(kernel, maps).data_ptr() == kernel.data_ptr()
        assert not kernel.is_contiguous()
