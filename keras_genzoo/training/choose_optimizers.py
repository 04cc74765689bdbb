"""An optimizer for each phase, from what `compile` was given."""

from typing import Any

import keras

from keras_genzoo.training.phase_optimizer import PhaseOptimizer


def choose_optimizers(model: Any, optimizer: Any, by_name: dict) -> PhaseOptimizer:
    """The optimizers of a `PhasedModel`; see its `compile`.

    Args:
        model: whose phases they are for, and whose defaults those not named get.
        optimizer: one, a dictionary, a `PhaseOptimizer` or None.
        by_name: `{"PHASE_optimizer": optimizer}`.

    Raises:
        ValueError: an argument that names no phase, a phase named twice, or one
            optimizer for a model of several phases.
    """
    if isinstance(optimizer, PhaseOptimizer):
        if by_name:
            raise ValueError(
                "`optimizer` is a `PhaseOptimizer`, which names every phase; got "
                f"{sorted(by_name)} besides."
            )
        if optimizer.phases != model.phases:
            raise ValueError(
                f"`optimizer` must have the phases {model.phases} in this order, "
                f"got {optimizer.phases}."
            )
        return optimizer
    chosen = {}
    if isinstance(optimizer, dict):
        chosen.update(optimizer)
    elif optimizer is not None:
        if len(model.phases) > 1:
            raise ValueError(
                f"`optimizer` must name an optimizer for each of {model.phases}: "
                f"{type(model).__name__} trains them in turn. Give a dictionary "
                "or "
                + ", ".join(f"`{phase}_optimizer=`" for phase in model.phases)
                + f"; got {optimizer!r}."
            )
        chosen[model.phases[0]] = optimizer
    for name, value in by_name.items():
        phase = name.removesuffix("_optimizer")
        if phase == name or phase not in model.phases:
            raise ValueError(
                f"`compile` got an unknown argument {name!r}; besides "
                "`optimizer`, `run_eagerly`, `steps_per_execution` and "
                "`jit_compile` it takes "
                + ", ".join(f"`{phase}_optimizer`" for phase in model.phases)
                + "."
            )
        if phase in chosen:
            raise ValueError(f"The phase {phase!r} got two optimizers.")
        chosen[phase] = value
    unknown = set(chosen) - set(model.phases)
    if unknown:
        raise ValueError(
            f"`optimizer` names {sorted(unknown)}; the phases are {model.phases}."
        )
    complete = {p: keras.optimizers.get(o) for p, o in chosen.items() if o is not None}
    if len(complete) < len(model.phases):
        complete = model.default_optimizers() | complete
    if _computes_in_float16(model):
        complete = {
            p: o
            if isinstance(o, keras.optimizers.LossScaleOptimizer)
            else keras.optimizers.LossScaleOptimizer(o)
            for p, o in complete.items()
        }
    return PhaseOptimizer({phase: complete[phase] for phase in model.phases})


def _computes_in_float16(model: keras.Model) -> bool:
    return model.compute_dtype == "float16" or any(
        _computes_in_float16(layer)
        if isinstance(layer, keras.Model)
        else layer.compute_dtype == "float16"
        for layer in model.layers
    )
