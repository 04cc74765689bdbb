"""Training steps on a CPU: one call takes several.

Between two calls Keras' loop, and TensorFlow's way into a graph and out of it, take a
quarter to half of a millisecond.
"""

import math
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import keras
import tensorflow as tf

# The most at once: steps, and seconds, since whoever watches or interrupts a training
# waits for them.
_STEPS = 8
_SECONDS = 1.0


def train_function(model: Any) -> "StepsAtOnce | None":
    """See `PhasedModel.make_train_function`."""
    if (
        model.run_eagerly
        or model.jit_compile
        or tf.config.list_logical_devices("GPU")
        or tf.distribute.has_strategy()
        or model.distribute_strategy is not tf.distribute.get_strategy()
    ):
        return None
    return StepsAtOnce(model)


class StepsAtOnce:
    """Keras' train function, which may be ahead of the steps that `fit` counts.

    While `model.may_run_ahead()`, a call takes the steps of some later calls, too, and
    these return what it computed. However many they are, one graph takes them, so that
    they compute the same.

    Attributes:
        ahead: how many steps have been taken that `fit` has not counted yet.
    """

    def __init__(self, model: Any):
        self.ahead = 0
        self._model = model
        self._step = tf.function(
            lambda data: model.train_step(data), autograph=False, reduce_retracing=True
        )
        self._steps = tf.function(
            lambda *args: self._loop(*args), autograph=False, reduce_retracing=True
        )
        self._taken = tf.Variable(0, trainable=False)
        self._iterator: Any = None
        # What a step that is not due yet has raised: also that there is no more data.
        self._error: Exception | None = None
        self._logs: Any = None
        # Of one step.
        self._seconds = math.inf

    def __call__(self, iterator: Iterator) -> Any:
        # Kept no longer than needed, not past an error: it may hold the user's data.
        before, self._iterator = self._iterator, None
        if before is not iterator:
            self.ahead, self._error = 0, None
        if self.ahead:
            self.ahead -= 1
        elif not isinstance(iterator, tf.data.Iterator):
            for data in islice(iterator, self._model.steps_per_execution):
                self._logs = self._step(_tensors(data))
        elif self._model.steps_per_execution > 1:
            # A call of Keras, whose last one of an epoch may have fewer steps.
            self._take(iterator, self._model.steps_per_execution)
        elif self._model.may_run_ahead():
            most = min(_STEPS, int(_SECONDS / self._seconds))
            self.ahead = self._take(iterator, max(1, most)) - 1
        else:
            self._take(iterator, 1)
        if self.ahead or self._error is not None:
            self._iterator = iterator
        return self._logs

    def let_go(self) -> None:
        """Forgets the data, and what was taken ahead, once `fit` is left."""
        self.ahead, self._iterator, self._error = 0, None, None

    def _take(self, iterator: Any, most: int) -> int:
        """Takes steps, at least one; returns how many there were."""
        if self._error is not None:
            # A name for it here would be held by its own traceback, and with it the
            # iterator, up to a collection, which TensorFlow may keep waiting.
            try:
                raise self._error
            finally:
                self._error = None
        known = self._steps.experimental_get_tracing_count()
        begun = time.perf_counter()
        try:
            self._logs = self._steps(iterator, tf.constant(most))
        except tf.errors.OpError as error:
            taken = int(self._taken)
            if not taken:
                raise
            self._error = error
            # The loop's own are lost with it.
            self._logs = self._model.means_so_far()
            return taken
        # A call that traces says nothing of how long a step takes.
        if self._steps.experimental_get_tracing_count() == known:
            self._seconds = (time.perf_counter() - begun) / most
        return most

    def _loop(self, iterator: Any, most: Any) -> Any:
        spec = _tensors(iterator.element_spec)
        outputs = self._step.get_concrete_function(spec).structured_outputs
        logs = keras.tree.map_structure(lambda o: tf.zeros(o.shape, o.dtype), outputs)

        def take(i, _):
            batch = _tensors(iterator.get_next())
            given = [leaf for leaf in keras.tree.flatten(batch) if leaf is not None]
            # Without a batch nothing of a step is done, and what fails is not counted.
            # (A group: what waits for an input of its own forgets to wait, since it has
            # to anyway; but the parts of a function that do not need it do not.)
            with tf.control_dependencies([tf.group(*given)]):
                logs = self._step(batch)
            with tf.control_dependencies(keras.tree.flatten(logs)):
                return self._taken.assign_add(1, read_value=True), logs

        self._taken.assign(0)
        return tf.while_loop(
            lambda i, _: i < most, take, (0, logs), parallel_iterations=1
        )[1]


def _tensors(data: Any) -> Any:
    """Keras has an empty optional where a batch has None."""
    optional = (tf.experimental.Optional, tf.OptionalSpec)
    return keras.tree.map_structure(
        lambda leaf: None if isinstance(leaf, optional) else leaf, data
    )
