"""One pass of a network over several batches, where it treats each image by itself.

One pass costs fewer operations than several, to trace, to compile and to start.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import activations, layers, ops

from keras_genzoo import layers as ours
from keras_genzoo.backends.graph import functional_class

# They draw nothing, keep no state, and do not look from one example to another.
_SEPARATE = frozenset(
    (
        layers.Activation,
        layers.Add,
        layers.AveragePooling2D,
        layers.Conv2D,
        layers.Conv2DTranspose,
        layers.Cropping2D,
        layers.Dense,
        layers.Flatten,
        layers.GlobalAveragePooling2D,
        layers.Identity,
        layers.InputLayer,
        layers.LeakyReLU,
        layers.MaxPooling2D,
        layers.ReLU,
        layers.Rescaling,
        layers.UpSampling2D,
        layers.ZeroPadding2D,
        ours.BinomialDownsampling2D,
        ours.BinomialUpsampling2D,
        ours.DoublingConv2DTranspose,
        ours.HalvingConv2D,
        ours.InstanceNormalization,
        ours.NearestDoublingConv2D,
        ours.PlainConv2D,
        ours.ReflectionPadding2D,
    )
)
_POINTWISE = (
    None,
    activations.elu,
    activations.leaky_relu,
    activations.linear,
    activations.relu,
    activations.sigmoid,
    activations.silu,
    activations.tanh,
)


def is_separate(network: Any) -> bool:
    """Whether a batch of two halves gives what the halves would give."""
    return type(network) is functional_class() and all(
        type(layer) in _SEPARATE
        and layer.activity_regularizer is None
        and getattr(layer, "activation", None) in _POINTWISE
        for layer in network.layers
    )


def run_both(
    run: Callable[[Any], Any], first: Any, second: Any, separate: bool
) -> tuple[Any, Any]:
    """`run(first), run(second)`, of a separate network in one pass."""
    # Batches that lie on several devices would be sent around to be joined.
    if not separate or keras.distribution.distribution() is not None:
        return run(first), run(second)
    count = ops.shape(first)[0]
    outputs = run(ops.concatenate([first, second], axis=0))
    return outputs[:count], outputs[count:]
