"""How many multiplications a network's pass over one example takes, on paper."""

import math

import keras
from keras import layers

from keras_genzoo.layers import DownscalingConv2D


def multiplications(network: keras.Model, side: int | None = None) -> int:
    """Multiply-adds in the dense layers and convolutions of a functional network.

    Args:
        network: a built functional model.
        side: of the images, for a network that leaves their size open.
    """
    total = 0
    shape = tuple(network.inputs[0].shape)
    if side is not None:
        shape = (1, side, side, shape[-1])
    spec = [keras.KerasTensor((1, *shape[1:]))]
    spec += [keras.KerasTensor((1, *t.shape[1:])) for t in network.inputs[1:]]
    sizes = _output_shapes(network, spec)
    for layer in network.layers:
        inner = getattr(layer, "layer", layer)
        kernel = getattr(inner, "kernel", None)
        if kernel is None:
            continue
        # These take their products at the pixels that come in.
        before = isinstance(inner, layers.Conv2DTranspose | DownscalingConv2D)
        at = sizes[layer.name][0 if before else 1]
        total += math.prod(kernel.shape) * math.prod(at[1:-1])
    return total


def _output_shapes(network: keras.Model, spec: list) -> dict[str, tuple]:
    """`{layer: (shape in, shape out)}` for inputs of these shapes."""
    known = dict(zip((id(t) for t in network.inputs), spec, strict=True))
    found = {}
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        taken = keras.tree.map_structure(lambda t: known[id(t)], layer.input)
        given = layer.compute_output_spec(taken)
        for old, new in zip(
            keras.tree.flatten(layer.output), keras.tree.flatten(given), strict=True
        ):
            known[id(old)] = new
        first = keras.tree.flatten(taken)[0]
        found[layer.name] = (first.shape, keras.tree.flatten(given)[0].shape)
    return found
