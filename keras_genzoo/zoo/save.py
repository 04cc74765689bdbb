"""A model to a folder."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import keras
from keras import ops

from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.zoo.card import check_samples, new_card
from keras_genzoo.zoo.config_check import check_config, custom_names
from keras_genzoo.zoo.json_file import write_json
from keras_genzoo.zoo.layout import (
    CARD,
    CONFIG,
    DTYPES,
    METADATA,
    OPTIMIZER,
    OPTIMIZER_WEIGHTS,
    SAMPLES,
    SIZE_LIMITS,
    WEIGHTS,
)
from keras_genzoo.zoo.metadata import check_free, new_metadata, read_metadata
from keras_genzoo.zoo.weights_file import copy_weights, save_variables


def save_preset(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    metadata: dict | None = None,
    card: str | None = None,
    optimizer: bool = False,
    dtype: str = "float32",
    samples: str | os.PathLike | None = None,
    custom_objects: dict | None = None,
) -> Path:
    """Saves a model as a preset, a folder that `from_preset` reads on any backend.

    The folder holds `config.json`, `metadata.json`, `model.weights.h5` and `README.md`,
    as those of Keras-hub do. All networks are in it, so that training can start from
    them; without `optimizer` what only a running training needs is left out: the
    optimizers and a CycleGAN's image pools. The folder appears whole or not at all.

    Args:
        model: a model of keras_genzoo, or a functional `keras.Model`.
        path: the folder. It must be new, empty, or a preset, which is replaced.
        metadata: entries for `metadata.json`, such as `description`, `data`, `licence`,
            `training`, `numbers` and `recipe`.
        card: the model card, Markdown; None writes one from the metadata.
        optimizer: whether to store the optimizers' state too, in float32, so that
            `from_preset` gives a compiled model that trains on as if never stopped.
        dtype: `"float32"` or `"float16"`: how the file stores matrices and kernels. In
            memory they are float32 either way.
        samples: a PNG file for the card, kept as `samples.png`.
        custom_objects: classes and functions in the model from outside keras and
            keras_genzoo; `from_preset` will need them too.

    Returns:
        The folder.

    Raises:
        ValueError: a model that is not built, has parts that a preset cannot name, or
            is not compiled though its optimizer is asked for; metadata that is no JSON.
        FileExistsError: the folder holds something else.
    """
    if dtype not in DTYPES:
        raise ValueError(f"`dtype` must be one of {DTYPES}, got {dtype!r}.")
    config = model_config(model, custom_objects)
    free, picture = check_free(metadata), check_samples(samples)
    _check_optimizer(model, optimizer, dtype)
    if card is not None and not isinstance(card, str):
        raise ValueError(f"`card` must be a string, got {type(card).__name__}.")
    target = Path(path).expanduser().resolve()
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, because a move across file systems is not atomic.
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        new = folder / "new"
        new.mkdir()
        write_json(new / CONFIG, config, "model")
        raw = folder / f"all.{WEIGHTS}"
        model.save_weights(raw)
        copy_weights(raw, new / WEIGHTS, dtype, training=optimizer)
        if optimizer:
            write_json(new / OPTIMIZER, _compilation(model), "optimizer")
            save_variables(
                new / OPTIMIZER_WEIGHTS, model.optimizer.variables, ops.convert_to_numpy
            )
        if picture is not None:
            shutil.copyfile(picture, new / SAMPLES)
        if card is None:
            card = new_card(new_metadata(model, dtype, new, free), target.name)
        (new / CARD).write_text(card, encoding="utf-8")
        write_json(new / METADATA, new_metadata(model, dtype, new, free), "metadata")
        _check_sizes(new)
        # Reading it back now beats finding out when the training is long gone.
        read_metadata(new / METADATA)
        _move(new, target, folder / "old")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return target


def model_config(model: Any, custom_objects: dict | None) -> dict:
    """The model as `config.json` describes it.

    Raises:
        ValueError: no model, one that is not built, or parts that are not allowed.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"`model` must be a `keras.Model`, got {model!r}.")
    plain = isinstance(model, keras.Sequential) or type(model) is keras.Model
    # A functional model has a class of its own, which Keras does not export.
    plain = plain or type(model).__module__.startswith("keras.")
    if not isinstance(model, PhasedModel) and not (
        plain and getattr(model, "inputs", None)
    ):
        raise ValueError(
            "`model` must be a model of keras_genzoo or a functional `keras.Model`, "
            f"got a {type(model).__name__}."
        )
    if not model.built:
        raise ValueError(f"`model` must be built, {model.name!r} has no weights yet.")
    config = keras.saving.serialize_keras_object(model)
    config.pop("build_config", None)
    config = as_json(config)
    names = custom_names(custom_objects)
    if isinstance(model, PhasedModel):
        names.update(custom_names({type(model).__name__: type(model)}))
    check_config(config, names, "The config of `model`")
    return config


def as_json(value: Any) -> Any:
    """Tuples as lists, names of modules that are the same on every backend, and how
    no part was compiled."""
    if isinstance(value, dict):
        value = {k: as_json(v) for k, v in value.items() if k != "compile_config"}
        # PyTorch's and TensorFlow's optimizers are subclasses that Keras picks, and
        # names by their private module in what it serialises.
        if str(value.get("module")).startswith("keras.src.backend."):
            name = value.get("class_name")
            if hasattr(keras.optimizers, str(name)):
                value |= {"module": "keras.optimizers", "registered_name": None}
        return value
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def _compilation(model: PhasedModel) -> dict:
    config = as_json(model.get_compile_config())
    check_config(config, (), "The optimizer of `model`")
    return config


def _check_optimizer(model: Any, optimizer: Any, dtype: str) -> None:
    if not isinstance(optimizer, bool):
        raise ValueError(f"`optimizer` must be True or False, got {optimizer!r}.")
    if not optimizer:
        return
    if not isinstance(model, PhasedModel) or not model.compiled:
        raise ValueError(
            "`optimizer` must be False for a model that is not of keras_genzoo or not "
            f"compiled, got True for {model.name!r}."
        )
    if dtype != "float32":
        raise ValueError(
            "`dtype` must be 'float32' with `optimizer=True`: training goes on from "
            f"the very weights it stopped at; got {dtype!r}."
        )


def check_target(target: Path) -> None:
    """Raises a FileExistsError unless a preset may be written to this folder."""
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise FileExistsError(f'"{target}" must be a folder, it is a file.')
    names = {path.name for path in target.iterdir()}
    if not names:
        return
    reason = "it is no preset"
    if METADATA in names:
        try:
            read_metadata(target / METADATA)
        except (ValueError, OSError) as error:
            reason = f"it is no preset: {error}"
        else:
            others = sorted(names - set(SIZE_LIMITS))
            if not others:
                return
            reason = f"besides a preset it holds {', '.join(others[:5])}"
    raise FileExistsError(
        f'"{target}" must be new, empty or a preset; {reason}. Nothing was written.'
    )


def _check_sizes(folder: Path) -> None:
    for path in folder.iterdir():
        limit = SIZE_LIMITS[path.name]
        if path.stat().st_size > limit:
            raise ValueError(
                f"`model` must have a {path.name} of at most {limit:,} bytes, it has "
                f"{path.stat().st_size:,}."
            )


def _move(new: Path, target: Path, old: Path) -> None:
    # mkdtemp keeps its folders to their owner; `new`, made by mkdir, is as usual.
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise
