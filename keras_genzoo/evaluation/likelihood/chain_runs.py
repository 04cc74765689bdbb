"""Batches of chains along their paths: batched, saved on the way, resumed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops

from keras_genzoo.evaluation.likelihood.annealer import (
    MOVES_PER_CALL,
    Annealer,
    Chains,
)
from keras_genzoo.evaluation.likelihood.hmc import Position
from keras_genzoo.evaluation.likelihood.saved_run import (
    fingerprint,
    load_state,
    save_state,
)

Table = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples whose chains run together.

    Attributes:
        x: `(n, *shape)`.
        z: exact samples of the path's first distribution, `(n, chains, latent_dim)`.
        betas: the path, `(distributions,)`.
        key: of the draws.
    """

    x: np.ndarray
    z: np.ndarray
    betas: np.ndarray
    key: tuple[int, ...]

    def rows(self, examples: int) -> tuple[np.ndarray, np.ndarray]:
        """x and z of every chain, padded to so many examples.

        A last batch that is shorter would be compiled once more.
        """
        chosen = np.minimum(np.arange(examples), len(self.x) - 1)
        chains = self.z.shape[1]
        z = self.z[chosen].reshape(examples * chains, -1)
        return np.repeat(self.x[chosen], chains, axis=0), z


@dataclass
class _Run:
    """What a file holds: everything but what the arguments say."""

    table: Table
    log_weights: list[np.ndarray]
    accepted: float = 0.0
    chains: Chains | None = None


def run_batches(
    annealer: Annealer,
    batches: list[Batch],
    find_table: Callable[[], Table],
    step_sizes: Callable[[Table, np.ndarray], np.ndarray],
    fixed: str,
    state_file: str | Path | None,
    save_every: int,
    advance_bar: Callable[[int], None],
) -> tuple[list[np.ndarray], float | None]:
    """Runs all chains to the end.

    Args:
        annealer: that moves them.
        batches: the first has at least as many examples as any other.
        find_table: finds the step sizes, if no file has them.
        step_sizes: from them and a path to those of its moves.
        fixed: a hash of what else the result depends on.
        state_file: where the state is kept; None keeps none. The file stays, and
            gives the finished result at once.
        save_every: moves between two times of saving.
        advance_bar: told of moves done.

    Returns:
        log weights `(n, chains)` of each batch, and the mean acceptance, None if
        nothing moved.

    Raises:
        ValueError: a file of another run.
    """
    path = None if state_file is None else Path(state_file)
    known = fingerprint(
        fixed,
        np.array([annealer.seed, annealer.leapfrog_steps, MOVES_PER_CALL]),
        *[a for b in batches for a in (b.x, b.z, b.betas, np.array(b.key))],
    )
    state = None if path is None else load_state(path, known)
    run = _Run(find_table(), []) if state is None else _read(state, batches)
    advance_bar(sum(len(b.betas) - 2 for b in batches[: len(run.log_weights)]))
    advance_bar(run.chains.moves if run.chains else 0)

    examples = len(batches[0].x)
    for batch in batches[len(run.log_weights) :]:
        x, z = batch.rows(examples)
        sizes = step_sizes(run.table, batch.betas)
        if run.chains is None:
            run.chains = annealer.start(x, z, batch.betas)
        since = 0
        while run.chains.moves < len(batch.betas) - 2:
            before = run.chains.moves
            annealer.advance(run.chains, x, batch.betas, sizes, batch.key)
            done = run.chains.moves - before
            advance_bar(done)
            since += done
            if path is not None and since >= save_every:
                save_state(path, _written(run, known))
                since = 0
        weights = run.chains.log_weights.reshape(examples, -1)
        run.log_weights.append(weights[: len(batch.x)])
        run.accepted += run.chains.accepted
        run.chains = None
        if path is not None:
            save_state(path, _written(run, known))
    moves = sum(len(b.betas) - 2 for b in batches)
    return run.log_weights, run.accepted / moves if moves else None


def _written(run: _Run, known: str) -> dict[str, Any]:
    done = run.log_weights
    state = {
        "run": known,
        "levels": run.table[0],
        "steps": run.table[1],
        "batches": len(done),
        "log_weights": np.concatenate(done) if done else np.zeros((0, 0)),
        "accepted": run.accepted,
    }
    if run.chains is not None:
        state |= {
            f"chains_{name}": ops.convert_to_numpy(value)
            for name, value in run.chains.position._asdict().items()
        }
        state |= {
            "chains_log_weights": run.chains.log_weights,
            "chains_moves": run.chains.moves,
            "chains_accepted": run.chains.accepted,
        }
    return state


def _read(state: dict[str, np.ndarray], batches: list[Batch]) -> _Run:
    done = batches[: int(state["batches"])]
    ends = np.cumsum([len(b.x) for b in done])
    weights = np.split(state["log_weights"], ends[:-1]) if done else []
    run = _Run((state["levels"], state["steps"]), weights, float(state["accepted"]))
    if "chains_z" in state:
        run.chains = Chains(
            Position(
                *[ops.convert_to_tensor(state[f"chains_{n}"]) for n in Position._fields]
            ),
            state["chains_log_weights"],
            int(state["chains_moves"]),
            float(state["chains_accepted"]),
        )
    return run
