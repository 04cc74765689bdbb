"""The running means that `fit` and `evaluate` show."""

import keras
from keras import ops


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
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, values: dict, examples) -> None:
        """Adds the means `values` over a batch of `examples` examples."""
        if set(values) != set(self.names):
            raise ValueError(
                f"The phases log {sorted(values)}, but the model's `metric_names` "
                f"(and `loss`) are {sorted(self.names)}."
            )
        examples = ops.cast(examples, "float32")
        row = ops.stack([ops.cast(values[n], "float32") for n in self.names])
        self.totals.assign_add(row * examples)
        self.count.assign_add(examples)

    def result(self) -> dict:
        means = self.totals / ops.maximum(self.count, 1.0)
        return {name: means[i] for i, name in enumerate(self.names)}
