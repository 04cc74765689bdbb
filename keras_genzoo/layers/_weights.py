"""Random weights, drawn by one program each."""

import dataclasses
from typing import Any

import keras

from keras_genzoo import backends

# Not what is derived from them, of which a configuration may say less.
_RANDOM = frozenset(
    (
        keras.initializers.GlorotNormal,
        keras.initializers.GlorotUniform,
        keras.initializers.HeNormal,
        keras.initializers.HeUniform,
        keras.initializers.LecunNormal,
        keras.initializers.LecunUniform,
        keras.initializers.Orthogonal,
        keras.initializers.RandomNormal,
        keras.initializers.RandomUniform,
        keras.initializers.TruncatedNormal,
        keras.initializers.VarianceScaling,
    )
)


class DrawnWeights:
    """A layer whose random weights come out of `backends.draw`.

    The numbers are the initializer's, but for the last bit of some. On JAX an
    initializer compiles each of its operations for each shape, and a network waits
    for little else.
    """

    def add_weight(self, *args: Any, initializer: Any = None, **kwargs: Any) -> Any:
        return super().add_weight(*args, initializer=drawn(initializer), **kwargs)


def drawn(initializer: Any) -> Any:
    """`initializer`, or a function in its place."""
    # A layout wants to see the initializer itself, and a generator as a seed may be
    # one that others draw from too.
    if (
        type(initializer) not in _RANDOM
        or not isinstance(initializer.seed, int)
        or keras.distribution.distribution() is not None
    ):
        return initializer
    options = {k: v for k, v in initializer.get_config().items() if k != "seed"}
    if not all(isinstance(v, int | float | str | None) for v in options.values()):
        return initializer
    kind = type(initializer)

    def draw(shape: tuple, dtype: Any = None) -> Any:
        fn = _Draw(kind, tuple(options.items()), dtype)
        return backends.draw(fn, tuple(shape), initializer.seed)

    return draw


@dataclasses.dataclass(frozen=True)
class _Draw:
    """What an initializer of `kind` does, equal to all that do the same."""

    kind: type
    options: tuple
    dtype: Any

    def __call__(self, shape: tuple, seed: Any) -> Any:
        return self.kind(**dict(self.options), seed=seed)(shape, dtype=self.dtype)
