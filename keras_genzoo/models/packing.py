"""Examples joined for a discriminator that judges several at once.

Reference: Lin, Khetan, Fanti and Oh, PacGAN: The Power of Two Samples in Generative
Adversarial Networks, 2018.
"""

from typing import Any

from keras import ops


def pack_examples(x: Any, pack: int) -> Any:
    """`(n, ..., channels)` to `(n / pack, ..., pack * channels)`.

    Each `pack` neighbours are joined along the last axis, in order.
    """
    if pack == 1:
        return x
    inner = tuple(x.shape[1:-1])
    x = ops.reshape(x, (-1, pack, *x.shape[1:]))
    rank = len(x.shape)
    x = ops.transpose(x, (0, *range(2, rank - 1), 1, rank - 1))
    return ops.reshape(x, (-1, *inner, pack * x.shape[-1]))


def unpack_examples(x: Any, pack: int) -> Any:
    """What `pack_examples` joined, apart again."""
    if pack == 1:
        return x
    inner, channels = tuple(x.shape[1:-1]), x.shape[-1] // pack
    x = ops.reshape(x, (-1, *inner, pack, channels))
    rank = len(x.shape)
    x = ops.transpose(x, (0, rank - 2, *range(1, rank - 2), rank - 1))
    return ops.reshape(x, (-1, *inner, channels))
