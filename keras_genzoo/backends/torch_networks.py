"""Networks on PyTorch, without Keras' bookkeeping around every layer.

`Layer.__call__` converts, checks, opens scopes and looks for masks. On a backend that
runs eagerly this takes a small network about as long as its arithmetic.
"""

import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import torch

from keras_genzoo.backends.graph import graph_of
from keras_genzoo.backends.torch_layers import (
    call_plain,
    is_hooked,
    is_plain,
    is_untouched,
)


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
    one_output: bool


_plans = weakref.WeakKeyDictionary()
_MIXED = frozenset(("mixed_bfloat16", "mixed_float16"))


def run_network(network, inputs, training):
    """`network(inputs, training=training)`, sooner where every layer is plain."""
    if network not in _plans:
        _plans[network] = _plan(network)
    plan = _plans[network]
    parts = inputs if isinstance(inputs, list) else [inputs]
    # Asked anew each time: a network can be quantised, or given a hook.
    mixed = plan and _MIXED & {step.layer.dtype_policy.name for step in plan.steps}
    if plan is None or len(mixed) > 1 or not _can_run(plan, network, parts, mixed):
        return network(inputs, training=training)
    run = functools.partial(_run, plan, training)
    outputs = _scope(*mixed)(parts, run=run) if mixed else run(parts)
    if plan.one_output:
        return outputs[0]
    return keras.tree.pack_sequence_as(network.output, outputs)


def _run(
    plan: _Plan,
    training: bool,
    inputs: list,
    directly: Callable = lambda layer: True,
) -> list:
    values = dict(zip(plan.sources, inputs, strict=True))
    for layer, taken, given, trains in plan.steps:
        parts = [values[t] for t in taken]
        argument = parts[0] if len(parts) == 1 else parts
        kwargs = {"training": training} if trains else {}
        if not directly(layer):
            values[given] = layer(argument, **kwargs)
        elif trains:
            values[given] = layer.call(argument, **kwargs)
        else:
            values[given] = call_plain(layer, argument)
    return [values[t] for t in plan.targets]


class _Scope(keras.layers.Layer):
    """Runs a plan where inputs and weights are read as a mixed policy computes.

    Keras' calls of the layers would each open such a scope. It is left to those that
    compute otherwise.
    """

    def call(self, inputs: list, run: Callable) -> list:
        return run(inputs, self._computes_alike)

    def _computes_alike(self, layer: keras.layers.Layer) -> bool:
        same = layer.dtype_policy.name == self.dtype_policy.name
        return same and layer.autocast and not is_hooked(layer)


@functools.cache
def _scope(policy: str) -> _Scope:
    return _Scope(dtype=policy)


def _plan(network: Any) -> _Plan | None:
    """None for a network that is not a functional one of plain layers, used once."""
    graph = graph_of(network)
    if graph is None:
        return None
    steps = []
    for layer, taken, given in graph.steps:
        if not is_plain(layer) or len(given) != 1:
            return None
        # Keras' `Dense` takes the argument, and does not look at it.
        trains = "training" in inspect.signature(layer.call).parameters
        trains = trains and type(layer) is not keras.layers.Dense
        steps.append(_Step(layer, taken, given[0], trains))
    one = isinstance(network.output, keras.KerasTensor)
    return _Plan(steps, graph.sources, graph.targets, one)


def _can_run(plan: _Plan, network: Any, inputs: list, mixed: Any) -> bool:
    return (
        len(inputs) == len(network.inputs)
        and all(
            isinstance(x, torch.Tensor)
            and _fits(x, symbol.dtype, mixed)
            and x.ndim == len(symbol.shape)
            for x, symbol in zip(inputs, network.inputs, strict=True)
        )
        and keras.distribution.distribution() is None
        and not is_hooked(network)
        and (mixed or all(is_untouched(step.layer) for step in plan.steps))
    )


def _fits(x: torch.Tensor, dtype: str, mixed: Any) -> bool:
    given = keras.backend.standardize_dtype(x.dtype)
    # What a network in half precision gives, the next one takes as it is.
    return given == dtype or bool(
        mixed and dtype == "float32" and given in ("bfloat16", "float16")
    )
