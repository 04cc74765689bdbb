"""Convolutions on JAX: on the CPU XLA's own are slow in some cases."""

import contextlib
import contextvars
import functools

import jax
import jax.numpy as jnp
import keras

# Whether what is traced will be differentiated by its weights once more.
_twice = contextvars.ContextVar("twice", default=False)
# Numbers in the matrix of a map's patches, above which taps are taken one by one.
_MOST_PATCHES = 1 << 24
# Numbers in that matrix, above which XLA is kept from making it.
_MOST_COPIED = 1 << 23
_LAYOUT = ("NHWC", "HWIO", "NHWC")
_UNPADDED = ((0, 0), (0, 0))
_ONE_COLUMN = ((0, 0), (0, 1))
_NARROW = 16
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
    height, width, channels, filters = kernel.shape
    if not on_cpu():
        return None
    sides = _UNPADDED
    if padding == "same":
        sides = tuple(((k - 1) // 2, k // 2) for k in (height, width))
    if _twice.get():
        return _by_patches(_padded(x, sides), kernel)
    exact = _is_exact(x)
    if exact and height == width == 1:
        y = _as_matrix(x) @ kernel[0, 0]
        return y.reshape(*x.shape[:3], filters)
    if exact and filters <= _FEW and height * width > _SMALL:
        return _to_few_filters(_padded(x, sides), kernel)
    # An export may leave the batch's size open.
    if not isinstance(x.shape[0], int):
        return None
    if exact and channels < _NARROW and height * width * channels <= filters:
        return _by_patches(_padded(x, sides), kernel)
    return _convolved(x, kernel, sides)


def _is_exact(x):
    """Whether the products of many taps may be added up in numbers of this kind."""
    return x.dtype in (jnp.float32, jnp.float64)


def _padded(x, sides):
    return jnp.pad(x, ((0, 0), *sides, (0, 0)))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _convolved(x, kernel, sides):
    """A convolution whose gradient by the kernel is of matrix products.

    XLA's own takes two to eight times as long where maps or batches are large. A tap's
    product needs a copy of the map, so there is one after the other.
    """
    if _is_copied(x, kernel, sides):
        # A column is added and taken off.
        return _convolution(x, kernel, _ONE_COLUMN)[:, :, :-1]
    return _convolution(x, kernel, sides)


def _is_copied(x, kernel, sides):
    """Whether XLA writes out all patches of a map first, anew in each step.

    Of a padded map it does not, and is three to five times as fast.
    """
    return sides == _UNPADDED and _patches(x, kernel) > _MOST_COPIED


def _convolved_back(sides, saved, gradient):
    x, kernel = saved
    height, width, channels, filters = kernel.shape
    # XLA's gradients, in the form to which it brings them where they are in no loop.
    around = [
        (k - 1 - low, k - 1 - high)
        for k, (low, high) in zip((height, width), sides, strict=True)
    ]
    back = _convolution(gradient, kernel[::-1, ::-1].transpose(0, 1, 3, 2), around)
    x = _padded(x, sides)
    if filters < _NARROW or not _is_exact(x):
        weights = _convolution(
            x.transpose(3, 1, 2, 0), gradient.transpose(1, 2, 0, 3), _ONE_COLUMN
        )
        return back, weights[:, :, :-1].transpose(1, 2, 0, 3)
    columns = _as_matrix(gradient)
    size = (*gradient.shape[:3], channels)

    def tap(place):
        return _as_matrix(jax.lax.dynamic_slice(x, (0, *place, 0), size)).T @ columns

    places = jnp.meshgrid(jnp.arange(height), jnp.arange(width), indexing="ij")
    taps = jax.lax.map(tap, tuple(p.ravel() for p in places))
    return back, taps.reshape(kernel.shape)


_convolved.defvjp(
    lambda x, kernel, sides: (_convolved(x, kernel, sides), (x, kernel)),
    _convolved_back,
)


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
        _as_matrix(x[:, i : i + rows, j : j + columns])
        for i in range(height)
        for j in range(width)
    ]
    if _patches(x, kernel) <= _MOST_PATCHES:
        y = jnp.concatenate(parts, -1) @ kernel.reshape(-1, filters)
    else:
        taps = kernel.reshape(height * width, channels, filters)
        y = sum(part @ tap for part, tap in zip(parts, taps, strict=True))
    return y.reshape(x.shape[0], rows, columns, filters)


def _as_matrix(x):
    """A row for each pixel. Products of maps have gradients that copy them around."""
    return x.reshape(-1, x.shape[-1])


def _convolution(x, kernel, padding):
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


_to_few_filters.defvjp(
    lambda *args: (_to_few_filters(*args), args),
    functools.partial(_convolved_back, _UNPADDED),
)


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
    parts = [
        _as_matrix(x[:, i : i + rows, j : j + columns]) for i in (0, 1) for j in (0, 1)
    ]
    if channels < _NARROW:
        # Products of so few columns would not fill the processor.
        y = jnp.concatenate(parts, -1) @ kernel.reshape(-1, filters)
    else:
        y = sum(part @ taps for part, taps in zip(parts, kernel, strict=True))
    return y.reshape(n, rows, columns, filters)


def doubling_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.DoublingConv2DTranspose`."""
    return _plus(_doubled(x, kernel), bias)


def _doubled(x, kernel):
    """The sums of `doubling_convolution`, without its bias.

    What the kernel writes from one input pixel lies in 2x2 blocks of output pixels:
    four matrix products, whose blocks are added up where they overlap.
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
    pixels = _as_matrix(x)

    def blocks(i, j):
        taps = kernel[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        y = pixels @ _as_matrix(taps).T
        y = y.reshape(n, height, width, *taps.shape[:3])
        # Of a 3x3 kernel no tap reaches the last row and column.
        missing = [(0, 2 - size) for size in taps.shape[:2]]
        return jnp.pad(y, ((0, 0), (i, 1 - i), (j, 1 - j), *missing, (0, 0)))

    y = sum(blocks(i, j) for i in (0, 1) for j in (0, 1))
    y = y.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * height + 2, 2 * width + 2, filters)
    return y[:, 1:-1, 1:-1]
