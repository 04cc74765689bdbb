"""The named presets."""

import functools
from importlib import resources
from pathlib import Path
from typing import Any

from keras_genzoo.zoo.checksum import sha256
from keras_genzoo.zoo.json_file import read_json
from keras_genzoo.zoo.layout import CARD, METADATA

BUNDLED = Path(str(resources.files("keras_genzoo.zoo"))) / "presets"
INDEX = Path(str(resources.files("keras_genzoo.zoo"))) / "index.json"
_SIZE = 4 * 2**20
# What an entry takes over from the preset's own metadata.
_TOLD = ("description", "data", "licence", "numbers", "recipe", "labels", "version")


def index() -> dict[str, dict]:
    """The named presets, by name.

    Each entry has `class`, `parameter_count`, `size` (bytes of all files), `files`
    (`{name: {"size", "sha256"}}`), `bundled` (whether it comes with the package),
    `urls` (where it is downloaded from otherwise, tried in order) and what its author
    tells: `description`, `data`, `licence`, `numbers`, `recipe`, `version`.
    """
    return {name: dict(entry) for name, entry in _entries().items()}


def entry_of(name: str) -> dict | None:
    """The entry of one preset, or None."""
    return _entries().get(name)


def list_presets(model: Any = None) -> list[str]:
    """The names of the presets.

    Args:
        model: a class, or its name, to have only its own.
    """
    wanted = getattr(model, "__name__", model)
    return sorted(n for n, e in _entries().items() if wanted in (None, e["class"]))


def index_entry(folder: Path, urls: tuple[str, ...] = ()) -> dict:
    """The entry of a preset, from the files in its folder.

    Args:
        folder: the preset.
        urls: where its files can be downloaded; none for a bundled one.

    Raises:
        ValueError: the folder holds no preset.
    """
    # Imports Keras, which the index alone does not need.
    from keras_genzoo.zoo.metadata import read_metadata

    metadata = read_metadata(folder / METADATA)
    files = dict(metadata["files"])
    for name in (METADATA, CARD):
        path = folder / name
        files[name] = {"size": path.stat().st_size, "sha256": sha256(path)}
    return {
        "class": metadata["class"],
        "parameter_count": metadata["parameter_count"],
        "dtype": metadata["dtype"],
        "version": 1,
        **{name: metadata[name] for name in _TOLD if name in metadata},
        "bundled": not urls,
        "urls": list(urls),
        "size": sum(entry["size"] for entry in files.values()),
        "files": dict(sorted(files.items())),
    }


@functools.cache
def _entries() -> dict[str, dict]:
    return read_json(INDEX, _SIZE)["presets"]
