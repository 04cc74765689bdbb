"""SNGAN's residual networks with labels, and the hinge loss."""

import tensorflow as tf

from handwritten import keras_weights
from handwritten.tensorflow.layers import (
    BatchNorm,
    Conv,
    Dense,
    Sequence,
    Spectral,
    SpectralConv,
    doubled,
    halved,
    to_float,
    to_map,
)


class ConditionalNorm(tf.Module):
    def __init__(self, gain, bias, mean, var):
        super().__init__()
        self.norm = BatchNorm(mean, var)
        self.gain, self.bias = Dense(gain), Dense(bias)

    def __call__(self, x, condition):
        gain = self.gain(condition)[:, None, None]
        return self.norm(x) * (1.0 + gain) + self.bias(condition)[:, None, None]


class GeneratorBlock(tf.Module):
    def __init__(self, params: dict, stats: list):
        super().__init__()
        self.first_norm = ConditionalNorm(**params["first_norm"], **stats[0])
        self.second_norm = ConditionalNorm(**params["second_norm"], **stats[1])
        self.first, self.second, self.shortcut = (
            Conv(**params[name]) for name in ("first", "second", "shortcut")
        )

    def __call__(self, x, condition):
        y = self.first(doubled(tf.nn.relu(self.first_norm(x, condition))))
        y = self.second(tf.nn.relu(self.second_norm(y, condition)))
        return y + doubled(self.shortcut(x))


class Generator(tf.Module):
    def __init__(self, side: int, arrays: list):
        super().__init__()
        params, stats = keras_weights.resnet_generator(arrays)
        base = side // 2 ** len(params["blocks"])
        self.start = Sequence(Dense(**params["dense"]), to_map(base))
        self.embedding = tf.Variable(params["embedding"])
        self.blocks = [
            GeneratorBlock(*each)
            for each in zip(params["blocks"], stats["blocks"], strict=True)
        ]
        norm = BatchNorm(**stats["last"], **params["norm"])
        last = Conv(**params["last"])
        self.end = Sequence(norm, tf.nn.relu, last, to_float, tf.tanh)

    def __call__(self, z, labels):
        x, condition = self.start(z), tf.gather(self.embedding, labels)
        for block in self.blocks:
            x = block(x, condition)
        return self.end(x)


class DiscriminatorBlock(tf.Module):
    def __init__(self, params: dict, stats: dict, first: bool):
        super().__init__()
        self.is_first = first
        self.layers = {
            name: SpectralConv(**layer, u=stats[name]) for name, layer in params.items()
        }

    def __call__(self, x):
        y = self.layers["first"](x if self.is_first else tf.nn.relu(x))
        y = self.layers["second"](tf.nn.relu(y))
        if "shortcut" not in self.layers:
            return x + y
        return halved(y) + self.layers["shortcut"](halved(x))


class Discriminator(tf.Module):
    def __init__(self, arrays: list):
        super().__init__()
        params, stats = keras_weights.resnet_discriminator(arrays)
        self.blocks = [
            DiscriminatorBlock(*each, first=i == 0)
            for i, each in enumerate(
                zip(params["blocks"], stats["blocks"], strict=True)
            )
        ]
        self.kernel = Spectral(params["dense"]["kernel"], stats["dense"])
        self.bias = tf.Variable(params["dense"]["bias"])
        self.embedding = Spectral(params["embedding"], stats["embedding"])

    def __call__(self, x, labels):
        for block in self.blocks:
            x = block(x)
        features = tf.reduce_sum(to_float(tf.nn.relu(x)), (1, 2))
        embedded = tf.gather(self.embedding(), labels)
        projection = tf.reduce_sum(features * embedded, 1, keepdims=True)
        return features @ self.kernel() + self.bias + projection


def hinge_losses(real, fake):
    return tf.reduce_mean(tf.nn.relu(1.0 - real) + tf.nn.relu(1.0 + fake))


def hinge_generator_loss(fake):
    return -tf.reduce_mean(fake)
