"""The picture of a preset: what its model makes."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_genzoo.latent import latent_grid
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.pixels import to_float_array
from keras_genzoo.visualization import image_grid, strip
from keras_genzoo.zoo.recipes.data import RecipeData
from keras_genzoo.zoo.recipes.recipe import Recipe

COUNT = 64


def draw(model: keras.Model, recipe: Recipe, data: RecipeData) -> np.ndarray:
    """The picture that the recipe's table `samples` asks for, uint8.

    Args:
        model: as loaded from its preset.
        recipe: its recipe.
        data: as `load_data` gives them.

    Raises:
        ValueError: a kind of picture that there is not.
    """
    table = recipe.table("samples")
    name = table["picture"]
    if name not in PICTURES:
        raise ValueError(
            f"`samples.picture` must be one of {sorted(PICTURES)}, got {name!r}."
        )
    return PICTURES[name](model, table, data, recipe["seed"])


def _samples(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """Draws from the prior."""
    options = {"truncation": table["truncation"]} if "truncation" in table else {}
    images = model.sample(table.get("count", COUNT), seed=seed, **options)
    return _grid(images, table)


def _classes(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """Draws from the prior, a column a class."""
    classes = model.num_classes
    labels = np.tile(np.arange(classes), -(-table.get("count", COUNT) // classes))
    options = {"truncation": table["truncation"]} if "truncation" in table else {}
    images = model.sample(labels=labels, seed=seed, **options)
    return _grid(images, {**table, "columns": classes})


def _styles(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """Rows of one latent each, a column a class."""
    classes = model.num_classes
    rows = -(-table.get("count", COUNT) // classes)
    z = np.random.default_rng(seed).standard_normal((rows, model.latent_dim))
    z = np.repeat(z.astype("float32"), classes, axis=0)
    images = model.decode(z, np.tile(np.arange(classes), rows))
    return _grid(images, {**table, "columns": classes})


def _plane(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """The plane of two latents through the prior's quantiles."""
    steps = round(table.get("count", 225) ** 0.5)
    return strip(latent_grid(model, steps), padding=0, scale=table.get("scale", 1))


def _map(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """The plane of two latents, without a prior, through the training data's."""
    steps = round(table.get("count", 225) ** 0.5)
    z = model.encode(data.train.images)
    shares = np.linspace(0.02, 0.98, steps)
    x, y = (np.quantile(z[:, i], shares) for i in (0, 1))
    columns, rows = np.meshgrid(x, y[::-1])
    plane = np.stack([columns, rows], axis=-1).astype("float32")
    images = model.decode(plane.reshape(-1, 2))
    images = images.reshape(steps, steps, *images.shape[1:])
    return strip(images, padding=0, scale=table.get("scale", 1))


def _reconstructions(
    model: Any, table: dict, data: RecipeData, seed: int
) -> np.ndarray:
    """Test images, each with its reconstruction below it."""
    columns = table.get("columns", 8)
    count = table.get("count", COUNT) // (2 * columns) * columns
    chosen = np.linspace(0, len(data.test) - 1, count).astype(int)
    images = data.test.images[chosen]
    pairs = np.stack([to_float_array(images), model.reconstruct(images)])
    pairs = pairs.reshape(2, -1, columns, *images.shape[1:]).swapaxes(0, 1)
    return _grid(pairs.reshape(-1, *images.shape[1:]), {**table, "columns": columns})


def _components(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """The mean and the first components, stretched to the range of a picture, grey
    where they are zero; below them test images and their reconstructions."""
    columns = table.get("columns", 8)
    components = model.components()[: 2 * columns - 1]
    largest = np.abs(components).max(axis=(1, 2, 3), keepdims=True)
    mean = to_float_array(data.train.images).mean(axis=0, keepdims=True)
    chosen = np.linspace(0, len(data.test) - 1, 2 * columns).astype(int)
    images = data.test.images[chosen]
    shown = [mean, 0.5 + 0.5 * components / largest]
    for half in np.split(images, 2):
        shown += [to_float_array(half), model.reconstruct(half)]
    return _grid(np.concatenate(shown), {**table, "columns": columns})


def _round_trips(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """Test images, their translation and the translation back: a to b, then b to a."""
    columns = table.get("columns", 12)
    rows = max(table.get("count", COUNT) // columns, 2) // 2
    parts = []
    for side, direction in enumerate(("a_to_b", "b_to_a")):
        images = data.test_sides[side]
        chosen = np.linspace(0, len(images) - 1, rows * columns // 3).astype(int)
        trips = model.round_trip(images[chosen], direction)
        parts.append(trips.reshape(-1, *trips.shape[2:]))
    channels = max(part.shape[-1] for part in parts)
    parts = [np.broadcast_to(p, (*p.shape[:-1], channels)) for p in parts]
    return _grid(np.concatenate(parts), {**table, "columns": columns})


def _readings(model: Any, table: dict, data: RecipeData, seed: int) -> np.ndarray:
    """Test images, a column a class by what a classifier reads, the surest first."""
    test = data.test
    logits = run_in_batches(model, test.images, 250, to_float_array)
    classes = logits.shape[-1]
    rows = -(-table.get("count", COUNT) // classes)
    sure = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    order = np.argsort(-sure, axis=0)[:rows]
    return _grid(test.images[order.reshape(-1)], {**table, "columns": classes})


def _grid(images: np.ndarray, table: dict) -> np.ndarray:
    return image_grid(images, columns=table.get("columns"), scale=table.get("scale", 2))


PICTURES: dict[str, Callable] = {
    "classes": _classes,
    "components": _components,
    "map": _map,
    "plane": _plane,
    "readings": _readings,
    "reconstructions": _reconstructions,
    "round_trips": _round_trips,
    "samples": _samples,
    "styles": _styles,
}
