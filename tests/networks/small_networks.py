"""One small network of each family, built once, and how the tests look into them."""

import functools
from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

from keras_genzoo import networks
from keras_genzoo.layers.spectral_normalization import SpectralNormalization

SHAPE = (28, 28, 1)
CLASSES = 3

BUILDERS = {
    "dcgan_generator": lambda: networks.dcgan_generator(
        SHAPE, 4, 4, upsample="nearest", num_classes=CLASSES, seed=0
    ),
    "dcgan_discriminator": lambda: networks.dcgan_discriminator(
        SHAPE, 4, num_classes=CLASSES, batch_norm=False, spectral=True, seed=0
    ),
    "resnet_generator": lambda: networks.resnet_generator(
        SHAPE, 4, 4, num_classes=CLASSES, seed=0
    ),
    "resnet_discriminator": lambda: networks.resnet_discriminator(
        SHAPE, 4, num_classes=CLASSES, spectral=False, pack=2, seed=0
    ),
    "biggan_generator": lambda: networks.biggan_generator(
        SHAPE, CLASSES, 6, width=1, embedding_dim=2, seed=0
    ),
    "biggan_discriminator": lambda: networks.biggan_discriminator(
        SHAPE, CLASSES, width=1, seed=0
    ),
    "r3gan_generator": lambda: networks.r3gan_generator(
        SHAPE, 4, 8, 1, cardinality=2, num_classes=CLASSES, seed=0
    ),
    "r3gan_discriminator": lambda: networks.r3gan_discriminator(
        SHAPE, (8, 8, 4), 1, cardinality=2, num_classes=CLASSES, seed=0
    ),
    "conv_encoder": lambda: networks.conv_encoder(
        SHAPE, 3, 4, dense=24, num_classes=CLASSES, posterior=False, seed=0
    ),
    "conv_decoder": lambda: networks.conv_decoder(
        SHAPE, 3, 4, dense=24, num_classes=CLASSES, seed=0
    ),
    "resnet_encoder": lambda: networks.resnet_encoder(
        SHAPE, 3, 2, num_classes=CLASSES, posterior=False, seed=0
    ),
    "resnet_decoder": lambda: networks.resnet_decoder(
        SHAPE, 3, 2, num_classes=CLASSES, seed=0
    ),
}


@functools.cache
def small(name):
    return BUILDERS[name]()


def inputs_for(network, batch=4, seed=0):
    rng = np.random.default_rng(seed)
    return [
        np.arange(batch, dtype="int32") % CLASSES
        if x.dtype == "int32"
        else rng.normal(size=(batch, *x.shape[1:])).astype("float32")
        for x in network.inputs
    ]


def evaluate(network, inputs, training=False):
    return ops.convert_to_numpy(network(inputs, training=training))


@contextmanager
def kept(network):
    """What happens inside does not outlast the block."""
    weights = network.get_weights()
    yield network
    network.set_weights(weights)


def randomize(network, names=("bias", "embeddings"), seed=0):
    """Values for the weights that start at zero, so that nothing stays hidden."""
    rng = np.random.default_rng(seed)
    for weight in network.trainable_variables:
        if weight.name in names or not np.any(ops.convert_to_numpy(weight)):
            weight.assign(0.3 * rng.normal(size=weight.shape).astype("float32"))


def unwrapped(network, kind, kernel_size=None):
    """The layers of this kind, inside spectral normalisation or not, in order."""
    layers = [
        x.layer if isinstance(x, SpectralNormalization) else x for x in network.layers
    ]
    return [
        x
        for x in layers
        if isinstance(x, kind)
        and (kernel_size is None or x.kernel_size == (kernel_size, kernel_size))
    ]


def trainable_count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


def value(variable):
    return np.array(ops.convert_to_numpy(variable), "float64")


def matrix(layer):
    """The kernel as (everything else, output channels)."""
    kernel = layer.kernel if hasattr(layer, "kernel") else layer.embeddings
    return value(kernel).reshape(-1, kernel.shape[-1])


Embedding, Dense, Conv2D = (
    keras.layers.Embedding,
    keras.layers.Dense,
    keras.layers.Conv2D,
)


def affine(x, layer):
    return x @ value(layer.kernel) + value(layer.bias)


def outputs_of(network, inputs):
    return [ops.convert_to_numpy(y) for y in network(inputs)]


def vectors(network, labels):
    """Each embedding's rows for these labels, in the order they were made."""
    made = sorted(unwrapped(network, Embedding), key=lambda x: number(x.name))
    return [value(x.embeddings)[labels] for x in made]


def arguments(network):
    inputs = inputs_for(network)
    return inputs if len(inputs) > 1 else inputs[0]


def number(name):
    return int("0" + "".join(filter(str.isdigit, name)))


def by_number(network, kind, *size):
    return sorted(unwrapped(network, kind, *size), key=lambda x: number(x.name))
