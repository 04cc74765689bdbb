"""From a recipe to a compiled model."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_genzoo import models, networks
from keras_genzoo.losses.regularizers import REGULARIZERS
from keras_genzoo.training import LinearDecay, LinearWarmup, PhasedModel
from keras_genzoo.zoo.recipes.classifier import ClassifierTraining
from keras_genzoo.zoo.recipes.portable import optimizer_class, portable_optimizers
from keras_genzoo.zoo.recipes.recipe import Recipe

CLASSIFIER = "Classifier"
SCHEDULES = ("constant", "cosine", "linear")
# What an optimizer's table may say besides the arguments of Adam.
_RATE = {"rate", "schedule", "final", "constant_epochs"}


def build_model(recipe: Recipe, steps_per_epoch: int) -> PhasedModel:
    """The recipe's model with new weights, compiled.

    The networks are seeded with 10 seed, 10 seed + 1, ... in the recipe's order, where
    it names no seeds of theirs.

    Args:
        recipe: as from `find_recipe`.
        steps_per_epoch: training steps of an epoch, for schedules.

    Raises:
        ValueError: a model, network, argument or number that there is not.
    """
    cls = model_class(recipe)
    parts = {
        name: build_network(name, table, 10 * recipe["seed"] + i)
        for i, (name, table) in enumerate(recipe.table("networks").items())
    }
    arguments = {n: _argument(n, v) for n, v in recipe.table("arguments").items()}
    known = _parameters(cls)
    for name in (*parts, *arguments):
        if name not in known:
            where = "networks" if name in parts else "arguments"
            raise _unknown(f"{where}.{name}", name, known, recipe["model"])
    # A deep autoencoder draws nothing.
    if "seed" in known and not (cls is models.Autoencoder and parts):
        arguments.setdefault("seed", recipe["seed"])
    model = cls(**parts, **arguments)
    compile_model(model, recipe, steps_per_epoch)
    return model


def model_class(recipe: Recipe) -> type:
    """The class that `model` names.

    Raises:
        ValueError: there is none of this name.
    """
    name = recipe["model"]
    if name == CLASSIFIER:
        return ClassifierTraining
    if name not in models.__all__:
        known = [*models.__all__, CLASSIFIER]
        raise ValueError(f"`model` must be one of {known}, got {name!r}.")
    return getattr(models, name)


def compile_model(model: PhasedModel, recipe: Recipe, steps_per_epoch: int) -> None:
    """Compiles the model with the recipe's optimizers."""
    tables = recipe.table("optimizers")
    unknown = sorted(set(tables) - set(model.phases))
    if unknown:
        raise ValueError(
            f"`optimizers.{unknown[0]}` must be one of the phases {model.phases}."
        )
    epochs = recipe["training"]["epochs"]
    chosen = {
        phase: adam(table, f"optimizers.{phase}", steps_per_epoch, epochs)
        for phase, table in tables.items()
    }
    model.compile(portable_optimizers(model) | chosen)


def adam(
    table: Mapping[str, Any], where: str, steps_per_epoch: int, epochs: int
) -> keras.optimizers.Adam:
    """Adam with a schedule: `constant`; `cosine`, along half a cosine to `final` times
    the rate; `linear`, on a line from `constant_epochs` on, as CycleGAN's.
    """
    table = dict(table)
    known = _RATE | {"beta_1", "beta_2", "epsilon", "clipnorm", "weight_decay"}
    for key in table:
        if key not in known:
            raise _unknown(f"{where}.{key}", key, known, "an optimizer")
    if "rate" not in table:
        raise ValueError(f"`{where}.rate` is missing in the recipe.")
    rate, schedule = table.pop("rate"), table.pop("schedule", "constant")
    final, constant = table.pop("final", 0.0), table.pop("constant_epochs", None)
    if schedule not in SCHEDULES:
        raise ValueError(
            f"`{where}.schedule` must be one of {SCHEDULES}, got {schedule!r}."
        )
    if schedule == "cosine":
        steps = max(epochs * steps_per_epoch, 1)
        rate = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=final)
    elif schedule == "linear":
        constant = max(epochs // 2 if constant is None else constant, 1)
        rate = LinearDecay(rate, steps_per_epoch, constant, max(epochs - constant, 1))
    return optimizer_class()(rate, **table)


def build_network(name: str, table: Mapping[str, Any], seed: int) -> keras.Model:
    """A network from its table: the name of a function and its arguments.

    Args:
        name: of the table.
        table: `function`, and what that takes.
        seed: of the weights, where the table says none.

    Raises:
        ValueError: a function or an argument that there is not.
    """
    table = dict(table)
    function = table.pop("function", None)
    if function not in networks.__all__:
        near = difflib.get_close_matches(str(function), networks.__all__, n=3)
        raise ValueError(
            f"`networks.{name}.function` must be one of {near or networks.__all__}, "
            f"got {function!r}."
        )
    build = getattr(networks, function)
    known = _parameters(build)
    for key in table:
        if key not in known:
            raise _unknown(f"networks.{name}.{key}", key, known, function)
    table.setdefault("seed", seed)
    return build(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    )


def _argument(name: str, value: Any) -> Any:
    """A model's argument: lists of names as they are, tables as objects."""
    if name == "regularizer" and isinstance(value, list):
        return [_regularizer(each) for each in value]
    if name == "beta" and isinstance(value, dict):
        return LinearWarmup(**value)
    return tuple(value) if isinstance(value, list) else value


def _regularizer(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    options = dict(value)
    name = options.pop("name", None)
    if name not in REGULARIZERS:
        raise ValueError(
            f"`arguments.regularizer` must name one of {sorted(REGULARIZERS)}, "
            f"got {name!r}."
        )
    return REGULARIZERS[name](**options)


def _parameters(function: Callable) -> list[str]:
    """What a function, or a class with its bases, takes by name."""
    if not isinstance(function, type):
        return list(inspect.signature(function).parameters)
    names = {}
    for base in function.__mro__:
        if base is PhasedModel:
            break
        if "__init__" in vars(base):
            for parameter in inspect.signature(base.__init__).parameters.values():
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                    names[parameter.name] = None
    return [name for name in names if name != "self"]


def _unknown(key: str, name: str, known: Any, of: str) -> ValueError:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"; did you mean {' or '.join(map(repr, near))}" if near else ""
    return ValueError(
        f"`{key}` is nothing that {of} takes{hint}; it takes "
        f"{', '.join(sorted(known))}."
    )
