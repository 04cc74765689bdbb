"""Seeds of Keras' own layers, moved apart while replicas run a step."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

# Draws of one replica before it would repeat another's.
_STRIDE = 2**20


@contextlib.contextmanager
def spread(states: list, rank: Any) -> Iterator[None]:
    """Within it a generator draws something else on each replica.

    A `SeedGenerator`'s state is a seed and a counter that is the same everywhere; a
    replica counts from its own number on. Afterwards the states are the same again.

    Args:
        states: variables of seed generators. Those that draw for the joined batch
            are left alone.
        rank: which replica this is, from 0.
    """
    own = [v for v in states if not getattr(v, "is_joint", False)]
    away = np.array([0, rank * _STRIDE])
    for state in own:
        state.assign(state + away.astype(state.dtype))
    try:
        yield
    finally:
        for state in own:
            state.assign(state - away.astype(state.dtype))


def batch_statistics(variables: list) -> list:
    """The running statistics of batch normalisation, which each replica has its own."""
    return [v for v in variables if v.name in ("moving_mean", "moving_variance")]
