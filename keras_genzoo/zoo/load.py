"""A model from a folder."""

import contextlib
import inspect
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras

# Registers the classes that a preset may name, also where the package is held back.
from keras_genzoo import models, networks  # noqa: F401
from keras_genzoo.models.generator import ConditionalGenerator, Generator
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.version import __version__
from keras_genzoo.zoo.assignment import halves_by_numpy
from keras_genzoo.zoo.config_check import check_config, custom_names
from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.handles import find_preset
from keras_genzoo.zoo.json_file import read_json
from keras_genzoo.zoo.layout import (
    CONFIG,
    METADATA,
    OPTIMIZER,
    OPTIMIZER_WEIGHTS,
    SIZE_LIMITS,
    WEIGHTS,
)
from keras_genzoo.zoo.metadata import check_checksums, read_metadata
from keras_genzoo.zoo.parameter_limit import SPARE, values_at_most
from keras_genzoo.zoo.weights_file import (
    check_weights,
    copy_part,
    difference,
    load_variables,
)

# What draws in a model of exactly this class: one made from it may draw otherwise.
_GENERATORS = {
    models.GAN: Generator,
    models.VEEGAN: Generator,
    models.ConditionalGAN: ConditionalGenerator,
}


def from_preset(
    handle: Any,
    load_weights: bool = True,
    custom_objects: dict | None = None,
    **overrides: Any,
) -> keras.Model:
    """A trained model, of the class that its preset names.

    Args:
        handle: the name of a preset (`keras_genzoo.zoo.list_presets()`), a folder, or
            an address: see `keras_genzoo.zoo.find_preset`.
        load_weights: False gives the same architecture with new weights.
        custom_objects: classes and functions from outside keras and keras_genzoo that
            the preset may name, `{name: object}`.
        **overrides: arguments of the model's class to set otherwise than saved, such
            as `seed=`.

    Returns:
        The model. One saved with its optimizer is compiled and trains on as if never
        stopped; any other one is trained further after `compile()`.

    Raises:
        ValueError: a handle that leads nowhere; a preset that is damaged, of a newer
            format, made to do harm, or does not fit its own weights; an override that
            the class does not take.
        ConnectionError: a preset that cannot be downloaded.
    """
    return load_preset(handle, None, load_weights, custom_objects, overrides)


def load_preset(
    handle: Any,
    expected: type | None,
    load_weights: bool,
    custom_objects: dict | None,
    overrides: dict,
) -> keras.Model:
    """`from_preset`, of a class that is `expected` or made from it."""
    names = custom_names(custom_objects)
    if expected is not None:
        names = {**custom_names({expected.__name__: expected}), **names}
    preset = _open(handle, names)
    cls = preset.cls
    if expected is not None and not issubclass(cls, expected):
        raise ValueError(
            f"`handle` must be a preset of {expected.__name__}, {handle!r} is one of "
            f"{cls.__name__}; use `{cls.__name__}.from_preset` or "
            "`keras_genzoo.from_preset`."
        )
    return _load(preset, load_weights, overrides)


def load_generator(handle: Any, custom_objects: dict | None = None) -> Any:
    """What draws in a trained GAN, without the networks that only training needs.

    It takes about a third of the time and of the memory of the whole model.

    Args:
        handle, custom_objects: as `from_preset`'s.

    Returns:
        For a GAN an object with its `sample`, `decode` and `draw_latents`, which draws
        by the averaged generator where there is one. Latents for a given seed are the
        model's; without one they start anew from the seed that the model was made
        with. For any other class the whole model.

    Raises:
        ValueError, ConnectionError: as `from_preset`.
    """
    preset = _open(handle, custom_names(custom_objects))
    if preset.cls not in _GENERATORS:
        return _load(preset, True, {})
    with _room_for(preset, blank=True):
        model = _built(preset, {}, lambda: _build_generator(preset))
    averaged = preset.config["config"].get("average_half_life") is not None
    name = "average_generator" if averaged else "generator"
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / WEIGHTS
        copy_part(preset.folder.path(WEIGHTS), name, part)
        _read_weights(model.generator, part, preset, {})
    return model


class _Preset(NamedTuple):
    folder: PresetFolder
    metadata: dict
    config: dict
    config_path: Path
    cls: type
    names: dict
    values: int


def _open(handle: Any, names: dict) -> _Preset:
    """What a preset holds, once all of it that can be checked unread is checked."""
    folder = find_preset(handle)
    metadata = read_metadata(folder.path(METADATA))
    for name in metadata["files"]:
        folder.path(name)
    check_checksums(folder.folder, metadata)
    path = folder.path(CONFIG)
    config = read_json(path, SIZE_LIMITS[CONFIG])
    check_config(config, names, f'"{path}"')
    cls = _class_of(config, names, path)
    values = check_weights(folder.path(WEIGHTS))
    return _Preset(folder, metadata, config, path, cls, names, values)


def _load(preset: _Preset, load_weights: bool, overrides: dict) -> keras.Model:
    with _room_for(preset, blank=load_weights):
        model = _built(preset, overrides, lambda: _build(preset, overrides))
        if load_weights:
            _load_weights(model, preset, overrides)
    return model


