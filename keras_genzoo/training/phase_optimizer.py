"""One optimizer object that holds an optimizer for each phase."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

import keras
import numpy as np

from keras_genzoo import backends


@keras.saving.register_keras_serializable(package="keras_genzoo")
class PhaseOptimizer(keras.optimizers.Optimizer):
    """The optimizers of a model's phases, as the one `model.optimizer`.

    Keras threads, checkpoints and shards `model.optimizer.variables`; with every
    phase's state in that one list, `fit`, `.keras` files, `BackupAndRestore` and
    JAX' state all work unchanged. The phases are applied one at a time, by name:
    `optimizer[phase].apply(...)`. Keras' callbacks (`LearningRateScheduler`,
    `ReduceLROnPlateau`, `TensorBoard`) reach each of them through `optimizers` and
    log it under the phase's name.

    Args:
        optimizers: `{phase: keras.optimizers.Optimizer}`, in the order of the
            model's phases, which is part of the checkpoint format. Each keeps its
            own learning rate or schedule, clipping, weight averaging and, wrapped
            in a `keras.optimizers.LossScaleOptimizer`, loss scale.
        name: optional name.
    """

    def __init__(
        self,
        optimizers: Mapping[str, keras.optimizers.Optimizer],
        name: str = "phase_optimizer",
    ):
        super().__init__(learning_rate=0.0, name=name)
        # A list and a tuple: TensorFlow's tracking would wrap a dict attribute.
        self.phases = tuple(optimizers)
        self._inner = [keras.optimizers.get(o) for o in optimizers.values()]
        self._partition = None
        self._finalizes = True
        for phase, inner in zip(self.phases, self._inner, strict=True):
            inner.name = phase

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """The phases' optimizers, in order; what Keras' callbacks look for."""
        return list(self._inner)

    def __getitem__(self, phase: str) -> keras.optimizers.Optimizer:
        return self._inner[self.phases.index(phase)]

    def bind(self, partition: Callable[[str], list]) -> None:
        """Tells which variables a phase trains: `partition(phase) -> variables`."""
        self._partition = partition

    def build(self, variables: list) -> None:
        if self.built:
            return
        if self._partition is None:
            raise ValueError(
                "A `PhaseOptimizer` is built by its model: pass it to `compile()` of "
                "a `keras_genzoo` model first."
            )
        for phase, inner in zip(self.phases, self._inner, strict=True):
            if inner.built:
                raise ValueError(
                    f"The optimizer of phase {phase!r} has been built for another "
                    "model or phase; give each its own instance."
                )
            inner.build(self._partition(phase))
        super().build(variables)

    @property
    def own_variables(self) -> list:
        return super().variables

    @property
    def variables(self) -> list:
        """The step counter, then every phase's variables in the phases' order."""
        return super().variables + [v for o in self._inner for v in o.variables]

    def slice_of(self, phase: str) -> slice:
        """Where a phase's variables stand in `variables`."""
        start = len(self.own_variables)
        for name, inner in zip(self.phases, self._inner, strict=True):
            if name == phase:
                return slice(start, start + len(inner.variables))
            start += len(inner.variables)
        raise KeyError(phase)

    def count_step(self) -> None:
        """Counts one step of the model in `iterations`, whatever phases repeat."""
        backends.count(self.iterations)

    def apply(self, grads, trainable_variables=None):
        raise TypeError(
            "A `PhaseOptimizer` applies one phase at a time: "
            "`optimizer[phase].apply(grads, variables)`."
        )

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[None]:
        """Inside, the end of a `fit` puts no averages into the weights."""
        self._finalizes = False
        try:
            yield
        finally:
            self._finalizes = True

    def finalize_variable_values(self, var_list):
        if self._partition is None or not self._finalizes:
            return
        for phase, inner in zip(self.phases, self._inner, strict=True):
            variables = self._partition(phase)
            inner.finalize_variable_values(variables)
            if getattr(getattr(inner, "inner_optimizer", inner), "use_ema", False):
                # The weights now are the averages. On JAX they are the same buffers,
                # which the next `fit` could not hand over twice.
                for v in variables:
                    v.assign(np.array(keras.ops.convert_to_numpy(v)))

    # The phases' optimizers are saved as children; here stands what is ours.
    def save_own_variables(self, store):
        for i, variable in enumerate(self.own_variables):
            store[str(i)] = keras.ops.convert_to_numpy(variable)

    def load_own_variables(self, store):
        for i, variable in enumerate(self.own_variables):
            variable.assign(store[str(i)])

    @property
    def learning_rate(self):
        raise AttributeError(
            "A `PhaseOptimizer` has a learning rate for each phase: "
            f"`optimizer[phase].learning_rate`, phase one of {self.phases}."
        )

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            "Set the learning rate of one phase: "
            f"`optimizer[phase].learning_rate = ...`, phase one of {self.phases}."
        )

    def get_config(self):
        return {
            "name": self.name,
            "optimizers": {
                phase: keras.saving.serialize_keras_object(inner)
                for phase, inner in zip(self.phases, self._inner, strict=True)
            },
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        optimizers = {
            phase: keras.saving.deserialize_keras_object(
                inner, custom_objects=custom_objects
            )
            for phase, inner in config.pop("optimizers").items()
        }
        return cls(optimizers, **config)
