"""What only moves or casts numbers, out of no program at all on JAX.

JAX compiles even a reshape, anew for each shape, and a layer that is called by itself
waits for a dozen of them. NumPy gives the same array at once. Arithmetic stays with
JAX.
"""

import functools

import jax
import numpy as np
from jax import numpy as jnp
from jax.extend.core import primitives


def _broadcast(x, *, shape, broadcast_dimensions, sharding):
    sizes = [1] * len(shape)
    for axis, size in zip(broadcast_dimensions, x.shape, strict=True):
        sizes[axis] = size
    return np.broadcast_to(x.reshape(sizes), shape)


def _slice(x, *, start_indices, limit_indices, strides):
    strides = strides or (1,) * x.ndim
    each = zip(start_indices, limit_indices, strides, strict=True)
    return x[tuple(slice(*of) for of in each)]


def _dynamic_slice(x, *starts, slice_sizes):
    # JAX moves a part that would pass the end.
    ends = [n - size for n, size in zip(x.shape, slice_sizes, strict=True)]
    starts = [min(max(int(s), 0), e) for s, e in zip(starts, ends, strict=True)]
    each = zip(starts, slice_sizes, strict=True)
    return x[tuple(slice(start, start + size) for start, size in each)]


def _convert(x, *, new_dtype, weak_type, sharding):
    return x.astype(new_dtype)


def _rounds_alike(x, *, new_dtype, weak_type, sharding):
    # To integers, and between them, NumPy and XLA go their own ways.
    return not weak_type and jnp.issubdtype(new_dtype, jnp.floating)


MOVES = {
    "reshape": lambda x, *, new_sizes, dimensions, sharding: x.reshape(new_sizes),
    "squeeze": lambda x, *, dimensions: np.squeeze(x, dimensions),
    "transpose": lambda x, *, permutation: np.transpose(x, permutation),
    "concatenate": lambda *xs, dimension: np.concatenate(xs, dimension),
    "broadcast_in_dim": _broadcast,
    "slice": _slice,
    "dynamic_slice": _dynamic_slice,
    "convert_element_type": _convert,
}
FUNCTIONS = {"flip": np.flip, "pad": np.pad}


def _plain(x):
    return (
        isinstance(x, jax.Array)
        and not isinstance(x, jax.core.Tracer)
        and isinstance(x.dtype, np.dtype)
        and not x.weak_type
    )


def _by_numpy(function, arrays, args, kwargs):
    # A copy: the array's own memory may be given to a program that writes there.
    return jax.device_put(
        np.array(function(*(np.asarray(x) for x in arrays), *args, **kwargs))
    )


def _primitive(own, move):
    """`own`, a primitive outside of programs, by `move` where that is all of it."""

    @functools.wraps(own)
    def moved(*xs, **params):
        if (
            not all(map(_plain, xs))
            or params.get("sharding") is not None
            or (move is _convert and not _rounds_alike(*xs, **params))
        ):
            return own(*xs, **params)
        return _by_numpy(move, xs, (), params)

    return moved


def _function(own, move):
    """`own`, a function of `jax.numpy`, by `move` outside of programs."""

    @functools.wraps(own)
    def moved(x, *args, **kwargs):
        if not _plain(x) or any(isinstance(a, jax.Array) for a in kwargs.values()):
            return own(x, *args, **kwargs)
        return _by_numpy(move, (x,), args, kwargs)

    return moved


def install():
    """From here on."""
    for name, move in MOVES.items():
        primitive = getattr(primitives, f"{name}_p")
        primitive.def_impl(_primitive(primitive.impl, move))
    for name, move in FUNCTIONS.items():
        setattr(jnp, name, _function(getattr(jnp, name), move))
