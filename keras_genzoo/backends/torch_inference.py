"""Inference in which a map goes as soon as nothing needs it any more.

Keras' functional call keeps what every layer gave until the last has run; with images
of a million pixels that is gigabytes. The compilers of the other backends see to it.
"""

from collections import Counter
from typing import Any, NamedTuple

import keras
import torch
from keras import layers

from keras_genzoo.backends.torch_networks import functional_class

# Of several maps, each called with a list of them.
_MERGING = (
    layers.Add,
    layers.Average,
    layers.Concatenate,
    layers.Maximum,
    layers.Multiply,
    layers.Subtract,
)


class _Graph(NamedTuple):
    """Layers in their order; with each the ids of what it takes and what it gives."""

    steps: list[tuple[Any, list[int], list[int]]]
    sources: list[int]
    targets: list[int]


def predict_on_batch(network, inputs):
    """`network.predict_on_batch(inputs)`, with less memory."""
    graph, arrays = _graph(network), keras.tree.flatten(inputs)
    if graph is None or any(
        x.ndim != len(t.shape) for x, t in zip(arrays, network.inputs, strict=True)
    ):
        return network.predict_on_batch(inputs)
    with torch.no_grad():
        tensors = [
            keras.ops.convert_to_tensor(x, dtype=t.dtype)
            for x, t in zip(arrays, network.inputs, strict=True)
        ]
        outputs = _run(network, graph, tensors)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def _run(network: Any, graph: _Graph, inputs: list) -> Any:
    values = dict(zip(graph.sources, inputs, strict=True))
    # Nothing else may hold what came in: the first layer is done with it.
    inputs.clear()
    left = Counter(graph.targets)
    for _, taken, _ in graph.steps:
        left.update(taken)
    for layer, taken, given in graph.steps:
        parts = [values[t] for t in taken]
        for t in taken:
            left[t] -= 1
            if not left[t]:
                values.pop(t, None)
        inner = _graph(layer)
        if inner is not None:
            outputs = _run(layer, inner, parts)
        else:
            arguments = keras.tree.pack_sequence_as(layer.input, parts)
            parts.clear()
            outputs = layer(arguments, training=False)
            del arguments
        for t, value in zip(given, keras.tree.flatten(outputs), strict=True):
            values[t] = value
        del outputs
    results = [values[t] for t in graph.targets]
    return keras.tree.pack_sequence_as(network.output, results)


def _graph(network: Any) -> _Graph | None:
    """None for anything but a functional network in which each layer stands once."""
    if type(network) is not functional_class() or network._forward_hooks:
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
        # A layer called with several arguments is left to Keras.
        one = len(taken) == 1 or isinstance(layer, _MERGING)
        if not one or not known.issuperset(taken):
            return None
        steps.append((layer, taken, given))
        known.update(given)
    targets = [id(t) for t in network.outputs]
    return _Graph(steps, sources, targets) if known.issuperset(targets) else None
