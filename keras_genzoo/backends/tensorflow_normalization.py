"""Normalisations on TensorFlow that are differentiated in closed form.

Fewer passes over the maps than the gradients of all operations would take, and a graph
that is traced once.
"""

import functools

import tensorflow as tf

from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.backends.tensorflow_gradients import is_differentiated, traced_once


def instance_normalization(x, epsilon):
    """See `keras_genzoo.layers.InstanceNormalization`."""
    if not is_differentiated():
        return None
    return _normalization(epsilon)(tf.cast(x, full_dtype()))


@functools.cache
def _normalization(epsilon):
    axes = (1, 2)

    @traced_once
    def normalized(x):
        centred = x - tf.reduce_mean(x, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axes, keepdims=True)
        scale = tf.math.rsqrt(variance + epsilon)
        y = centred * scale

        def back(g):
            shift = tf.reduce_mean(g, axes, keepdims=True)
            along = tf.reduce_mean(g * y, axes, keepdims=True)
            return (g - (shift + y * along)) * scale

        return y, back

    return normalized


def power_iteration(kernel, u, epsilon, iterations):
    """See `keras_genzoo.layers.SpectralNormalization`."""
    if not is_differentiated():
        return None
    matrix = tf.reshape(kernel, (-1, kernel.shape[-1]))
    sigma, u = _power_iterations(epsilon, iterations)(matrix, u)
    return tf.where(sigma > epsilon, sigma, 1.0), tf.stop_gradient(u)


@functools.cache
def _power_iterations(epsilon, iterations):
    @traced_once
    def iterated(matrix, u):
        for _ in range(iterations):
            v = tf.matmul(u, matrix, transpose_b=True)
            v = v / tf.maximum(tf.norm(v), epsilon)
            image = tf.matmul(v, matrix)
            norm = tf.norm(image)
            u = tf.where(norm > epsilon, image / tf.maximum(norm, epsilon), u)
        # To a gradient they are constants.
        u, v = tf.stop_gradient(u), tf.stop_gradient(v)
        sigma = tf.reduce_sum(tf.matmul(v, matrix) * u)

        def back(by_sigma, by_u):
            return by_sigma * tf.matmul(v, u, transpose_a=True), None

        return (sigma, u), back

    return iterated
