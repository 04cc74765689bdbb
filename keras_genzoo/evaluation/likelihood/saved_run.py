"""The state of a long run in a file, so that it can go on where it stopped."""

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.evaluation.likelihood.latent_model import LatentModel


def fingerprint(*parts: Any) -> str:
    """A hash of arrays, numbers and strings: whether two runs are the same."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode())
        else:
            array = np.ascontiguousarray(part)
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(array)
    return digest.hexdigest()


def fingerprint_of_model(model: LatentModel) -> str:
    """The same of a model's weights, and of the backend, whose rounding is its own."""
    values = [ops.convert_to_numpy(v) for v in model.variables]
    if not values:
        # A function that hides its weights is known by what it gives.
        values = [model.decode(np.eye(model.latent_dim, dtype="float32"))]
    return fingerprint(keras.backend.backend(), model.noise_name, *values)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Writes arrays by name; a crash on the way leaves the former file whole."""
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "wb") as file:
        np.savez(file, **state)
    os.replace(temporary, path)


def load_state(path: Path, run: str) -> dict[str, np.ndarray] | None:
    """What `save_state` wrote for the run of this fingerprint; None without a file.

    Raises:
        ValueError: a file of another run, or none that `save_state` wrote.
    """
    if not path.exists():
        return None
    try:
        with np.load(path) as file:
            state = dict(file)
        known = str(state["run"])
    except (KeyError, EOFError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"`state_file` {str(path)!r} cannot be read as a saved run ({error})."
        ) from error
    if known != run:
        raise ValueError(
            f"`state_file` {str(path)!r} is of another run: the examples, the decoder, "
            "the backend or an argument differ. Delete it to start anew."
        )
    return state
