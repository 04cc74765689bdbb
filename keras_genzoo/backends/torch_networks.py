"""Networks on PyTorch, without Keras' bookkeeping around every layer.

`Layer.__call__` converts, checks, opens scopes and looks for masks. On a backend that
runs eagerly this takes a small network about as long as its arithmetic.
"""

import inspect
import weakref
from typing import Any, NamedTuple

import keras
import torch

from keras_genzoo.backends.torch_graph import graph_of
from keras_genzoo.backends.torch_layers import call_plain, is_plain, is_untouched


class _Step(NamedTuple):
    """A layer, the ids of what it takes and gives; whether it asks for `training`."""

    layer: Any
    taken: list[int]
    given: int
    trains: bool


class _Plan(NamedTuple):
    steps: list[_Step]
    sources: list[int]
    targets: list[int]


_plans = weakref.WeakKeyDictionary()


def run_network(network, inputs, training):
    """`network(inputs, training=training)`, sooner where every layer is plain."""
    if network not in _plans:
        _plans[network] = _plan(network)
    plan = _plans[network]
    parts = inputs if isinstance(inputs, list) else [inputs]
    if plan is None or not _can_run(plan, network, parts):
        return network(inputs, training=training)
    values = dict(zip(plan.sources, parts, strict=True))
    for layer, taken, given, trains in plan.steps:
        parts = [values[t] for t in taken]
        argument = parts[0] if len(parts) == 1 else parts
        if trains:
            values[given] = layer.call(argument, training=training)
        else:
            values[given] = call_plain(layer, argument)
    outputs = [values[t] for t in plan.targets]
    return keras.tree.pack_sequence_as(network.output, outputs)


def _plan(network: Any) -> _Plan | None:
    """None for a network that is not a functional one of plain layers, used once."""
    graph = graph_of(network)
    if graph is None:
        return None
    steps = []
    for layer, taken, given in graph.steps:
        if not is_plain(layer) or len(given) != 1:
            return None
        trains = "training" in inspect.signature(layer.call).parameters
        steps.append(_Step(layer, taken, given[0], trains))
    return _Plan(steps, graph.sources, graph.targets)


def _can_run(plan: _Plan, network: Any, inputs: list) -> bool:
    # Asked anew each time: a network can be quantised, or given a hook.
    return (
        len(inputs) == len(network.inputs)
        and all(
            isinstance(x, torch.Tensor)
            and keras.backend.standardize_dtype(x.dtype) == symbol.dtype
            and x.ndim == len(symbol.shape)
            for x, symbol in zip(inputs, network.inputs, strict=True)
        )
        and keras.distribution.distribution() is None
        and not (network._forward_hooks or network._forward_pre_hooks)
        and all(is_untouched(step.layer) for step in plan.steps)
    )
