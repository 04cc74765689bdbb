"""Adam on a pytree."""

import jax
import jax.numpy as jnp
from workloads import EPSILON, Workload


def init(params):
    # Two trees of zeros: donated buffers must not be shared.
    return {
        "m": jax.tree.map(jnp.zeros_like, params),
        "v": jax.tree.map(jnp.zeros_like, params),
        "t": jnp.zeros((), "int32"),
    }


def make(workload: Workload):
    """`(grads, state, params) -> (params, state)` with the workload's numbers."""
    b1, b2 = workload.beta_1, workload.beta_2

    def update(grads, state, params):
        t = state["t"] + 1
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state["m"], grads)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state["v"], grads)
        rate = workload.learning_rate * jnp.sqrt(1 - b2**t) / (1 - b1**t)
        params = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, m, v
        )
        return params, {"m": m, "v": v, "t": t}

    return update
