"""From what a user names to a model that is ready for use."""

import difflib
from pathlib import Path
from typing import Any

from keras_genzoo.cli.package import import_package

# What a command can ask of a model, and the words for a model that lacks it.
ABILITIES = {
    "sample": "draw samples",
    "decode": "decode latents",
    "encode": "encode images",
    "reconstruct": "reconstruct images",
    "translate": "translate images",
}


class RefusedPreset(Exception):
    """A preset that is damaged, unsafe or of a newer format."""


def load_model(handle: str, ability: str | None = None, whole: bool = True) -> Any:
    """The model of a preset, or of a `.keras` file.

    Args:
        handle: name, folder or address of a preset, or the path of a `.keras` file.
        ability: a method that the model must have.
        whole: False leaves out of a GAN what drawing does not need.

    Raises:
        FileNotFoundError: no such preset or file.
        RefusedPreset: one that is not loaded.
        ValueError: a model that cannot do what is asked.
    """
    path = Path(handle) if handle.endswith(".keras") else None
    if path is None:
        check_handle(handle)
    elif not path.is_file():
        raise FileNotFoundError(f'the model file "{path}" does not exist.')
    import_package()
    model = _load_preset(handle, whole) if path is None else _load_file(path)
    if ability is not None and not callable(getattr(model, ability, None)):
        raise ValueError(
            f"{handle} is of class {type(model).__name__}, which cannot "
            f"{ABILITIES[ability]}."
        )
    return model


def check_handle(handle: str) -> None:
    """Raises a FileNotFoundError for a name or a folder that is not there."""
    from keras_genzoo.zoo import list_presets

    names = list_presets()
    if ":" in handle or handle in names or Path(handle).expanduser().is_dir():
        return
    near = difflib.get_close_matches(handle, names, 3, 0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise FileNotFoundError(
        f"there is no preset {handle!r}, and no such folder.{hint} `genzoo list` shows "
        "the presets."
    )


def label_names(handle: str) -> list[str]:
    """The names of a preset's classes; none for a file, or where it tells none."""
    if handle.endswith(".keras"):
        return []
    return list(read_about(handle).get("labels") or [])


def read_about(handle: str) -> dict[str, Any]:
    """What a preset says of itself: its `metadata.json`.

    Raises:
        FileNotFoundError, RefusedPreset, ConnectionError: as `load_model`.
    """
    from keras_genzoo.zoo.json_file import read_json
    from keras_genzoo.zoo.layout import METADATA, SIZE_LIMITS
    from keras_genzoo.zoo.named import BUNDLED, index

    check_handle(handle)
    try:
        if handle in index() and (BUNDLED / handle).is_dir():
            path = BUNDLED / handle / METADATA
        else:
            from keras_genzoo.zoo import find_preset

            path = find_preset(handle).path(METADATA)
        return read_json(path, SIZE_LIMITS[METADATA])
    except ValueError as error:
        raise RefusedPreset(str(error)) from error


def _load_preset(handle: str, whole: bool) -> Any:
    from keras_genzoo.zoo import from_preset, load_generator

    try:
        return from_preset(handle) if whole else load_generator(handle)
    except ValueError as error:
        raise RefusedPreset(str(error)) from error


def _load_file(path: Path) -> Any:
    import keras

    return keras.saving.load_model(path)
