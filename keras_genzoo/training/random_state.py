"""The random state that a saved model carries.

Keras saves weights and optimizers, not the state of the seed generators, without which
a resumed run draws other noise than an uninterrupted one.
"""

from typing import Any

import keras
import numpy as np

from keras_genzoo import backends


def save(model: Any, store: Any) -> None:
    """Puts the seed states of a `PhasedModel` into what its variables are saved in."""
    for i, state in enumerate(model.seed_states):
        store[f"seed_{i}"] = keras.ops.convert_to_numpy(state)
    if _has_unseeded_dropout(model):
        for name, value in backends.random_states().items():
            store[f"random_{name}"] = value


def load(model: Any, store: Any) -> dict:
    """Takes them from there; returns the rest, by name.

    Raises:
        ValueError: there are not as many as the model has.
    """
    held = {name: store[name] for name in store.keys()}  # noqa: SIM118
    seeds = [held.pop(k) for k in sorted(held, key=_number) if k[:5] == "seed_"]
    states = {
        k.removeprefix("random_"): np.asarray(held.pop(k))
        for k in list(held)
        if k.startswith("random_")
    }
    generators = model.seed_states
    if len(seeds) not in (0, len(generators)):
        raise ValueError(
            f"The file holds {len(seeds)} seed states and {model.name!r} has "
            f"{len(generators)}: it was saved from another architecture."
        )
    for generator, seed in zip(generators, seeds, strict=False):
        generator.assign(seed)
    backends.restore_random_states(states)
    return held


def _number(name: str) -> int:
    digits = name.rpartition("_")[2]
    return int(digits) if digits.isdigit() else -1


def _has_unseeded_dropout(model: keras.Model) -> bool:
    return any(
        _has_unseeded_dropout(layer)
        if isinstance(layer, keras.Model)
        else isinstance(layer, keras.layers.Dropout) and layer.seed is None
        for layer in model.layers
    )
