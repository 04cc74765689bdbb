"""Models and images of which the right numbers are known."""

import keras
import numpy as np

from keras_genzoo.evaluation import ClassifierFeatures
from keras_genzoo.reports import ReportData, Subject

CLASSES = ("dark", "bright")


def images(n, seed, low=0, high=256):
    rng = np.random.default_rng(seed)
    return rng.integers(low, high, (n, 4, 4, 1), dtype="uint8")


def two_classes(n, seed):
    """Dark images, then bright ones, as many of each, and their labels."""
    dark, bright = images(n // 2, seed, 0, 100), images(n // 2, seed + 1, 156, 256)
    return np.concatenate([dark, bright]), np.repeat([0, 1], n // 2)


def data(n=40):
    train, train_labels = two_classes(2 * n, 10)
    test, test_labels = two_classes(n, 20)
    return ReportData("shades", train, test, train_labels, test_labels, CLASSES)


def brightness_features():
    """Two features, the means of the halves; bright above a half."""
    inputs = keras.Input((4, 4, 1))
    halves = keras.layers.AveragePooling2D((2, 4))(inputs)
    features = keras.layers.Flatten(name="features")(halves)
    logits = keras.layers.Dense(2, name="logits")(features)
    network = keras.Model(inputs, logits, name="classifier")
    network.get_layer("logits").set_weights(
        [np.array([[-50.0, 50.0], [-50.0, 50.0]]), np.array([50.0, -50.0])]
    )
    return ClassifierFeatures(network, CLASSES, "features", "brightness")


class Showing:
    """A model that samples given images, in their order."""

    example_shape = (4, 4, 1)

    def __init__(self, shown):
        self.shown = shown / np.float32(255)
        self.next = 0

    def sample(self, n, seed=None):
        chosen = np.arange(self.next, self.next + n) % len(self.shown)
        self.next += n
        return self.shown[chosen]


class ShowingClasses(Showing):
    """The same, of two classes; every fourth sample is of the other one."""

    num_classes = 2

    def sample(self, n=None, labels=None, seed=None):
        labels = np.asarray(labels)
        wrong = np.arange(len(labels)) % 4 == 3
        given = np.where(wrong, 1 - labels, labels)
        dark, bright = np.split(self.shown, 2)
        return np.where(
            given[:, None, None, None] == 0,
            dark[np.arange(len(labels)) % len(dark)],
            bright[np.arange(len(labels)) % len(bright)],
        )


def subject(model):
    return Subject(model, "shown", {})
