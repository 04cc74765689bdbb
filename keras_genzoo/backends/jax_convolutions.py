"""Convolutions on JAX: on the CPU XLA's own are slow in some cases."""

import contextlib
import contextvars

import jax
import jax.numpy as jnp
import keras
import numpy as np

# Whether what is traced will be differentiated by its weights once more.
_twice = contextvars.ContextVar("twice", default=False)
# Numbers in the matrix of a map's patches, above which taps are taken one by one.
_MOST_PATCHES = 1 << 24
# Numbers in that matrix, above which XLA is kept from making it.
_MOST_COPIED = 1 << 23
_LAYOUT = ("NHWC", "HWIO", "NHWC")
_ONE_COLUMN = ((0, 0), (0, 1))
# Up to so many filters, of kernels with more taps than these.
_FEW, _SMALL = 4, 25


def on_cpu():
    return jax.default_backend() == "cpu"


@contextlib.contextmanager
def differentiated_twice():
    """Around an input gradient, which the gradient of a penalty differentiates.

    HMC's is differentiated no further; with products it takes as long.
    """
    token = _twice.set(True)
    try:
        yield
    finally:
        _twice.reset(token)


def plain_convolution(x, kernel, padding):
    """See `keras_genzoo.layers.PlainConv2D`; None leaves it to Keras."""
    height, width, _, filters = kernel.shape
    # Sums of many taps want float32.
    few = filters <= _FEW and height * width > _SMALL and x.dtype == jnp.float32
    # An export may leave the batch's size open.
    counted = padding == "valid" and isinstance(x.shape[0], int)
    large = counted and _patches(x, kernel) > _MOST_COPIED
    if not on_cpu() or not (_twice.get() or few or large):
        return None
    if padding == "same":
        sides = (((k - 1) // 2, k // 2) for k in (height, width))
        x = jnp.pad(x, ((0, 0), *sides, (0, 0)))
    if _twice.get():
        return _by_patches(x, kernel)
    return _to_few_filters(x, kernel) if few else _without_copies(x, kernel)


def _patches(x, kernel):
    """Numbers in the matrix of a map's patches, for a kernel that is not padded."""
    height, width, channels, _ = kernel.shape
    rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
    return x.shape[0] * rows * columns * height * width * channels


def _by_patches(x, kernel):
    """A convolution as products of the map's patches.

    XLA's second derivative of a convolution takes 6 to 13 times as long as that of the
    same sums as products; forward and back it is the faster.
    """
    height, width, channels, filters = kernel.shape
    rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
    parts = [
        x[:, i : i + rows, j : j + columns] for i in range(height) for j in range(width)
    ]
    if _patches(x, kernel) <= _MOST_PATCHES:
        return jnp.concatenate(parts, -1) @ kernel.reshape(-1, filters)
    taps = kernel.reshape(height * width, channels, filters)
    return sum(part @ tap for part, tap in zip(parts, taps, strict=True))


@jax.custom_vjp
def _without_copies(x, kernel):
    """A convolution that is not padded, of a large map.

    XLA writes out all patches of such a map first, anew in each step. Of a padded one
    it does not, and is three to five times as fast: so a column is added and taken off.
    """
    return _convolution(x, kernel, _ONE_COLUMN)[:, :, :-1]


def _back(saved, gradient):
    """Of a convolution that is not padded. That by the input is padded, so not slow."""
    x, kernel = saved
    _, back = jax.vjp(lambda x: _convolution(x, kernel), x)
    weights = jax.lax.conv_general_dilated(
        x, gradient, (1, 1), _ONE_COLUMN, dimension_numbers=("CHWN", "IHWO", "HWNC")
    )
    return *back(gradient), weights[:, :-1]


_without_copies.defvjp(lambda *args: (_without_copies(*args), args), _back)


def _convolution(x, kernel, padding="VALID"):
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), padding, dimension_numbers=_LAYOUT
    )


@jax.custom_vjp
def _to_few_filters(x, kernel):
    """A large kernel with few filters, such as 7x7 to three colours.

    XLA's own way is a product with as few columns: 25 to 75 times as slow as one
    product of each pixel with all taps, whose results are then added up along the rows
    and along the columns. Back, XLA's is the faster.
    """
    height, width, channels, filters = kernel.shape
    n, x_rows, x_columns, _ = x.shape
    rows, columns = x_rows - height + 1, x_columns - width + 1
    taps = kernel.transpose(2, 0, 1, 3).reshape(channels, -1)
    y = (x @ taps).reshape(n, x_rows, x_columns, height, width * filters)
    y = sum(y[:, i : i + rows, :, i] for i in range(height))
    y = y.reshape(n, rows, x_columns, width, filters)
    return sum(y[:, :, j : j + columns, j] for j in range(width))


