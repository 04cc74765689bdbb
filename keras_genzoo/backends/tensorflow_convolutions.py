"""Convolutions on TensorFlow: on a CPU some of their gradients can be slow.

Where TensorFlow runs without oneDNN, on CPUs without AVX-512 or newer unless asked:

- A transposed convolution, which is also a convolution's gradient by its input, goes
  image by image. Where maps are small, that takes two to five times as long as the same
  sums as four products of matrices.
- The gradients of a convolution to a few colours are products with as few columns. Two
  products with all taps' gradients take a fifth to a fifteenth of the time.

With oneDNN the second is as fast, or faster; the first is slower, unless the kernel is
large.
"""

import functools
import os
import re
from pathlib import Path

import tensorflow as tf

from keras_genzoo.backends.tensorflow_gradients import is_differentiated, traced_once

# Pixels of the smaller map, up to which products are faster than image by image.
_SMALL = 64
# Of channels and filters, from which products are faster than oneDNN.
_LARGE = 2**17
# Around a 3x3 kernel's maps there is a row and a column of zeros on every side; of the
# 2n + 1 that it reaches when transposed, the first is cut off.
_ONE = [[0, 0], [1, 1], [1, 1], [0, 0]]
_FIRST = [[0, 0], [1, 0], [1, 0], [0, 0]]
_EXACT = (tf.float32, tf.float64)
# Filters, up to which a pixel's gradients at all taps are made one row.
_FEW = 4


def plain_convolution(x, kernel, padding):
    """See `keras_genzoo.layers.PlainConv2D`; None leaves it to Keras."""
    height, width, _, filters = kernel.shape
    if not (
        filters <= _FEW
        and height * width > 1
        and x.shape[1:3].is_fully_defined()
        and _is_exact(kernel)
    ):
        return None
    if padding == "same":
        sides = [[(k - 1) // 2, k // 2] for k in (height, width)]
        x = tf.pad(x, [[0, 0], *sides, [0, 0]])
    return _to_few_filters(x, _read(kernel))


@traced_once
def _to_few_filters(x, kernel):
    """A convolution whose gradients are two products, of one matrix."""
    height, width, channels, filters = kernel.shape

    def back(y):
        y = tf.pad(y, [[0, 0], [height - 1] * 2, [width - 1] * 2, [0, 0]])
        rows, columns = x.shape[1:3]
        # From the last tap to the first.
        y = tf.concat([y[:, :, j : j + columns] for j in range(width)], -1)
        y = tf.concat([y[:, i : i + rows] for i in range(height)], -1)
        y = tf.reshape(y, (-1, height * width * filters))
        taps = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
        by_input = tf.matmul(y, tf.reshape(taps, (-1, channels)))
        by_taps = tf.matmul(y, tf.reshape(x, (-1, channels)), transpose_a=True)
        by_taps = tf.reshape(by_taps, taps.shape)
        return (
            tf.reshape(by_input, tf.shape(x)),
            tf.transpose(by_taps, (0, 1, 3, 2))[::-1, ::-1],
        )

    return tf.nn.conv2d(x, kernel, 1, "VALID"), back


def halving_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.HalvingConv2D`."""
    sides = x.shape[1:3]
    even = sides.is_fully_defined() and not any(side % 2 for side in sides)
    small = even and _is_small(kernel, sides[0] // 2, sides[1] // 2)
    return _plus((_halved if small else _convolved)(x, _read(kernel)), bias)


def doubling_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.DoublingConv2DTranspose`."""
    sides = x.shape[1:3]
    small = sides.is_fully_defined() and _is_small(kernel, *sides)
    return _plus((_doubled if small else _transposed)(x, _read(kernel)), bias)


def _read(kernel):
    """Its numbers, where it is a variable: a custom gradient wants no others."""
    return tf.convert_to_tensor(kernel)


def _plus(y, bias):
    return y if bias is None else tf.nn.bias_add(y, bias)


def _is_small(kernel, height, width):
    if kernel.shape[0] != 4 or height * width > _SMALL or not _is_exact(kernel):
        return False
    return kernel.shape[2] * kernel.shape[3] >= _LARGE or not _has_onednn()


@functools.cache
def _has_onednn():
    """Whether TensorFlow computes by oneDNN: where it is asked to, or else on CPUs that
    have instructions for neural networks.
    """
    asked = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "").lower()
    if asked in ("0", "1", "false", "true"):
        return asked in ("1", "true")
    known = Path("/proc/cpuinfo")
    flags = known.read_text() if known.is_file() else ""
    return bool(re.search(r"\b(avx512_vnni|avx512_bf16|avx_vnni|amx_\w+)\b", flags))


def _is_exact(kernel):
    """Whether products may take the convolution's place.

    Of halves, their sums would be rounded in between. A GPU's convolutions are fast.
    """
    exact = is_differentiated() and kernel.dtype in _EXACT
    return exact and not tf.config.list_logical_devices("GPU")


def _convolved(x, kernel):
    return tf.nn.conv2d(x, kernel, 2, _ONE if kernel.shape[0] == 3 else "SAME")


def _transposed(x, kernel):
    size = tf.shape(x)
    height, width = (None if s is None else 2 * s for s in x.shape[1:3])
    y = tf.nn.conv2d_transpose(
        x,
        kernel,
        (size[0], 2 * size[1], 2 * size[2], kernel.shape[2]),
        strides=2,
        padding=_FIRST if kernel.shape[0] == 3 else "SAME",
    )
    return tf.ensure_shape(y, (x.shape[0], height, width, kernel.shape[2]))


def _by_kernel(x, y, kernel):
    """`_convolved(x, kernel)`'s gradient by the kernel, of `y`, that by its value."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x,
        filter_sizes=kernel.shape,
        out_backprop=y,
        strides=[1, 2, 2, 1],
        padding="SAME",
    )


@traced_once
def _halved(x, kernel):
    """`_convolved`, whose gradient by `x` is of products."""
    return _convolved(x, kernel), lambda y: (
        _doubled(y, kernel),
        _by_kernel(x, y, kernel),
    )


@traced_once
def _doubled(x, kernel):
    """`_transposed` as products.

    What the kernel writes from one input pixel lies in 2x2 blocks of output pixels:
    four products, whose blocks are added up where they overlap.
    """
    height, width, channels = x.shape[1:]
    filters = kernel.shape[2]
    pixels = tf.reshape(x, (-1, channels))

    def blocks(i, j):
        taps = kernel[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        y = tf.matmul(pixels, tf.reshape(taps, (-1, channels)), transpose_b=True)
        y = tf.reshape(y, (-1, height, width, 4 * filters))
        return tf.pad(y, [[0, 0], [i, 1 - i], [j, 1 - j], [0, 0]])

    y = tf.add_n([blocks(i, j) for i in (0, 1) for j in (0, 1)])
    y = tf.nn.depth_to_space(y, 2)[:, 1:-1, 1:-1]
    return y, lambda z: (_halved(z, kernel), _by_kernel(z, x, kernel))
