"""Inference in which a map goes as soon as nothing needs it any more.

Keras' functional call keeps what every layer gave until the last has run; with images
of a million pixels that is gigabytes. The compilers of the other backends see to it.
"""

from collections import Counter
from typing import Any

import keras
import torch

from keras_genzoo.backends.graph import Graph, graph_of


def predict_on_batch(network, inputs):
    """`network.predict_on_batch(inputs)`, with less memory."""
    graph, arrays = graph_of(network), keras.tree.flatten(inputs)
    if (
        graph is None
        or network._forward_hooks
        or any(
            x.ndim != len(t.shape) for x, t in zip(arrays, network.inputs, strict=True)
        )
    ):
        return network.predict_on_batch(inputs)
    with torch.no_grad():
        tensors = [
            keras.ops.convert_to_tensor(x, dtype=t.dtype)
            for x, t in zip(arrays, network.inputs, strict=True)
        ]
        outputs = _run(network, graph, tensors)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def _run(network: Any, graph: Graph, inputs: list) -> Any:
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
        arguments = keras.tree.pack_sequence_as(layer.input, parts)
        parts.clear()
        outputs = layer(arguments, training=False)
        del arguments
        for t, value in zip(given, keras.tree.flatten(outputs), strict=True):
            values[t] = value
        del outputs
    results = [values[t] for t in graph.targets]
    return keras.tree.pack_sequence_as(network.output, results)
