"""What the networks are made of, on maps in NHWC."""

import jax
import jax.numpy as jnp
from jax import lax

_LAYOUT = ("NHWC", "HWIO", "NHWC")
# What layers multiply in. Weights, statistics and losses are float32 in any case.
compute_dtype = "float32"


def narrow(*arrays):
    return (a.astype(compute_dtype) for a in arrays)


def biased(layer, x):
    return x + layer["bias"].astype(x.dtype) if "bias" in layer else x


def dense(layer, x):
    x, kernel = narrow(x, layer["kernel"])
    return biased(layer, x @ kernel)


def conv(layer, x, stride=1, padding="SAME"):
    x, kernel = narrow(x, layer["kernel"])
    x = lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=_LAYOUT
    )
    return biased(layer, x)


def doubling(layer, x, pads=(2, 2)):
    """A transposed convolution of stride 2, whose kernel `flipped` has prepared.

    `pads` are those of the dilated convolution that it is: (2, 2) for a 4x4 kernel and
    "same" padding.
    """
    x, kernel = narrow(x, layer["kernel"])
    x = lax.conv_general_dilated(
        x,
        kernel,
        (1, 1),
        (pads, pads),
        lhs_dilation=(2, 2),
        dimension_numbers=_LAYOUT,
    )
    return biased(layer, x)


def flipped(layer):
    """From the kernel of a convolution's gradient to that of a dilated convolution."""
    kernel = layer["kernel"][::-1, ::-1].transpose(0, 1, 3, 2)
    return {**layer, "kernel": kernel}


def reflected(x, padding):
    pads = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    return jnp.pad(x, pads, "reflect")


def batch_norm(x, stats):
    """The normalised map and the new running statistics."""
    dtype, x = x.dtype, x.astype("float32")
    mean = jnp.mean(x, (0, 1, 2))
    var = jnp.mean(jnp.square(x), (0, 1, 2)) - jnp.square(mean)
    new = {
        "mean": 0.9 * stats["mean"] + 0.1 * mean,
        "var": 0.9 * stats["var"] + 0.1 * var,
    }
    return ((x - mean) * lax.rsqrt(var + 1e-5)).astype(dtype), new


def scaled_batch_norm(x, params, stats):
    x, new = batch_norm(x, stats)
    scale, shift = (params[n].astype(x.dtype) for n in ("scale", "shift"))
    return x * scale + shift, new


def instance_norm(x):
    dtype, x = x.dtype, x.astype("float32")
    x = x - jnp.mean(x, (1, 2), keepdims=True)
    var = jnp.mean(jnp.square(x), (1, 2), keepdims=True)
    return (x * lax.rsqrt(var + 1e-5)).astype(dtype)


def doubled(x):
    """Every pixel twice along each side."""
    return x.repeat(2, 1).repeat(2, 2)


def halved(x):
    """Means of 2x2 blocks."""
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4))


def spectral(kernel, u):
    """The kernel over its spectral norm, and the new u: one power iteration."""
    matrix = kernel.reshape(-1, kernel.shape[-1])
    constant = lax.stop_gradient(matrix)
    v = u @ constant.T
    v = v / jnp.linalg.norm(v)
    u = v @ constant
    u = u / jnp.linalg.norm(u)
    return kernel / jnp.sum(v @ matrix * u), u


def spectral_layer(layer, u):
    kernel, u = spectral(layer["kernel"], u)
    return {**layer, "kernel": kernel}, u


def relu(x):
    return jax.nn.relu(x)


def leaky_relu(x):
    return jax.nn.leaky_relu(x, 0.2)
