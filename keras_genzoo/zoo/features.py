"""The bundled classifiers as extractors for `keras_genzoo.evaluation`.

Small convolutional networks (`networks.vgg_classifier`), trained by the recipes of the
same names. Distances in their features compare among themselves; none may be called
FID.
"""

import functools

from keras_genzoo.data import load
from keras_genzoo.data.emoji import STYLES
from keras_genzoo.data.label_names import DIGIT_NAMES, FASHION_MNIST_NAMES
from keras_genzoo.evaluation import ClassifierFeatures
from keras_genzoo.zoo.load import from_preset

# Data set -> preset of the classifier that reads it.
CLASSIFIERS = {
    "mnist": "classifier_mnist",
    "mnist_5000": "classifier_mnist",
    "fashion_mnist": "classifier_fashion_mnist",
    "emoji": "classifier_emoji",
}


def digit_features() -> ClassifierFeatures:
    """Features `(n, 64)` of 28x28 grey digits, and which of the 10 they are.

    `classifier_mnist`, trained on 5,000 digits of MNIST.
    """
    return _features("classifier_mnist", DIGIT_NAMES)


def clothes_features() -> ClassifierFeatures:
    """Features `(n, 64)` of 28x28 grey clothes, and which of the 10 kinds they are.

    `classifier_fashion_mnist`, trained on the 60,000 of Fashion-MNIST.
    """
    return _features("classifier_fashion_mnist", FASHION_MNIST_NAMES)


def emoji_features() -> ClassifierFeatures:
    """Features `(n, 64)` of 32x32 RGB emoji, and their class out of 20.

    `classifier_emoji`, trained on the 1,711 bundled emoji in both styles; class
    `2 * category + style` is a category in the style of Noto (0) or Twemoji (1).
    """
    names = load("emoji", "test").label_names
    classes = (f"{name}, {style.capitalize()}" for name in names for style in STYLES)
    return _features("classifier_emoji", tuple(classes))


def features_for(data: str) -> ClassifierFeatures:
    """The features for a data set.

    Args:
        data: `"mnist"`, `"mnist_5000"`, `"fashion_mnist"` or `"emoji"`.

    Raises:
        ValueError: a set that no bundled classifier reads.
    """
    if data not in CLASSIFIERS:
        raise ValueError(
            f"`data` must be one of {list(CLASSIFIERS)}, which the bundled classifiers "
            f"read, got {data!r}."
        )
    return _BUILDERS[CLASSIFIERS[data]]()


_BUILDERS = {
    "classifier_mnist": digit_features,
    "classifier_fashion_mnist": clothes_features,
    "classifier_emoji": emoji_features,
}


@functools.cache
def _features(preset: str, class_names: tuple[str, ...]) -> ClassifierFeatures:
    return ClassifierFeatures(from_preset(preset), class_names, "features", preset)
