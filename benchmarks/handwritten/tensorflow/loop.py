"""The epoch, and what every loop has in common."""

import numpy as np
import tensorflow as tf
from workloads import Workload


class Loop:
    """A loop has `modules`, `draw(n)` and `step(batch, noise)`, its stacked losses."""

    modules: tuple[tf.Module, ...]

    def __init__(self, workload: Workload, jit_compile: bool):
        self.workload = workload
        self.losses = workload.losses
        self.latent_dim = workload.latent_dim
        self.totals = tf.Variable(tf.zeros(len(self.losses)))
        self._train = tf.function(self._counted, jit_compile=jit_compile)
        self._train_on = tf.function(self.step)

    def draw(self, n: int) -> dict:
        """The random draws of a step on n examples."""
        raise NotImplementedError

    def step(self, batch: list, noise: dict) -> tf.Tensor:
        raise NotImplementedError

    def _counted(self, *batch):
        self.totals.assign_add(self.step(batch, self.draw(batch[0].shape[0])))

    def prepare(self, data: tuple[np.ndarray, ...], batch: int) -> None:
        self.steps = len(data[0]) // batch
        with tf.device("cpu"):
            self.batches = (
                tf.data.Dataset.from_tensor_slices(data)
                .shuffle(len(data[0]))
                .batch(batch, drop_remainder=True)
                .prefetch(tf.data.AUTOTUNE)
            )

    def epoch(self) -> dict[str, float]:
        self.totals.assign(tf.zeros(len(self.losses)))
        for batch in self.batches:
            self._train(*batch)
        means = (self.totals.numpy() / self.steps).tolist()
        return dict(zip(self.losses, means, strict=True))

    def update(self, batch: tuple[np.ndarray, ...], noise: dict) -> dict[str, float]:
        batch = [tf.constant(a) for a in batch]
        noise = {name: tf.constant(a) for name, a in noise.items()}
        values = self._train_on(batch, noise)
        return dict(zip(self.losses, values.numpy().tolist(), strict=True))

    def arrays(self) -> list[np.ndarray]:
        return [v.numpy() for module in self.modules for v in module.variables]


def tape_of(variables: list) -> tf.GradientTape:
    """A tape that watches nothing else."""
    tape = tf.GradientTape(watch_accessed_variables=False)
    with tape:
        tape.watch(variables)
    return tape