_to_few_filters.defvjp(lambda *args: (_to_few_filters(*args), args), _back)


def halving_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.HalvingConv2D`."""
    return _plus(_halved(x, kernel), bias)


def _plus(y, bias):
    return y if bias is None else y + bias


def _halved(x, kernel):
    """The sums of `halving_convolution`, without its bias.

    XLA's strided convolutions are slow on the CPU. The same sums are a 2x2
    convolution of stride 1 over 2x2 blocks of pixels laid out as channels. Of that one
    the second derivative, which gradient penalties take, is slow as a convolution:
    10 to 27 times as slow as the same sums as matrix products, a tap at a time. With
    nine taps of sixteen XLA's own is faster.
    """
    n, height, width, channels = x.shape
    if kernel.shape[0] == 3:
        return jax.lax.conv_general_dilated(
            x, kernel, (2, 2), ((1, 1), (1, 1)), dimension_numbers=_LAYOUT
        )
    if not on_cpu() or height % 2 or width % 2:
        return keras.ops.conv(
            x, kernel, strides=2, padding="same", data_format="channels_last"
        )
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows, columns = height // 2, width // 2
    x = x.reshape(n, rows + 1, 2, columns + 1, 2, channels)
    x = x.transpose(0, 1, 3, 2, 4, 5).reshape(n, rows + 1, columns + 1, 4 * channels)
    filters = kernel.shape[-1]
    kernel = kernel.reshape(2, 2, 2, 2, channels, filters).transpose(0, 2, 1, 3, 4, 5)
    kernel = kernel.reshape(4, 4 * channels, filters)
    parts = [x[:, i : i + rows, j : j + columns] for i in (0, 1) for j in (0, 1)]
    if channels < _NARROW:
        # Products of so few columns would not fill the processor.
        return jnp.concatenate(parts, -1) @ kernel.reshape(16 * channels, filters)
    return sum(part @ k for part, k in zip(parts, kernel, strict=True))


# By the kernel's size, its taps that reach an even and an odd output pixel from the
# input pixel before, at and after it; the size itself stands for none.
_TAPS = {3: np.array([[3, 3], [1, 2], [3, 0]]), 4: np.array([[3, 4], [1, 2], [4, 0]])}
_NARROW = 16


def doubling_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.DoublingConv2DTranspose`."""
    return _plus(_doubled(x, kernel), bias)


def _doubled(x, kernel):
    """The sums of `doubling_convolution`, without its bias.

    As above, in matrix products, one for each tap that reaches one of an output block's
    2x2 pixels: the gradient is 8 to 14 times as fast. To few filters: a 3x3 convolution
    that gives the whole block as channels.
    """
    if not on_cpu():
        same = kernel.shape[0] == 4
        y = keras.ops.conv_transpose(
            x,
            kernel,
            strides=2,
            padding="same" if same else "valid",
            data_format="channels_last",
        )
        return y if same else y[:, 1:, 1:]
    n, height, width, _ = x.shape
    filters = kernel.shape[2]
    if filters < _NARROW:
        x = _blocks_by_convolution(x, kernel)
    else:
        x = _blocks_by_products(x, kernel)
    x = x.reshape(n, height, width, 2, 2, filters).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, 2 * height, 2 * width, filters)


def _blocks_by_convolution(x, kernel):
    channels, filters = x.shape[-1], kernel.shape[2]
    taps = _TAPS[kernel.shape[0]]
    kernel = jnp.pad(kernel, ((0, 1), (0, 1), (0, 0), (0, 0)))
    kernel = kernel[taps[:, :, None, None], taps[None, None, :, :]]
    # (row, row parity, column, column parity, filters, channels)
    kernel = kernel.transpose(0, 2, 5, 1, 3, 4).reshape(3, 3, channels, 4 * filters)
    return jax.lax.conv_general_dilated(
        x,
        kernel,
        window_strides=(1, 1),
        padding="SAME",
        dimension_numbers=_LAYOUT,
    )


def _blocks_by_products(x, kernel):
    _, height, width, _ = x.shape
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    size = kernel.shape[0]
    reaching = [
        [(i, tap) for i, tap in enumerate(taps) if tap < size] for taps in _TAPS[size].T
    ]
    return jnp.stack(
        [
            sum(
                x[:, i : i + height, j : j + width] @ kernel[row, column].T
                for i, row in reaching[row_parity]
                for j, column in reaching[column_parity]
            )
            for row_parity in (0, 1)
            for column_parity in (0, 1)
        ],
        axis=-2,
    )
