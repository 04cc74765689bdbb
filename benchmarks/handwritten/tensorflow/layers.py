"""Modules that start from Keras' arrays."""

import tensorflow as tf

# Rows and columns of zeros around a map.
ONE = [[0, 0], [1, 1], [1, 1], [0, 0]]
# What layers multiply in. Weights, statistics and losses are float32 in any case.
compute_dtype = tf.float32


def narrow(*tensors):
    return (tf.cast(t, compute_dtype) for t in tensors)


def biased(x, bias):
    return x if bias is None else tf.nn.bias_add(x, tf.cast(bias, x.dtype))


def to_float(x):
    return tf.cast(x, tf.float32)


class Dense(tf.Module):
    def __init__(self, kernel, bias=None):
        super().__init__()
        self.kernel = tf.Variable(kernel)
        self.bias = None if bias is None else tf.Variable(bias)

    def __call__(self, x):
        x, kernel = narrow(x, self.kernel)
        return biased(x @ kernel, self.bias)


class Conv(tf.Module):
    def __init__(self, kernel, bias=None, stride=1, padding="SAME"):
        super().__init__()
        self.kernel = tf.Variable(kernel)
        self.bias = None if bias is None else tf.Variable(bias)
        self.stride, self.padding = stride, padding

    def __call__(self, x):
        x, kernel = narrow(x, self.kernel)
        x = tf.nn.conv2d(x, kernel, self.stride, self.padding)
        return biased(x, self.bias)


class Doubling(tf.Module):
    """A transposed convolution of stride 2."""

    def __init__(self, kernel, bias=None, padding="SAME"):
        super().__init__()
        self.kernel = tf.Variable(kernel)
        self.bias = None if bias is None else tf.Variable(bias)
        self.padding = padding

    def __call__(self, x):
        n, (height, width) = tf.shape(x)[0], x.shape[1:3]
        size = (n, 2 * height, 2 * width, self.kernel.shape[2])
        x, kernel = narrow(x, self.kernel)
        x = tf.nn.conv2d_transpose(x, kernel, size, 2, self.padding)
        return biased(x, self.bias)


class BatchNorm(tf.Module):
    def __init__(self, mean, var, scale=None, shift=None):
        super().__init__()
        ones, zeros = tf.ones_like(mean), tf.zeros_like(mean)
        self.scale = ones if scale is None else tf.Variable(scale)
        self.shift = zeros if shift is None else tf.Variable(shift)
        self.mean = tf.Variable(mean, trainable=False)
        self.var = tf.Variable(var, trainable=False)

    def __call__(self, x):
        y, mean, var = tf.compat.v1.nn.fused_batch_norm(
            x, self.scale, self.shift, epsilon=1e-5, is_training=True
        )
        self.mean.assign_sub(0.1 * (self.mean - mean))
        self.var.assign_sub(0.1 * (self.var - var))
        return y


class Spectral(tf.Module):
    """A kernel over its spectral norm: one power iteration from u in every call."""

    def __init__(self, kernel, u):
        super().__init__()
        self.kernel = tf.Variable(kernel)
        self.u = tf.Variable(u, trainable=False)

    def __call__(self):
        matrix = tf.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        constant = tf.stop_gradient(matrix)
        v = tf.matmul(self.u, constant, transpose_b=True)
        v = v / tf.norm(v)
        u = v @ constant
        u = u / tf.norm(u)
        self.u.assign(u)
        return self.kernel / tf.reduce_sum(v @ matrix * u)


class SpectralConv(tf.Module):
    def __init__(self, kernel, u, bias):
        super().__init__()
        self.kernel, self.bias = Spectral(kernel, u), tf.Variable(bias)

    def __call__(self, x):
        x, kernel = narrow(x, self.kernel())
        return biased(tf.nn.conv2d(x, kernel, 1, "SAME"), self.bias)


class InstanceNorm(tf.Module):
    def __call__(self, x):
        mean, var = tf.nn.moments(x, (1, 2), keepdims=True)
        return tf.nn.batch_normalization(x, mean, var, None, None, 1e-5)


class ReflectedConv(Conv):
    """A convolution of a map continued as in a mirror."""

    def __init__(self, kernel, bias):
        super().__init__(kernel, bias, padding="VALID")
        pad = kernel.shape[0] // 2
        self.pads = [[0, 0], [pad, pad], [pad, pad], [0, 0]]

    def __call__(self, x):
        return super().__call__(tf.pad(x, self.pads, "REFLECT"))


class Sequence(tf.Module):
    """Modules and functions, one after the other."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def leaky_relu(x):
    return tf.nn.leaky_relu(x, 0.2)


def to_map(side):
    return lambda x: tf.reshape(x, (-1, side, side, x.shape[-1] // side**2))


def flat(x):
    return tf.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3]))


def doubled(x):
    """Every pixel twice along each side."""
    return tf.repeat(tf.repeat(x, 2, 1), 2, 2)


def halved(x):
    """Means of 2x2 blocks."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")
