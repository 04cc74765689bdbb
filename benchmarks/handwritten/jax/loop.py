"""The epoch, and what every loop has in common."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from workloads import Workload

from handwritten.jax import adam


class Loop:
    """Trains a state by a jitted step.

    Args:
        workload: which.
        state: `params`, `{player: pytree}`, each trained by an Adam of its own;
            `stats`, what is not trained; and whatever else `update` keeps.
        draw: `(key, n) -> noise`, the random draws of a step on n examples.
        update: `(state, batch, noise, adam) -> (state, losses)`, `adam(grads, state,
            params)` as in `adam.py`.
    """

    def __init__(self, workload: Workload, state: dict, draw: Callable, update):
        self.losses = workload.losses
        optimizer = adam.make(workload)
        state = jax.tree.map(jnp.array, state)
        state["adam"] = {p: adam.init(tree) for p, tree in state["params"].items()}
        self.state = {
            **state,
            "key": jax.random.key(0),
            "totals": jnp.zeros(len(self.losses)),
        }

        def on_given(state, batch, noise):
            state, losses = update(state, batch, noise, optimizer)
            return {**state, "totals": state["totals"] + losses}

        def step(state, batch):
            key, now = jax.random.split(state["key"])
            return on_given({**state, "key": key}, batch, draw(now, len(batch[0])))

        self._step = jax.jit(step, donate_argnums=0)
        self._on_given = jax.jit(on_given, donate_argnums=0)

    def prepare(self, data: tuple[np.ndarray, ...], batch: int) -> None:
        self.data, self.batch = data, batch
        self.rng = np.random.default_rng(0)

    def epoch(self) -> dict[str, float]:
        order = self.rng.permutation(len(self.data[0]))
        state = {**self.state, "totals": jnp.zeros(len(self.losses))}
        for begin in range(0, len(order), self.batch):
            indices = order[begin : begin + self.batch]
            state = self._step(state, [a[indices] for a in self.data])
        self.state = jax.block_until_ready(state)
        return self._means(len(order) // self.batch)

    def update(self, batch: tuple[np.ndarray, ...], noise: dict) -> dict[str, float]:
        state = {**self.state, "totals": jnp.zeros(len(self.losses))}
        self.state = self._on_given(state, list(batch), noise)
        return self._means(1)

    def _means(self, steps: int) -> dict[str, float]:
        means = (np.asarray(self.state["totals"]) / steps).tolist()
        return dict(zip(self.losses, means, strict=True))

    def arrays(self) -> list[np.ndarray]:
        leaves = jax.tree.leaves([self.state["params"], self.state["stats"]])
        return [np.array(leaf) for leaf in leaves]
