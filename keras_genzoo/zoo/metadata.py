"""What a preset says about itself."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_genzoo.layers import ImagePool
from keras_genzoo.version import __version__
from keras_genzoo.zoo.checksum import sha256
from keras_genzoo.zoo.json_file import read_json
from keras_genzoo.zoo.layout import (
    CARD,
    DTYPES,
    FORMAT,
    METADATA,
    NEEDED,
    SIZE_LIMITS,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")
# Written by `new_metadata`; all else is the caller's.
OWN_KEYS = (
    "format",
    "class",
    "parameter_count",
    "dtype",
    "backend",
    "keras_version",
    "keras_genzoo_version",
    "date_saved",
    "files",
)


def new_metadata(model: keras.Model, dtype: str, folder: Path, free: dict) -> dict:
    """What `metadata.json` says of a preset whose other files lie in `folder`."""
    return {
        "format": FORMAT,
        "class": type(model).__name__,
        "parameter_count": parameter_count(model),
        "dtype": dtype,
        "backend": keras.backend.backend(),
        "keras_version": keras.__version__,
        "keras_genzoo_version": __version__,
        "date_saved": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "files": {
            path.name: {"size": path.stat().st_size, "sha256": sha256(path)}
            for path in sorted(folder.iterdir())
        },
        **free,
    }


def parameter_count(model: keras.Model) -> int:
    """How many floating-point numbers a model's weights are, without image pools."""
    pools = [layer for layer in model.layers if isinstance(layer, ImagePool)]
    left_out = {id(weight) for pool in pools for weight in pool.weights}
    return sum(
        int(np.prod(weight.shape))
        for weight in model.weights
        if "float" in weight.dtype and id(weight) not in left_out
    )


def check_free(metadata: Any) -> dict:
    """The caller's part of the metadata.

    Raises:
        ValueError: it is no dictionary of named entries, or sets one of ours.
    """
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(k, str) for k in metadata):
        raise ValueError(
            f"`metadata` must be a dictionary of named entries, got {metadata!r}."
        )
    taken = sorted(set(metadata) & set(OWN_KEYS))
    if taken:
        raise ValueError(
            f"`metadata` must leave {taken} alone, which are written by themselves."
        )
    return dict(metadata)


def read_metadata(path: Path) -> dict:
    """`metadata.json`, checked.

    Raises:
        ValueError: no metadata of a preset of ours, a newer format, entries of a wrong
            type, file names that no preset has, sizes beyond `SIZE_LIMITS`.
    """
    metadata = read_json(path, SIZE_LIMITS[METADATA])
    version = metadata.get("format")
    if "keras_genzoo_version" not in metadata or not _is_count(version):
        raise ValueError(
            f'"{path}" must be the metadata of a keras_genzoo preset, with `format` '
            f"and `keras_genzoo_version`; it has {sorted(metadata)[:9]}."
        )
    if version > FORMAT:
        raise ValueError(
            f'"{path}" has the format {version}, saved by keras_genzoo '
            f"{metadata['keras_genzoo_version']}; {__version__} reads up to {FORMAT}. "
            "Upgrade keras_genzoo."
        )
    for name, kind in (("class", str), ("files", dict), ("dtype", str)):
        if not isinstance(metadata.get(name), kind):
            raise ValueError(
                f'"{path}" must have a {kind.__name__} as `{name}`, it has '
                f"{metadata.get(name)!r}."
            )
    if metadata["dtype"] not in DTYPES:
        raise ValueError(
            f'"{path}" must have a `dtype` of {" or ".join(DTYPES)}, it has '
            f"{metadata['dtype']!r}."
        )
    if not _is_count(metadata.get("parameter_count")):
        raise ValueError(
            f'"{path}" must have a number of parameters as `parameter_count`, it has '
            f"{metadata.get('parameter_count')!r}."
        )
    check_files(metadata["files"], f'"{path}"')
    return metadata


def check_files(files: Any, where: str) -> None:
    """Raises a ValueError unless `files` is {name: {"size", "sha256"}} of a preset."""
    if not isinstance(files, dict):
        raise ValueError(f"{where} must list files by name, it has {files!r}.")
    for name, entry in files.items():
        if name not in SIZE_LIMITS:
            raise ValueError(
                f"{where} lists a file {name!r}; a preset has only "
                f"{', '.join(SIZE_LIMITS)}."
            )
        if (
            not isinstance(entry, dict)
            or not _is_count(entry.get("size"))
            or not isinstance(entry.get("sha256"), str)
            or not _SHA256.fullmatch(entry["sha256"])
        ):
            raise ValueError(
                f"{where} must give the size and the sha256 of {name!r}, it gives "
                f"{entry!r}."
            )
        if entry["size"] > SIZE_LIMITS[name]:
            raise ValueError(
                f"{where} says that {name!r} has {entry['size']:,} bytes; the most "
                f"is {SIZE_LIMITS[name]:,}."
            )
    missing = [n for n in NEEDED if n != METADATA and n not in files]
    if missing:
        raise ValueError(f"{where} must list {', '.join(missing)} among its files.")


def check_checksums(folder: Path, metadata: dict) -> None:
    """Raises a ValueError unless the files are those that the metadata describes.

    The model card is for people, who may correct it; it is not looked at.
    """
    for name, entry in metadata["files"].items():
        if name == CARD:
            continue
        path = folder / name
        size = path.stat().st_size
        if size != entry["size"]:
            raise ValueError(
                f'"{path}" has {size:,} bytes, its metadata says {entry["size"]:,}: it '
                "is damaged or was changed."
            )
        found = sha256(path)
        if found != entry["sha256"]:
            raise ValueError(
                f'"{path}" has the sha256 {found}, its metadata says '
                f"{entry['sha256']}: it is damaged or was changed."
            )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
