"""The model that is evaluated, from whatever a user calls it by."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from keras_genzoo.zoo import find_preset, from_preset
from keras_genzoo.zoo.layout import METADATA
from keras_genzoo.zoo.metadata import read_metadata
from keras_genzoo.zoo.recipes.recipe import Recipe, check_tables


@dataclass(frozen=True)
class Subject:
    """A loaded model with what is known about it.

    Attributes:
        model: the model.
        handle: what the user called it by.
        metadata: of its preset; empty for a `.keras` file.
        recipe: that made it, or None.
        folder: where its preset lies, or None.
    """

    model: keras.Model
    handle: str
    metadata: dict[str, Any]
    recipe: Recipe | None = None
    folder: Path | None = None

    @property
    def kind(self) -> str:
        """The model's class in words of the user."""
        return type(self.model).__name__


def load_subject(handle: str) -> Subject:
    """The model of a handle.

    Args:
        handle: of a preset, see `zoo.find_preset`, or the path of a `.keras` file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that holds no model; otherwise as `zoo.from_preset`.
    """
    path = Path(handle).expanduser()
    if path.suffix == ".keras":
        if not path.is_file():
            raise FileNotFoundError(f'the model "{path}" does not exist.')
        try:
            model = keras.saving.load_model(path)
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise ValueError(f'"{path}" cannot be read as a model: {reason}') from error
        return Subject(model, handle, {})
    model = from_preset(handle)
    folder = find_preset(handle)
    metadata = read_metadata(folder.path(METADATA))
    recipe = None
    if isinstance(metadata.get("settings"), dict):
        name = str(metadata.get("recipe", handle))
        tables = check_tables(metadata["settings"])
        recipe = Recipe(name, tables, folder.folder / METADATA)
    return Subject(model, handle, metadata, recipe, folder.folder)
