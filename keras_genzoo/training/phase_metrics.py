"""The running means that `fit` and `evaluate` show."""

from typing import Any, NamedTuple

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import as_float, full_dtype
from keras_genzoo.training.zeros import zeros_by_numpy


class MeanOver(NamedTuple):
    """A logged mean that only some of a batch's examples have, and how many have it."""

    value: Any
    examples: Any


class PhaseMetrics(keras.metrics.Metric):
    """Means over examples of `loss` and of every metric that the phases log.

    One vector instead of a `keras.metrics.Mean` for each name: on a backend that
    runs eagerly the many small updates would cost as much as a small model's step.

    Args:
        names: the names logged, `loss` not among them.
    """

    def __init__(self, names: tuple[str, ...], **kwargs):
        super().__init__(name="phase_metrics", dtype="float32", **kwargs)
        self.names = ("loss", *names)
        # Every replica counts the joined batch: read together they are one of them.
        self.totals, self.counts = (
            self.add_variable(
                shape=(len(self.names),),
                initializer=zeros_by_numpy,
                aggregation="mean",
                name=name,
            )
            for name in ("totals", "counts")
        )

    @property
    def count(self) -> int:
        """The examples counted; waits for the device."""
        # Indexed by NumPy: saving and loading read every property of a model, and
        # JAX would compile the indexing.
        return int(ops.convert_to_numpy(self.counts)[0])

    def update_state(self, values: dict, examples) -> None:
        """Adds the means `values` over a batch of `examples` examples.

        Within a step on several replicas both are this replica's.

        A value is a scalar or, where only some of the examples have it, a `MeanOver`.
        """
        if set(values) != set(self.names):
            raise ValueError(
                f"The phases log {sorted(values)}, but the model's `metric_names` "
                f"(and `loss`) are {sorted(self.names)}."
            )
        given = [values[n] for n in self.names]
        # Few calls: on an eager backend each takes a small part of a small step.
        row = ops.cast(
            backends.stack([v.value if isinstance(v, MeanOver) else v for v in given]),
            full_dtype(),
        )
        counts = as_float(examples)
        if any(isinstance(v, MeanOver) for v in given):
            of_all = ops.ones_like(row[0]) * counts
            counts = ops.stack(
                [
                    ops.cast(v.examples, full_dtype())
                    if isinstance(v, MeanOver)
                    else of_all
                    for v in given
                ]
            )
        totals = row * counts
        if shares.current() is not None:
            counts = ops.ones_like(row) * counts
            totals, counts = ops.unstack(shares.total(ops.stack([totals, counts])))
        backends.add_to(self.totals, totals)
        backends.add_to(self.counts, counts)

    def result(self) -> dict:
        totals = ops.convert_to_tensor(self.totals)
        means = totals / backends.clip(self.counts, low=1.0)
        return dict(zip(self.names, ops.unstack(means), strict=True))
