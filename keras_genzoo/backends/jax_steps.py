"""Training steps on a CPU: one program takes several.

A program asks for its memory anew each time it runs, and Python stands between two of
them; within one, steps follow each other in the same memory.
"""

import ctypes
import math
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

from keras_genzoo.backends.jax_convolutions import on_cpu

# The most at once: steps, bytes of their batches, and seconds, since whoever watches or
# interrupts a training waits for them.
_STEPS = 8
_BYTES = 2**25
_SECONDS = 1.0
# Channels last, kernels as Keras has them.
_PLAIN = lax.ConvDimensionNumbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))


def train_function(model: Any) -> "StepsAtOnce | None":
    """See `PhasedModel.make_train_function`."""
    if (
        not on_cpu()
        or model.run_eagerly
        or not model.jit_compile
        or keras.distribution.distribution() is not None
        or keras.config.is_nnx_enabled()
    ):
        return None
    return StepsAtOnce(model)


class StepsAtOnce:
    """Keras' train function, which may be ahead of the steps that `fit` counts.

    While `model.may_run_ahead()`, a call takes the steps of some later calls, too, and
    these return what it computed. However many they are, one program takes them, so
    that they compute the same.

    Attributes:
        ahead: how many steps have been taken that `fit` has not counted yet.
    """

    def __init__(self, model: Any):
        self.ahead = 0
        self._model = model
        # JAX takes a method for the one that it has traced before, if the object is the
        # same, whatever has changed in it.
        self._program = _Program(lambda state, data: model.train_step(state, data))
        self._groups: _Groups | None = None
        self._logs: Any = None
        self._begun, self._steps = 0.0, 0
        # Of one step.
        self._seconds = math.inf

    def __call__(self, state: Any, iterator: Iterator) -> tuple[Any, Any]:
        # Kept no longer than needed, not past an error: it may hold the user's data.
        groups, self._groups = self._groups, None
        if groups is None or groups.source is not iterator:
            groups, self.ahead = _Groups(iterator), 0
        if self.ahead:
            self.ahead -= 1
        elif self._model.steps_per_execution > 1:
            state = self._take_due(state, groups)
        else:
            state = self._take_ahead(state, groups)
        if self.ahead or groups.begun:
            self._groups = groups
        return self._logs, state

    def let_go(self) -> None:
        """Forgets the data, and what was taken ahead, once `fit` is left."""
        self.ahead, self._groups = 0, None

    def _take_due(self, state: Any, groups: "_Groups") -> Any:
        """As many steps as the user wants at once, or as there are."""
        left = self._model.steps_per_execution
        while left:
            try:
                batches = self._next(state, groups, left)
            except StopIteration:
                if left == self._model.steps_per_execution:
                    raise
                break
            state = self._run(state, batches)
            left -= len(batches)
        return state

    def _take_ahead(self, state: Any, groups: "_Groups") -> Any:
        if not self._model.may_run_ahead():
            return self._run(state, self._next(state, groups, 1))
        batches = self._next(state, groups, max(1, int(_SECONDS / self._seconds)))
        if self._steps:
            # Were it further ahead, nobody would know how long a step takes.
            jax.block_until_ready(self._logs)
            self._seconds = (time.perf_counter() - self._begun) / self._steps
        state = self._run(state, batches)
        self.ahead = len(batches) - 1
        return state

    def _next(self, state: Any, groups: "_Groups", most: int) -> list:
        return groups.next(lambda batch: min(most, self._program.slots(state, batch)))

    def _run(self, state: Any, batches: list) -> Any:
        self._begun, self._steps = time.perf_counter(), len(batches)
        self._logs, state = self._program(state, batches)
        return state


