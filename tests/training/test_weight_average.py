"""The averaged generator against its recursion in NumPy."""

import keras
import numpy as np
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks


class Record(keras.callbacks.Callback):
    """The generator's weights after every step."""

    def on_train_begin(self, logs=None):
        self.history = [self.model.generator.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        self.history.append(self.model.generator.get_weights())


def image_gan(**kwargs):
    return gz.GAN(
        networks.dcgan_generator((28, 28, 1), 4, 4, seed=0),
        networks.dcgan_discriminator((28, 28, 1), 4, seed=1),
        seed=0,
        **kwargs,
    )


def test_average_of_weights_and_batch_statistics(tmp_path):
    half_life, batch, ramp = 6.0, 4, 0.05
    model = image_gan(average_half_life=half_life)
    model.compile()
    x = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), dtype="uint8")
    record = Record()
    model.fit(x, batch_size=batch, epochs=5, verbose=0, callbacks=[record])
    average, seen = record.history[0], 0
    sizes = ([batch] * 12 + [2]) * 5
    for size, weights in zip(sizes, record.history[1:], strict=True):
        seen += size
        keep = 0.5 ** (size / min(half_life, ramp * seen))
        average = [
            keep * a + (1 - keep) * w for a, w in zip(average, weights, strict=True)
        ]
    got = model.average_generator.get_weights()
    moved = 0.0
    for a, b, last in zip(average, got, record.history[-1], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)
        moved = max(moved, np.abs(a - last).max())
    assert moved > 5e-4

    z = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    for averaged, network in (
        (None, model.average_generator),
        (True, model.average_generator),
        (False, model.generator),
    ):
        images = ops.convert_to_numpy(network(z, training=False))
        np.testing.assert_allclose(
            model.decode(z, averaged=averaged), (images + 1) / 2, atol=1e-6
        )
    model.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.sample(2, seed=3), model.sample(2, seed=3))
    # The ramp goes on from the examples seen.
    np.testing.assert_allclose(ops.convert_to_numpy(loaded.trained_examples), seen)
