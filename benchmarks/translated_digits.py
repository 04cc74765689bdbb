"""Digits of one look made digits of another: the task, the model, the scores.

Side a is MNIST's grey digits of one half of the training images, side b the other half
as orange strokes with a blue outline on cream paper (`keras_genzoo.data.outlined`), so
no pair is ever seen. The test images, where every pair and label is known, say how well
it went.
"""

import keras
import numpy as np
from digits_data import CLASSES, Digits

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.models.translation import DIRECTIONS
from keras_genzoo.training import LinearDecay

SIDE = 28
# The adversarial weight and those of the cycles from a and from b: the rows of the
# paper's ablation.
ROWS = {
    "cycle alone": (0.0, 10.0, 10.0),
    "GAN alone": (1.0, 0.0, 0.0),
    "GAN + forward cycle": (1.0, 10.0, 0.0),
    "GAN + backward cycle": (1.0, 0.0, 10.0),
    "full": (1.0, 10.0, 10.0),
}


def training_sides(digits: Digits, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 images of each look, of disjoint halves of the training digits."""
    order = np.random.default_rng(seed).permutation(len(digits.train_images))
    half_a, half_b = np.array_split(order, 2)
    return digits.train_images[half_a], gz.data.outlined(digits.train_images[half_b])


def build(weights: tuple[float, float, float], width: int, seed: int) -> gz.CycleGAN:
    adversarial, *cycles = weights

    def generator(channels: int, output_channels: int, seed: int) -> keras.Model:
        return networks.cyclegan_generator(
            channels,
            output_channels,
            width=width,
            blocks=3,
            upsample="nearest",
            halvings=1,
            edge_size=5,
            seed=seed,
        )

    return gz.CycleGAN(
        generator(1, 3, 4 * seed),
        generator(3, 1, 4 * seed + 1),
        networks.patchgan_discriminator(1, 2 * width, depth=2, seed=4 * seed + 2),
        networks.patchgan_discriminator(3, 2 * width, depth=2, seed=4 * seed + 3),
        image_size=SIDE,
        adversarial_weight=adversarial,
        cycle_weight=tuple(cycles),
        seed=seed,
    )


def train(
    digits: Digits,
    row: str = "full",
    seed: int = 0,
    width: int = 16,
    epochs: int = 8,
    batch_size: int = 8,
    verbose: int = 0,
) -> gz.CycleGAN:
    """A model trained on the two sides, at a rate that falls in the second half."""
    batches = gz.data.unpaired(
        *training_sides(digits, seed), batch_size=batch_size, seed=seed
    )
    model = build(ROWS[row], width, seed)
    constant = max(epochs // 2, 1)
    model.compile(
        learning_rate=LinearDecay(
            5e-4, len(batches), constant, max(epochs - constant, 1)
        )
    )
    model.fit(batches, epochs=epochs, shuffle=False, verbose=verbose)
    return model


def train_reader(images: np.ndarray, labels: np.ndarray, epochs: int) -> keras.Model:
    """A convolutional classifier of uint8 images, with a softmax over the logits."""
    network = networks.conv_classifier(images.shape[1:], CLASSES, dropout=0.5, seed=0)
    inputs = keras.Input(images.shape[1:])
    model = keras.Model(inputs, network(keras.layers.Rescaling(1.0 / 255.0)(inputs)))
    # Keras' layers that move images make JAX train without compiling.
    batches = gz.data.ArrayDataset(images, labels).batches(
        64, seed=0, labels=True, drop_remainder=True, shift=2
    )
    steps = epochs * len(batches)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return model


class Judges:
    """What scores a model: the test pairs, and a reader of the digits of each look."""

    def __init__(self, digits: Digits, images: int, epochs: int = 12):
        grey = digits.test_images[:images]
        self.sides = (grey, gz.data.outlined(grey))
        self.labels = digits.test_labels[:images]
        train_sides = (digits.train_images, gz.data.outlined(digits.train_images))
        self.readers = [
            train_reader(side, digits.train_labels, epochs) for side in train_sides
        ]

    def reading(self, images: np.ndarray, side: int) -> float:
        """The share of images in [0, 1] that the look's reader reads right."""
        logits = self.readers[side].predict(255.0 * images, batch_size=500, verbose=0)
        return float(np.mean(np.argmax(logits, axis=-1) == self.labels))

    def accuracy(self) -> list[float]:
        """Of the readers on real test digits of each look."""
        return [self.reading(x / 255.0, side) for side, x in enumerate(self.sides)]

    def score(self, model: gz.CycleGAN) -> dict:
        """By direction: `error`, `kept`, `cycle_error`, `styled`.

        `error` is the mean absolute one to the true counterpart, pixels in [0, 1];
        `kept` the share of translations read as the digit that they were; `styled` the
        share nearer to the true counterpart than to the image left as it is, and so
        of the other look.
        """
        result = {}
        for direction, start, goal in zip(
            DIRECTIONS, self.sides, self.sides[::-1], strict=True
        ):
            there = model.translate(start, direction)
            back = model.translate(there, DIRECTIONS[1 - DIRECTIONS.index(direction)])
            target = DIRECTIONS.index(direction) ^ 1
            wanted = _distance(there, goal / 255.0)
            result[direction] = {
                "error": float(np.mean(wanted)),
                "kept": self.reading(there, target),
                "cycle_error": float(np.mean(_distance(back, start / 255.0))),
                "styled": float(np.mean(wanted < _distance(there, start / 255.0))),
            }
        return result


def _distance(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean absolute difference of each pair; grey is compared as RGB."""
    return np.mean(np.abs(images - others), axis=(1, 2, 3))
