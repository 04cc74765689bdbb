"""The running means that `fit` and `evaluate` show."""

from typing import Any, NamedTuple

import keras
from keras import ops


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
        self.totals = self.add_weight(
            shape=(len(self.names),), initializer="zeros", name="totals"
        )
        self.counts = self.add_weight(
            shape=(len(self.names),), initializer="zeros", name="counts"
        )

    @property
    def count(self) -> Any:
        """The examples counted, a scalar."""
        return self.counts[0]

    def update_state(self, values: dict, examples) -> None:
        """Adds the means `values` over a batch of `examples` examples.

        A value is a scalar or, where only some of the examples have it, a `MeanOver`.
        """
        if set(values) != set(self.names):
            raise ValueError(
                f"The phases log {sorted(values)}, but the model's `metric_names` "
                f"(and `loss`) are {sorted(self.names)}."
            )
        examples = ops.cast(examples, "float32")
        means = [_cast(values[n]) for n in self.names]
        if any(isinstance(m, MeanOver) for m in means):
            counts = ops.stack(
                [m.examples if isinstance(m, MeanOver) else examples for m in means]
            )
        else:
            counts = examples
        row = ops.stack([m.value if isinstance(m, MeanOver) else m for m in means])
        self.totals.assign_add(row * counts)
        self.counts.assign_add(ops.broadcast_to(counts, (len(self.names),)))

    def result(self) -> dict:
        means = self.totals / ops.maximum(self.counts, 1.0)
        return {name: means[i] for i, name in enumerate(self.names)}


def _cast(value: Any) -> Any:
    if isinstance(value, MeanOver):
        return MeanOver(*(ops.cast(v, "float32") for v in value))
    return ops.cast(value, "float32")
