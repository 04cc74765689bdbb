"""Penalties on a discriminator's input gradient and on weights, as pure functions.

A `critic` is a function from examples `(batch, ...)` to logits that treats examples
independently: batch normalisation would mix their gradients. Everything is float32,
whatever the precision of the critic, and can be differentiated by its variables.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.likelihood import sum_per_example


def _squared_gradient_norm(critic: Callable[[Any], Any], x: Any) -> Any:
    # In float32 because `x` is, also where the critic computes in half precision.
    x = ops.cast(x, full_dtype())
    return sum_per_example(ops.square(backends.input_gradient(critic, x)))


def gradient_penalty(
    critic: Callable[[Any], Any],
    real: Any,
    fake: Any,
    weights: Any,
    one_sided: bool = False,
) -> Any:
    """`(||grad D(x)|| - 1)^2` between a real and a generated example.

    At `x = weights * real + (1 - weights) * fake`, with the norm over all axes of one
    example.

    Args:
        critic: from examples to logits.
        real, fake: tensors of one shape `(batch, ...)`.
        weights: uniform in [0, 1], one per example, of shape `(batch, 1, ...)`.
        one_sided: penalise only norms above 1.

    Returns:
        float32 tensor of shape `(batch,)`.

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs, 2017.
    """
    real, fake, weights = (ops.cast(t, full_dtype()) for t in (real, fake, weights))
    x = weights * real + (1.0 - weights) * fake
    # The root's own derivative is infinite at 0, where a constant critic sits.
    excess = ops.sqrt(_squared_gradient_norm(critic, x) + 1e-12) - 1.0
    return ops.square(ops.relu(excess) if one_sided else excess)


def zero_centred_penalty(critic: Callable[[Any], Any], x: Any) -> Any:
    """`||grad D(x)||^2 / 2`: R1 on real examples, R2 on generated ones.

    Args:
        critic: from examples to logits.
        x: tensor of shape `(batch, ...)`.

    Returns:
        float32 tensor of shape `(batch,)`.

    Reference: Mescheder, Geiger and Nowozin, Which Training Methods for GANs do
    actually Converge?, 2018, equation 9.
    """
    return 0.5 * _squared_gradient_norm(critic, x)


def orthogonality(kernel: Any) -> Any:
    """`||W W^T * (1 - I)||_F^2`: how far the rows of W are from orthogonal.

    The rows' norms are free. W is the kernel reshaped to `(last axis, everything
    else)`, one row per output channel; per input channel for a transposed convolution,
    whose kernel ends in them.

    Args:
        kernel: tensor of rank 2 or more, of known shape.

    Returns:
        float32 scalar.

    Reference: Brock, Donahue and Simonyan, Large Scale GAN Training (BigGAN), 2019,
    equation 3.
    """
    rows = kernel.shape[-1]
    columns = ops.reshape(ops.cast(kernel, full_dtype()), (-1, rows))
    if rows <= columns.shape[0]:
        gram = ops.matmul(ops.transpose(columns), columns)
        return ops.sum(ops.square(gram * (1.0 - ops.eye(rows, dtype=full_dtype()))))
    # W W^T and W^T W have one norm. A dense layer from latents to a picture has
    # thousands of rows and few columns: their product is the one that fits.
    gram = ops.matmul(columns, ops.transpose(columns))
    squared_norms = ops.sum(ops.square(columns), axis=0)
    return ops.sum(ops.square(gram)) - ops.sum(ops.square(squared_norms))