class _Groups:
    """The batches of an iterator, several that are alike at a time.

    Attributes:
        source: the iterator.
    """

    def __init__(self, source: Iterator):
        self.source = source
        self._batch: Any = None
        self._error: Exception | None = None

    @property
    def begun(self) -> bool:
        """Whether the next group has been looked at."""
        return self._batch is not None or self._error is not None

    def next(self, most: Callable[[Any], int]) -> list:
        """At least one batch, `most(batch)` at most, or what the iterator raises."""
        first = self._pull()
        batches, limit = [first], most(first)
        while len(batches) < limit:
            try:
                batch = self._pull()
            except StopIteration:
                break
            except Exception as error:
                # Of a batch that is not due yet.
                self._error = error
                break
            if _form(batch) != _form(first):
                self._batch = batch
                break
            batches.append(batch)
        return batches

    def _pull(self) -> Any:
        if self._error is not None:
            # A name for it here would be held by its own traceback.
            try:
                raise self._error
            finally:
                self._error = None
        batch, self._batch = self._batch, None
        return next(self.source) if batch is None else batch


class _Program:
    """`(state, batches)` to the last step's logs and the new state.

    Of alike batches, at most as many as `slots` says, which is asked first.
    """

    def __init__(self, step: Callable):
        self._step = jax.jit(step, donate_argnums=0)
        self._steps = jax.jit(self._loop, donate_argnums=0)
        self._slots: dict[tuple, int] = {}
        self._unused: dict[tuple, Any] = {}
        self._compiled: set[tuple] = set()

    def slots(self, state: Any, batch: Any) -> int:
        """How many batches like this one it takes at most."""
        form = _form(batch)
        if form not in self._slots:
            size = sum(leaf.nbytes for leaf in jax.tree.leaves(batch))
            slots = max(1, min(_STEPS, _BYTES // max(1, size)))
            # XLA brings convolutions into the form of which it is fast only where they
            # are in no loop: in one some gradients take up to thirty times as long.
            if slots > 1:
                traced = self._step.trace(state, batch).jaxpr.jaxpr
                if not all(_is_plain(c) for c in _convolutions(traced)):
                    slots = 1
            self._slots[form] = slots
            if slots > 1:
                # On the device already, and one for all.
                self._unused[form] = jax.tree.map(_zeros_like, batch)
        return self._slots[form]

    def __call__(self, state: Any, batches: list) -> tuple[Any, Any]:
        form = _form(batches[0])
        slots = self._slots[form]
        if slots == 1:
            program, arguments = self._step, (state, *batches)
        else:
            unused = [self._unused[form]] * (slots - len(batches))
            program = self._steps
            arguments = state, (*batches, *unused), len(batches)
        if form not in self._compiled:
            self._compiled.add(form)
            # The call finds what is compiled here.
            program.lower(*arguments).compile()
            _give_memory_back()
        return program(*arguments)

    def _loop(self, state: Any, batches: tuple, steps: Any) -> tuple[Any, Any]:
        def take(i, carried):
            state, _ = carried
            batch = lax.switch(i, [partial(_same, batch) for batch in batches])
            logs, state = self._step(state, batch)
            return state, logs

        logs, _ = jax.eval_shape(self._step, state, batches[0])
        logs = jax.tree.map(lambda log: jnp.zeros(log.shape, log.dtype), logs)
        state, logs = lax.fori_loop(0, steps, take, (state, logs))
        return logs, state


def _give_memory_back() -> None:
    """What the compiler has freed and glibc keeps: a quarter of what is resident."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _convolutions(jaxpr: Any) -> Iterator[dict]:
    """The parameters of all convolutions, of those in what it calls, too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "conv_general_dilated":
            yield equation.params
        for value in jax.tree.leaves(list(equation.params.values())):
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                yield from _convolutions(inner)


def _is_plain(convolution: dict) -> bool:
    ones = ("lhs_dilation", "rhs_dilation")
    return (
        convolution["dimension_numbers"] == _PLAIN
        and all(set(convolution[name]) == {1} for name in ones)
        and convolution["feature_group_count"] == 1
        and convolution["batch_group_count"] == 1
    )


def _same(batch: Any) -> Any:
    return batch


def _form(batch: Any) -> tuple:
    leaves, structure = jax.tree.flatten(batch)
    return structure, tuple((leaf.shape, np.dtype(leaf.dtype)) for leaf in leaves)


def _zeros_like(leaf: Any) -> jax.Array:
    # Made by NumPy, whose 64 bits JAX takes as it takes the batch's.
    return jax.device_put(np.zeros(leaf.shape, leaf.dtype))
