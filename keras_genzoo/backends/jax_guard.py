"""A training step that can be refused, on JAX."""

import jax.numpy as jnp
import keras

from keras_genzoo.backends.jax import train_step


def guarded_train_step(model, guard, state, data):
    """`train_step`, whose new state is the old one where `guard` refuses it."""
    _, (trainable, *others, metrics) = train_step(model, state, data)
    scope = keras.StatelessScope(
        [
            *zip(model.trainable_variables, trainable, strict=True),
            *zip(model.metrics_variables, metrics, strict=True),
        ]
    )
    with scope:
        stays = guard.judge(model)
    metrics = [scope.get_current_value(v) for v in model.metrics_variables]
    kept = [
        [jnp.where(stays, new, old) for new, old in zip(*lists, strict=True)]
        for lists in zip((trainable, *others, metrics), state, strict=True)
    ]
    own = {id(v) for v in guard.variables}
    kept[-1] = [
        new if id(v) in own else value
        for v, new, value in zip(
            model.metrics_variables, metrics, kept[-1], strict=True
        )
    ]
    with keras.StatelessScope(
        list(zip(model.metrics_variables, kept[-1], strict=True))
    ):
        logs = model.means_so_far()
    return logs, tuple(kept)
