"""Plain perceptrons on PyTorch, without Keras' bookkeeping around every layer.

`Layer.__call__` converts, checks, opens scopes and looks for masks. On a backend that
runs eagerly this takes a small network about as long as its arithmetic.
"""

import functools
import weakref
from typing import Any, NamedTuple

import keras
import torch
from keras import layers

# Layers of which `call(x)` is all there is, in training too.
_PLAIN = (
    layers.Activation,
    layers.Dense,
    layers.Flatten,
    layers.LeakyReLU,
    layers.ReLU,
    layers.Reshape,
)


class _Plan(NamedTuple):
    """Layers in their order, with the ids of the tensors that each takes and gives."""

    steps: list[tuple[Any, int, int]]
    source: int
    rank: int
    targets: list[int]
    structure: Any


_plans = weakref.WeakKeyDictionary()


def run_network(network, inputs, training):
    """`network(inputs, training=training)`, sooner where every layer is plain."""
    if network not in _plans:
        _plans[network] = _plan(network)
    plan = _plans[network]
    if plan is None or not _can_run(plan, network, inputs):
        return network(inputs, training=training)
    values = {plan.source: inputs}
    for layer, source, target in plan.steps:
        call = _dense if type(layer) is layers.Dense else type(layer).call
        values[target] = call(layer, values[source])
    outputs = [values[t] for t in plan.targets]
    return keras.tree.pack_sequence_as(plan.structure, outputs)


def _plan(network: Any) -> _Plan | None:
    """None for a network that is not a functional one of plain layers, used once."""
    if type(network) is not functional_class() or len(network.inputs) != 1:
        return None
    (source,) = network.inputs
    known = {id(source)}
    steps = []
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        # Of a layer that stands in several places `input` is only the first.
        if type(layer) not in _PLAIN or id(layer.input) not in known:
            return None
        steps.append((layer, id(layer.input), id(layer.output)))
        known.add(id(layer.output))
    targets = [id(t) for t in network.outputs]
    if not known.issuperset(targets):
        return None
    return _Plan(steps, id(source), len(source.shape), targets, network.output)


@functools.cache
def functional_class() -> type:
    """What `keras.Model(inputs, outputs)` makes; it has no public name."""
    tensor = keras.Input((1,))
    return type(keras.Model(tensor, tensor))


def _can_run(plan: _Plan, network: Any, inputs: Any) -> bool:
    # Asked anew each time: a network can be quantised, or given a hook.
    return (
        isinstance(inputs, torch.Tensor)
        and inputs.dtype == torch.float32
        and inputs.ndim == plan.rank
        and keras.distribution.distribution() is None
        and not (network._forward_hooks or network._forward_pre_hooks)
        and all(
            layer.dtype_policy.name == "float32"
            and not (layer._forward_hooks or layer._forward_pre_hooks)
            for layer, _, _ in plan.steps
        )
    )


def _dense(layer: Any, x: torch.Tensor) -> torch.Tensor:
    """`layer.call(x)` with the bias added by the matrix product itself."""
    if x.ndim != 2 or layer.bias is None or layer.lora_enabled:
        return layer.call(x)
    y = torch.addmm(layer.bias.value, x, layer.kernel.value)
    return y if layer.activation is None else layer.activation(y)
