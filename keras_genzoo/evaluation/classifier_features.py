"""A classifier as extractor: its features, and what it takes images for."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_genzoo.evaluation.checks import to_numpy
from keras_genzoo.evaluation.features import NetworkFeatures


class ClassifierFeatures(NetworkFeatures):
    """The features before a classifier's logits, `(n, d)`; its probabilities besides.

    Args:
        classifier: a functional `keras.Model` from images in [0, 1] to logits
            `(batch, classes)`.
        class_names: of its classes, in their order.
        layer: name of the layer whose outputs are the features; None takes what the
            last layer is given.
        name: what results call these features.
        batch_size: the most images at a time.

    Attributes:
        class_names: of the classes, a tuple.
        image_shape: `(height, width, channels)` of the images it takes.
        probabilities: an extractor, from images to class probabilities `(n, classes)`,
            as `class_score` and `class_balance` take it.

    Raises:
        ValueError: a layer that the network does not have; not a name for each class.
    """

    def __init__(
        self,
        classifier: keras.Model,
        class_names: Sequence[str],
        layer: str | None = None,
        name: str | None = None,
        batch_size: int = 256,
    ):
        classes = classifier.output_shape[-1]
        if len(class_names) != classes:
            raise ValueError(
                f"`class_names` must name the {classes} classes of the classifier, got "
                f"{len(class_names)} names."
            )
        name = name or classifier.name
        before = layer or classifier.layers[-2].name
        super().__init__(classifier, before, name, batch_size)
        self.class_names = tuple(class_names)
        self.image_shape = tuple(classifier.input_shape[1:])
        self.probabilities = _Probabilities(classifier, name, batch_size)

    def __call__(self, images: Any) -> np.ndarray:
        """float32 `(n, d)` of `uint8` or [0, 1] images.

        Raises:
            ValueError: images of another shape than the classifier's.
        """
        images = to_numpy(images)
        if images.shape[1:] != self.image_shape:
            raise ValueError(
                f"`images` must have shape (n, {', '.join(map(str, self.image_shape))})"
                f" for the features of {self.name}, got {images.shape}."
            )
        return super().__call__(images)

    def classify(self, images: Any) -> np.ndarray:
        """The class that each image is taken for, integers `(n,)`."""
        return self.probabilities(images).argmax(axis=-1)


class _Probabilities(NetworkFeatures):
    """The softmax of the logits, float64, so that rows sum to 1."""

    def __init__(self, classifier: keras.Model, name: str, batch_size: int):
        super().__init__(classifier, None, f"{name} probabilities", batch_size)

    def __call__(self, images: Any) -> np.ndarray:
        logits = super().__call__(images).astype("float64")
        exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)
