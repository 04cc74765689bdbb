"""Presets: trained models that have a name, in a folder or at an address."""

from keras_genzoo.zoo.features import (
    clothes_features,
    digit_features,
    emoji_features,
    features_for,
)
from keras_genzoo.zoo.handles import find_preset
from keras_genzoo.zoo.load import from_preset
from keras_genzoo.zoo.named import index, index_entry, list_presets
from keras_genzoo.zoo.save import save_preset

__all__ = [
    "clothes_features",
    "digit_features",
    "emoji_features",
    "features_for",
    "find_preset",
    "from_preset",
    "index",
    "index_entry",
    "list_presets",
    "save_preset",
]
