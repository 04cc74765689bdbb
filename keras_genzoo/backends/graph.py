"""What a functional network is made of: layers, and the tensors between them."""

import functools
from typing import Any, NamedTuple

import keras
from keras import layers

# Called with one list of several tensors.
_MERGING = (
    layers.Add,
    layers.Average,
    layers.Concatenate,
    layers.Dot,
    layers.Maximum,
    layers.Multiply,
    layers.Subtract,
)


class Graph(NamedTuple):
    """Layers in their order, each with the ids of what it takes and what it gives."""

    steps: list[tuple[Any, list[int], list[int]]]
    sources: list[int]
    targets: list[int]


@functools.cache
def functional_class() -> type:
    """What `keras.Model(inputs, outputs)` makes; it has no public name."""
    tensor = keras.Input((1,))
    return type(keras.Model(tensor, tensor))


def is_ours(layer: Any) -> bool:
    """Whether it is one of this package's layers, which take one argument, `inputs`."""
    return type(layer).__module__.startswith("keras_genzoo.layers.")


def graph_of(network: Any) -> Graph | None:
    """None for anything but a functional network in which each layer stands once."""
    if type(network) is not functional_class():
        return None
    sources = [id(t) for t in network.inputs]
    known = set(sources)
    steps = []
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        try:
            taken, given = (
                [id(t) for t in keras.tree.flatten(tensors)]
                for tensors in (layer.input, layer.output)
            )
        except (AttributeError, ValueError):
            # Keras' words for a layer that stands in several places, or in none.
            return None
        # Any other layer of several tensors may take them as several arguments.
        one = len(taken) == 1 or isinstance(layer, _MERGING) or is_ours(layer)
        if not one or not known.issuperset(taken):
            return None
        steps.append((layer, taken, given))
        known.update(given)
    targets = [id(t) for t in network.outputs]
    return Graph(steps, sources, targets) if known.issuperset(targets) else None
