"""The images that a model is measured on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.data import load
from keras_genzoo.data.unpaired import both_sides
from keras_genzoo.models import CycleGAN
from keras_genzoo.reports.subject import Subject
from keras_genzoo.zoo.recipes.data import load_data as load_recipe_data


@dataclass(frozen=True)
class ReportData:
    """Two splits of a data set; for a CycleGAN of two sides each.

    Attributes:
        name: of the set, as users write it.
        train: the training images, uint8 `(n, height, width, channels)`; for a
            CycleGAN a pair of these.
        test: images that the model was not trained on, likewise.
        train_labels, test_labels: their classes, or None.
        label_names: of the classes, or None.
    """

    name: str
    train: Any
    test: Any
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    label_names: tuple[str, ...] | None = None


def load_data(
    subject: Subject, name: str | None = None, style: str | None = None
) -> ReportData:
    """The images for a model, in its size and with its channels.

    Args:
        subject: the model.
        name: as in `data.load`; for a CycleGAN a folder with `trainA`, `trainB`,
            `testA` and `testB`, or a set of tensorflow-datasets with such splits. None
            takes the data that the model's own recipe names.
        style: of the emoji, see `data.load`.

    Raises:
        ValueError: no name, and none known from a recipe; a set without a test split;
            otherwise as `data.load`.
    """
    model = subject.model
    if name is None:
        return _from_recipe(subject)
    if isinstance(model, CycleGAN):
        if style is not None:
            raise ValueError(
                f"--style must not be given for a CycleGAN, got {style!r}: its sides "
                "are told by --data."
            )
        size = model.image_size
        train, test = (
            tuple(side.images for side in both_sides(name, split, size))
            for split in ("train", "test")
        )
        return ReportData(name, train, test)
    shape = image_shape(model)
    options = {"image_size": shape[:2], "channels": shape[2]}
    if style is not None:
        options["style"] = style
    train, test = (load(name, split, **options) for split in ("train", "test"))
    names = None if train.label_names is None else tuple(train.label_names)
    return ReportData(name, train.images, test.images, train.labels, test.labels, names)


def _from_recipe(subject: Subject) -> ReportData:
    if subject.recipe is None:
        raise ValueError(
            f"--data must name a data set: {subject.handle!r} does not say what it was "
            "trained on."
        )
    loaded = load_recipe_data(subject.recipe)
    table = subject.recipe.table("data")
    if loaded.sides is not None:
        names = " and ".join(str(table[side].get("name")) for side in "ab")
        return ReportData(names, loaded.sides, loaded.test_sides)
    train, test = loaded.train, loaded.test
    names = None if test.label_names is None else tuple(test.label_names)
    # The training labels of a semi-supervised model are hidden in part.
    labels = train.labels
    if labels is not None and labels.min() < 0:
        labels = None
    return ReportData(
        table["name"], train.images, test.images, labels, test.labels, names
    )


def image_shape(model: Any) -> tuple[int, int, int]:
    """`(height, width, channels)` of what a model makes or takes.

    Raises:
        ValueError: a model of something else than images.
    """
    shape = getattr(model, "example_shape", None)
    if shape is None:
        shape = getattr(getattr(model, "decoder", None), "output_shape", (None,))[1:]
    if len(shape) != 3 or None in shape:
        raise ValueError(
            f"HANDLE must be a model of images, got a {type(model).__name__} of "
            f"examples of shape {tuple(shape)}."
        )
    return tuple(shape)


def evenly(n: int, of: int) -> np.ndarray:
    """n places out of so many, evenly spaced; all where there are not more."""
    return np.linspace(0, of - 1, min(n, of)).astype(int)
