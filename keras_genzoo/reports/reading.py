"""Images read by a classifier, in the classes of the data."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_genzoo.evaluation import ClassifierFeatures


class Reader:
    """Class probabilities for a data set's classes, an extractor.

    A classifier may tell more apart than the data's labels do: a category in each
    style of drawing is still that category. Classes that the data has not are left
    out, and the others' probabilities sum to 1 again.

    Args:
        features: the classifier.
        label_names: of the data's classes.

    Attributes:
        label_names: of the classes that it tells apart.
    """

    def __init__(self, features: ClassifierFeatures, label_names: Sequence[str]):
        self._features = features
        self.label_names = tuple(label_names)
        self._matrix = np.array(
            [
                [
                    name == label or name.startswith(f"{label}, ")
                    for label in label_names
                ]
                for name in features.class_names
            ],
            "float64",
        )
        self.name = features.name

    def __call__(self, images: Any) -> np.ndarray:
        """`(n, classes of the data)`, rows that sum to 1."""
        p = self._features.probabilities(images) @ self._matrix + 1e-12
        return p / p.sum(axis=1, keepdims=True)

    def classify(self, images: Any) -> np.ndarray:
        """The class that each image is taken for, integers `(n,)`."""
        return self(images).argmax(axis=1)


def reader_for(features: Any, label_names: Sequence[str] | None) -> Reader | None:
    """A reader of the data's classes; None where the features know them not."""
    if not isinstance(features, ClassifierFeatures):
        return None
    reader = Reader(features, label_names or features.class_names)
    return reader if reader._matrix.any(axis=0).all() else None
