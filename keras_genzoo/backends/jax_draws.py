"""Draws outside of training, on JAX: one program, not one for each operation.

The first sample of all waits for their compilation, and so does a network.
"""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np

from keras_genzoo.backends.jax_convolutions import on_cpu

# On a CPU XLA takes five times as long for programs that are no faster.
_QUICKLY = {
    "xla_backend_optimization_level": 1,
    "xla_cpu_use_fusion_emitters": False,
}


def draw(fn, shape, seed, *values):
    """See the one in `draws`; `fn` is compiled for each shape."""
    if isinstance(jnp.zeros(()), jax.core.Tracer):
        return fn(shape, seed, *values)  # a part of the program that is traced
    generator = isinstance(seed, keras.random.SeedGenerator)
    state = seed.state.value if generator else np.array([seed % 2**32, 0], "uint32")
    # Keras' generators cannot be made while something is traced.
    _stand_in()
    program = _program(on_cpu())
    drawn, state = program(state, values, fn, shape, keras.config.floatx())
    if generator:
        seed.state.assign(state)
    return drawn


@functools.cache
def _program(quickly):
    @functools.partial(
        jax.jit,
        static_argnums=(2, 3, 4),
        compiler_options=_QUICKLY if quickly else None,
    )
    def run(state, values, fn, shape, floatx):
        seeds = _stand_in()
        with keras.StatelessScope([(seeds.state, state)]) as scope:
            drawn = fn(shape, seeds, *values)
        return drawn, scope.get_current_value(seeds.state)

    return run


@functools.cache
def _stand_in():
    """In whose place a program has the generator that it is given."""
    return keras.random.SeedGenerator(0, name="stand_in")