@contextlib.contextmanager
def _room_for(preset: _Preset, blank: bool) -> Iterator[None]:
    where = f'"{preset.folder.folder}"'
    with (
        keras.saving.custom_object_scope(preset.names),
        values_at_most(preset.values + SPARE, where, blank),
    ):
        yield


def _class_of(config: dict, names: dict, path: Path) -> type:
    registered, name = config.get("registered_name"), config.get("class_name")
    if not isinstance(config.get("config"), dict) or not isinstance(name, str):
        raise ValueError(
            f'"{path}" must describe a model by `class_name` and `config`, it has '
            f"{sorted(config)[:9]}."
        )
    cls = keras.saving.get_registered_object(registered, custom_objects=names)
    if isinstance(cls, type) and issubclass(cls, PhasedModel):
        return cls
    if cls is None and name in ("Functional", "Sequential"):
        return keras.Sequential if name == "Sequential" else keras.Model
    raise ValueError(
        f'"{path}" must describe a model of keras_genzoo or a functional '
        f"`keras.Model`, it describes {registered or name!r}."
    )


def _built(preset: _Preset, overrides: dict, build: Callable[[], Any]) -> Any:
    if issubclass(preset.cls, PhasedModel):
        known = _arguments(preset.cls) | set(preset.config["config"])
    else:
        known = {"name", "trainable"}
    _check_overrides(overrides, known, preset.cls)
    try:
        return build()
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f'"{preset.config_path}" does not describe a {preset.cls.__name__} that '
            f"can be built{_with(overrides)}: {reason[:600]} "
            f"({_versions(preset.metadata)})"
        ) from error


def _build(preset: _Preset, overrides: dict) -> keras.Model:
    arguments = {**preset.config["config"], **overrides}
    if issubclass(preset.cls, PhasedModel):
        return preset.cls.from_config(arguments)
    return keras.saving.deserialize_keras_object({**preset.config, "config": arguments})


def _build_generator(preset: _Preset) -> Generator:
    config = preset.config["config"]
    cls = _GENERATORS[preset.cls]
    known = inspect.signature(cls).parameters
    arguments = {name: config[name] for name in known if name in config}
    network = keras.saving.deserialize_keras_object(arguments.pop("generator"))
    return cls(network, **arguments)


def _arguments(cls: type) -> set[str]:
    """What the constructors of a model and of its bases take by name."""
    names = {"name", "trainable", "dtype"}
    for base in cls.__mro__:
        if base is PhasedModel:
            break
        if "__init__" in vars(base):
            parameters = inspect.signature(base.__init__).parameters.values()
            names |= {p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    return names - {"self"}


def _check_overrides(overrides: dict, known: set[str], cls: type) -> None:
    unknown = sorted(set(overrides) - known)
    if unknown:
        raise ValueError(
            f"`from_preset` got {unknown}, which a {cls.__name__} does not take; it "
            f"takes {', '.join(sorted(known))}."
        )


def _load_weights(model: keras.Model, preset: _Preset, overrides: dict) -> None:
    folder = preset.folder
    seeds = _seed_states(model) if "seed" in overrides else []
    fresh = [keras.ops.convert_to_numpy(state).copy() for state in seeds]
    _read_weights(model, folder.path(WEIGHTS), preset, overrides)
    for state, value in zip(seeds, fresh, strict=True):
        state.assign(value)
    if OPTIMIZER not in preset.metadata["files"]:
        return
    compilation = folder.path(OPTIMIZER)
    config = read_json(compilation, SIZE_LIMITS[OPTIMIZER])
    check_config(config, (), f'"{compilation}"')
    try:
        model.compile_from_config(config)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f'"{compilation}" does not describe the optimizer of a '
            f"{type(model).__name__}: {reason[:600]} ({_versions(preset.metadata)})"
        ) from error
    load_variables(folder.path(OPTIMIZER_WEIGHTS), model.optimizer.variables)


def _read_weights(
    model: keras.Model, path: Path, preset: _Preset, overrides: dict
) -> None:
    try:
        with halves_by_numpy():
            model.load_weights(path)
    except Exception as error:
        reason = _difference(path, model) or " ".join(str(error).split())
        raise ValueError(
            f'"{preset.folder.path(WEIGHTS)}" does not hold the weights of the model '
            f'in "{CONFIG}"{_with(overrides)}: {reason[:900]} '
            f"({_versions(preset.metadata)})"
        ) from error


def _with(overrides: dict) -> str:
    return f" with {', '.join(overrides)}" if overrides else ""


def _difference(path: Path, model: keras.Model) -> str:
    # Keras' own message is about the last of several places where it looked.
    with tempfile.TemporaryDirectory() as folder:
        expected = Path(folder) / WEIGHTS
        model.save_weights(expected)
        return difference(path, expected)


def _seed_states(model: keras.Model) -> list:
    weights = {id(weight) for weight in model.weights}
    return [v for v in model.variables if id(v) not in weights]


def _versions(metadata: dict) -> str:
    return (
        f"saved with Keras {metadata.get('keras_version')} and keras_genzoo "
        f"{metadata['keras_genzoo_version']}, read with {keras.__version__} and "
        f"{__version__}"
    )
