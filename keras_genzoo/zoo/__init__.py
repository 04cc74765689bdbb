"""Presets: trained models that have a name, in a folder or at an address.

What is here is imported when it is asked for: the index can be read without Keras.
"""

import importlib
from typing import Any

_HOMES = {
    "clothes_features": "features",
    "digit_features": "features",
    "emoji_features": "features",
    "features_for": "features",
    "find_preset": "handles",
    "find_recipe": "recipes",
    "from_preset": "load",
    "index": "named",
    "index_entry": "named",
    "list_presets": "named",
    "list_recipes": "recipes",
    "load_generator": "load",
    "push_to_hub": "publish",
    "save_preset": "save",
    "train_recipe": "recipes.train",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
