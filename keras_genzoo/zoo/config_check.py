"""A look at a serialised model before any of it is built.

Keras' safe mode refuses lambdas, yet finds classes wherever they were registered, and
knows layers that read files or run foreign programs. A preset is data: it names layers
and their numbers, nothing else.
"""

from collections.abc import Iterable
from typing import Any

import keras

# Where Keras' own building blocks are. `keras` itself also has load_model and more.
_MODULES = (
    "keras.layers",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.activations",
    "keras.dtype_policies",
    "keras.optimizers",
    "keras.losses",
    "keras.metrics",
    "keras.ops",
    # Not imported here: names that Keras itself writes into its files, for operations
    # between tensors and for functional models.
    "keras.src.ops",
    "keras.src.models",
)
_TOP_LEVEL = ("DTypePolicy", "Sequential", "Model", "Functional")
# Layers that run what they are given, or read files: their vocabulary, a saved model.
_REFUSED = {
    "FeatureSpace",
    "FlaxLayer",
    "IntegerLookup",
    "JaxLayer",
    "Lambda",
    "StringLookup",
    "TFSMLayer",
    "TextVectorization",
    "TorchModuleWrapper",
}
_TENSOR, _SLICE, _ELLIPSIS = "__keras_tensor__", "__slice__", "__ellipsis__"
_OWN = "keras_genzoo>"
# Beyond it no number in a network's description is meant seriously; seeds are.
_LARGEST = 2**24


def check_config(config: Any, custom_objects: Iterable[str], where: str) -> None:
    """Raises a ValueError unless `config` describes a model out of known parts.

    Args:
        config: what `keras.saving.serialize_keras_object` made, from a file.
        custom_objects: names, as Keras registers them, of what the caller allows
            besides Keras and keras_genzoo.
        where: what messages call the file.
    """
    allowed = set(custom_objects)
    foreign = {
        name
        for name in keras.saving.get_custom_objects()
        if not name.startswith(_OWN) and name not in allowed
    }
    stack = [(config, "")]
    while stack:
        value, key = stack.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_class(value, allowed, where)
            if value.get("compile_config"):
                raise ValueError(f"{where} must hold no `compile_config`.")
            stack.extend((child, str(name)) for name, child in value.items())
            if not foreign.isdisjoint(value):
                _refuse(where, sorted(foreign.intersection(value))[0])
        elif isinstance(value, list):
            stack.extend((child, key) for child in value)
        elif isinstance(value, str):
            if value in foreign:
                _refuse(where, value)
        elif _is_too_large(value) and "seed" not in key:
            raise ValueError(
                f"{where} must hold numbers up to {_LARGEST:,}; `{key}` is {value!r}."
            )


def _is_too_large(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) > _LARGEST


def custom_names(custom_objects: dict | None) -> dict[str, Any]:
    """`custom_objects` by every name that a config may call them.

    Raises:
        ValueError: it is no dictionary of classes and functions.
    """
    if custom_objects is None:
        return {}
    if not isinstance(custom_objects, dict):
        raise ValueError(
            "`custom_objects` must be a dictionary {name: class or function}, got "
            f"{custom_objects!r}."
        )
    for name, value in custom_objects.items():
        if not isinstance(name, str) or not callable(value):
            raise ValueError(
                "`custom_objects` must be a dictionary {name: class or function}, got "
                f"{name!r}: {value!r}."
            )
    registered = {
        keras.saving.get_registered_name(value): value
        for value in custom_objects.values()
    }
    return {**registered, **custom_objects}


def _check_class(value: dict, allowed: set[str], where: str) -> None:
    name, module = value["class_name"], value.get("module")
    registered = value.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise ValueError(
            f"{where} must name classes by strings, got {name!r} of {module!r}."
        )
    if name in (_TENSOR, _SLICE, _ELLIPSIS) and module is None and registered is None:
        return
    if registered in allowed or name in allowed:
        return
    if name == "function":
        # Keras looks a function up by `config`; what others registered is refused
        # with every other string.
        if module not in ("builtins", *_MODULES) or not isinstance(
            value.get("config"), str
        ):
            _refuse(where, f"{module}.{value.get('config')}")
        return
    if isinstance(registered, str) and registered.startswith(_OWN):
        # Keras goes by the registered name alone; the two must not differ.
        if registered != f"{_OWN}{name}":
            _refuse(where, f"{registered} as {name}")
        return
    if registered not in (None, name) or module is None or name in _REFUSED:
        _refuse(where, f"{module or registered}.{name}")
    if module == "keras":
        if name not in _TOP_LEVEL:
            _refuse(where, f"{module}.{name}")
    elif not any(module == m or module.startswith(f"{m}.") for m in _MODULES):
        _refuse(where, f"{module}.{name}")


def _refuse(where: str, name: str) -> None:
    raise ValueError(
        f"{where} names {name!r}: a preset is made of layers of keras and "
        "keras_genzoo, without those that run code or read files. If you trust it and "
        "have its class, pass that in `custom_objects`."
    )
