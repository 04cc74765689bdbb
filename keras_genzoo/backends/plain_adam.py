"""When Adam's update can be left to the backend's own fused kernel.

Keras writes the update as several passes over every variable; for a small network on
an eager backend that is a quarter of the step.
"""

import functools

import keras


@functools.cache
def _adam_class() -> type:
    # On PyTorch the constructor returns a subclass. An optimizer that is set up has a
    # variable, and a step that makes one is traced twice by TensorFlow.
    adam = keras.optimizers.Adam
    return type(adam.__new__(adam))


def moments(optimizer, gradients, variables) -> tuple[list, list] | None:
    """Adam's first and second moments, or None if the update is more than Adam's.

    Clipping, decay, averaging, accumulation and constraints are Keras' business.
    """
    if type(optimizer) is not _adam_class() or optimizer.amsgrad:
        return None
    extras = (
        optimizer.weight_decay,
        optimizer.clipnorm,
        optimizer.clipvalue,
        optimizer.global_clipnorm,
        optimizer.gradient_accumulation_steps,
    )
    if optimizer.use_ema or any(e is not None for e in extras):
        return None
    if any(g is None for g in gradients) or any(
        v.constraint is not None or v.dtype != "float32" for v in variables
    ):
        return None
    # After the counter, and the learning rate unless it is a schedule, the variables
    # stand in pairs, in the order of `build`.
    slots = optimizer.variables[-2 * len(variables) :]
    return slots[0::2], slots[1::2]
