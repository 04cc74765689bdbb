"""A recipe's data: images, labels and batches in an order that depends on the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_genzoo.data import ArrayDataset, load, unpaired
from keras_genzoo.zoo.recipes.looks import look
from keras_genzoo.zoo.recipes.recipe import Recipe

CLASSES = ("category", "category_and_style")
MISSING = -1


@dataclass(frozen=True)
class RecipeData:
    """What a recipe trains and measures on.

    Attributes:
        train: training images, labels of -1 where they are kept from the model.
        test: images that nothing is trained on; None where they were not asked for.
        sides: the training images of both sides of a CycleGAN, else None.
        test_sides: the test images of both sides; pairs, where both sides are pictures
            of the same things.
    """

    train: ArrayDataset
    test: ArrayDataset | None = None
    sides: tuple[np.ndarray, np.ndarray] | None = None
    test_sides: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def count(self) -> int:
        """How many different training images there are."""
        return len(self.train) if self.sides is None else sum(map(len, self.sides))


def load_data(recipe: Recipe, test: bool = True) -> RecipeData:
    """The images that a recipe names.

    Args:
        recipe: as from `find_recipe`.
        test: whether the test images are wanted. They are measured with, not trained
            on, and may have to be downloaded.

    Raises:
        ValueError: a set, a category or a kind of class that there is not.
        ImportError, ConnectionError: as `keras_genzoo.data.load`.
    """
    table = recipe.table("data")
    if "a" in table or "b" in table:
        return _sides(recipe, table, test)
    if "name" not in table:
        raise ValueError("`data.name` is missing in the recipe.")
    train = _choose(_load(table, "train"), table)
    others = _choose(_load(table, "test"), {**table, "limit": 0}) if test else None
    labelled = table.get("labelled_of_a_class")
    if labelled is not None:
        train = _hide_labels(train, labelled, recipe["seed"])
    return RecipeData(train, others)


def make_batches(recipe: Recipe, data: RecipeData) -> keras.utils.PyDataset:
    """Batches for `fit(batches, shuffle=False)`; whole ones, in an order by `epoch`."""
    training = recipe["training"]
    seed, size = recipe["seed"], training["batch_size"]
    if data.sides is not None:
        shift, ground = training.get("shift", 0), recipe["data"].get("background", 0)
        margins = [(0, 0), (shift, shift), (shift, shift), (0, 0)]
        sides = [np.pad(x, margins, constant_values=ground) for x in data.sides]
        return unpaired(
            *sides,
            size,
            crop=data.sides[0].shape[1:3],
            flip=training.get("flip", False),
            seed=seed,
        )
    train, repeat = data.train, recipe["data"].get("repeat", 1)
    if repeat > 1:
        labels = None if train.labels is None else np.tile(train.labels, repeat)
        train = ArrayDataset(np.tile(train.images, (repeat, 1, 1, 1)), labels)
    return train.batches(
        min(size, len(train)),
        seed=seed,
        labels=takes_labels(recipe),
        drop_remainder=True,
        flip=training.get("flip", False),
        shift=training.get("shift", 0),
    )


def takes_labels(recipe: Recipe) -> bool:
    """Whether the recipe's model is trained on labels."""
    return recipe["model"] in (
        "Classifier",
        "ConditionalGAN",
        "ConditionalVAE",
        "SemiSupervisedVAE",
    )


def _load(table: Mapping[str, Any], split: str) -> ArrayDataset:
    options = {"style": table["style"]} if "style" in table else {}
    loaded = load(table["name"], split, **options)
    return ArrayDataset(
        loaded.images, loaded.labels, label_names=loaded.label_names, names=loaded.names
    )


def _choose(dataset: ArrayDataset, table: Mapping[str, Any]) -> ArrayDataset:
    """The chosen categories and as many images, with the recipe's classes."""
    images, labels, names = dataset.images, dataset.labels, dataset.label_names
    chosen = np.arange(len(images))
    categories = table.get("categories")
    if categories:
        for name in categories:
            if name not in (names or []):
                raise ValueError(
                    f"`data.categories` must be some of {names}, got {name!r}."
                )
        numbers = [names.index(name) for name in categories]
        chosen = np.flatnonzero(np.isin(labels, numbers))
        labels = np.searchsorted(np.sort(numbers), labels)
        names = [names[number] for number in sorted(numbers)]
    kind = table.get("classes", "category")
    if kind not in CLASSES:
        raise ValueError(f"`data.classes` must be one of {CLASSES}, got {kind!r}.")
    if kind == "category_and_style":
        if table.get("style") != "both":
            raise ValueError('`data.classes` needs `data.style = "both"`.')
        # All of one style come before all of the other.
        labels = 2 * labels + (np.arange(len(labels)) >= len(labels) // 2)
        names = [f"{name}, {style}" for name in names for style in ("Noto", "Twemoji")]
    if table.get("limit"):
        order = np.random.default_rng(0).permutation(len(chosen))
        chosen = np.sort(chosen[order[: table["limit"]]])
    return ArrayDataset(
        images[chosen],
        None if labels is None else labels[chosen].astype("int32"),
        label_names=names,
    )


def _hide_labels(dataset: ArrayDataset, of_a_class: int, seed: int) -> ArrayDataset:
    """The labels of all but so many images of each class become -1."""
    rng = np.random.default_rng(seed)
    labels = dataset.labels
    kept = np.concatenate(
        [
            rng.choice(np.flatnonzero(labels == label), of_a_class, replace=False)
            for label in range(len(dataset.label_names))
        ]
    )
    hidden = np.full_like(labels, MISSING)
    hidden[kept] = labels[kept]
    return ArrayDataset(dataset.images, hidden, label_names=dataset.label_names)


def _sides(recipe: Recipe, table: Mapping[str, Any], test: bool) -> RecipeData:
    for side in "ab":
        if "name" not in table.get(side, {}):
            raise ValueError(f"`data.{side}.name` is missing in the recipe.")
    splits = ("train", "test") if test else ("train",)
    train, *others = (
        tuple(_side(table[side], split, recipe["seed"]) for side in "ab")
        for split in splits
    )
    first = ArrayDataset(train[0])
    if not others:
        return RecipeData(first, sides=train)
    return RecipeData(first, ArrayDataset(others[0][0]), train, others[0])


def _side(table: Mapping[str, Any], split: str, seed: int) -> np.ndarray:
    """One side's images: `part = [i, n]` is the i-th of n disjoint parts."""
    images = look(table.get("look", "as_is"), _load(table, split).images)
    if split == "train" and "part" in table:
        part = table["part"]
        whole = all(isinstance(p, int) and not isinstance(p, bool) for p in part)
        if len(part) != 2 or not whole or not 0 <= part[0] < part[1]:
            raise ValueError(
                "`part` of a side must be [i, n], the i-th (from 0) of n parts, got "
                f"{part!r}."
            )
        order = np.random.default_rng(seed).permutation(len(images))
        images = images[np.array_split(order, part[1])[part[0]]]
    limit = table.get("limit", 0) if split == "train" else 0
    return images[:limit] if limit else images
