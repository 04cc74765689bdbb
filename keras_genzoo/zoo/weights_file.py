"""Weights in HDF5: written small, and looked at before they are read.

The file is what `keras.Model.save_weights` writes, so that `load_weights` reads it,
but for three things: half precision where it is asked for, no state that only
training needs, and compression.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

# What sampling does not need and what must not touch the process that loads a preset:
# optimizers, image pools, and PyTorch's global random state.
_TRAINING_STATE = re.compile(
    r"optimizer/.*|layers/image_pool(_\d+)?/vars/\d+|vars/random_.*"
)
# Kept apart in a file of its own.
_OPTIMIZER = re.compile(r"optimizer(/.*)?")
_KINDS = "fiub"
# A file may unpack to so many times its size; weights hardly compress.
_EXPANSION = 100
_SMALL = 2**20
_LARGEST_HALF = float(np.finfo("float16").max)


def copy_weights(source: Path, target: Path, dtype: str, training: bool) -> None:
    """Copies a file of `save_weights`, without the optimizer.

    Args:
        source: the file that Keras wrote.
        target: the file to write.
        dtype: `"float16"` halves arrays of two or more axes whose values it can hold.
            Vectors are few, and a batch normalisation's variance may be tiny, so they
            stay as they are.
        training: whether state that only training needs is kept.
    """
    with (
        h5py.File(source, "r") as old,
        # The newer format spends far less on groups, of which there are hundreds.
        h5py.File(target, "w", libver=("v110", "v110")) as new,
    ):

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if _OPTIMIZER.fullmatch(name):
                return
            if isinstance(item, h5py.Group):
                new.require_group(name).attrs.update(item.attrs)
            elif training or not _TRAINING_STATE.fullmatch(name):
                write_array(new, name, _stored(item[()], dtype), dict(item.attrs))

        old.visititems(copy)


def copy_part(source: Path, name: str, target: Path) -> None:
    """Copies the group `name`, one network of a model, as a file of its own.

    Raises:
        ValueError: the file has no such group.
    """
    with h5py.File(source, "r") as old, h5py.File(target, "w") as new:
        part = old.get(name)
        if not isinstance(part, h5py.Group):
            raise ValueError(f'"{source}" must have weights of `{name}`, it has none.')
        for child in part:
            part.copy(child, new)


def write_array(file: h5py.File, name: str, array: np.ndarray, attrs: dict) -> None:
    """Writes one array, compressed unless it is small."""
    options = {}
    if array.nbytes > 512:
        options = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
    file.create_dataset(name, data=array, **options).attrs.update(attrs)


def check_weights(path: Path) -> int:
    """How many values a file of weights holds, if it holds arrays of numbers alone.

    Nothing is read but the description of each array.

    Raises:
        ValueError: no HDF5, a link of any kind, values that lie in another file, an
            array that is not of numbers or would unpack to far more than the file.
    """
    limit = _SMALL + _EXPANSION * path.stat().st_size
    values = bytes_ = 0
    for name, array in _arrays(path):
        _check_array(path, name, array)
        values += array.size
        bytes_ += array.size * array.dtype.itemsize
        if bytes_ > limit:
            raise ValueError(
                f'"{path}" unpacks to more than {limit:,} bytes, which no weights do: '
                "it is damaged or made to fill the memory."
            )
    return values


def difference(found: Path, expected: Path) -> str:
    """Where the first file's arrays are not those of the second; at most three."""
    got, wanted = (
        {name: array.shape for name, array in _arrays(path)}
        for path in (found, expected)
    )
    reasons = []
    for name in sorted({*got, *wanted}):
        if name not in got:
            if not _TRAINING_STATE.fullmatch(name):
                reasons.append(f"{name} has no array, expected one of {wanted[name]}")
        elif got[name] != wanted.get(name):
            shape = wanted.get(name, "none")
            reasons.append(f"{name} has the shape {got[name]}, expected {shape}")
    return "; ".join(reasons[:3])


def _arrays(path: Path) -> Iterator[tuple[str, h5py.Dataset]]:
    try:
        with h5py.File(path, "r") as file:
            seen = {h5py.h5o.get_info(file.id).addr}
            stack = [("", file)]
            while stack:
                prefix, group = stack.pop()
                for name in group:
                    full = f"{prefix}{name}"
                    kind = group.get(name, getlink=True)
                    if not isinstance(kind, h5py.HardLink):
                        raise ValueError(
                            f'"{path}" must hold no links, "{full}" is a '
                            f"{type(kind).__name__}."
                        )
                    item = group[name]
                    address = h5py.h5o.get_info(item.id).addr
                    if address in seen:
                        raise ValueError(
                            f'"{path}" must hold each object once, "{full}" is held '
                            "twice."
                        )
                    seen.add(address)
                    if isinstance(item, h5py.Group):
                        stack.append((f"{full}/", item))
                    elif isinstance(item, h5py.Dataset):
                        yield full, item
                    else:
                        raise ValueError(
                            f'"{path}" must hold groups and arrays, "{full}" is '
                            "neither."
                        )
    except (OSError, RuntimeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f'"{path}" must be an HDF5 file of weights, it is damaged or something '
            f"else ({reason})."
        ) from error


def _check_array(path: Path, name: str, array: h5py.Dataset) -> None:
    if array.dtype.kind not in _KINDS:
        raise ValueError(
            f'"{path}" must hold numbers, "{name}" has the type {array.dtype}.'
        )
    if array.external or array.is_virtual:
        raise ValueError(
            f'"{path}" must hold its values itself, those of "{name}" lie in another '
            "file."
        )
    if array.shape is None:
        raise ValueError(f'"{path}" must hold arrays, "{name}" has no shape.')


def _stored(array: np.ndarray, dtype: str) -> np.ndarray:
    if dtype != "float16" or array.dtype != np.float32 or array.ndim < 2:
        return array
    largest = np.max(np.abs(array), initial=0.0)
    return array.astype("float16") if largest <= _LARGEST_HALF else array


def save_variables(path: Path, variables: list, to_numpy: Callable) -> None:
    """Writes a list of variables, by position."""
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        for i, variable in enumerate(variables):
            write_array(file, str(i), to_numpy(variable), {})


def load_variables(path: Path, variables: list) -> None:
    """Assigns what `save_variables` wrote.

    Raises:
        ValueError: another number of variables, or other shapes, than the file's.
    """
    check_weights(path)
    with h5py.File(path, "r") as file:
        expected = {str(i): tuple(v.shape) for i, v in enumerate(variables)}
        found = {name: file[name].shape for name in file}
        for name in sorted({*expected, *found}, key=lambda n: (len(n), n)):
            if expected.get(name) != found.get(name):
                raise ValueError(
                    f'"{path}" must hold the {len(expected)} variables of the '
                    f"optimizer; number {name} has the shape {found.get(name)}, "
                    f"expected {expected.get(name)}."
                )
        for i, variable in enumerate(variables):
            variable.assign(file[str(i)][()])
