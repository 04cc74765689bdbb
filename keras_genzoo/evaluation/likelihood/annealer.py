"""Chains that are moved along a path of distributions, some moves a compiled call."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from keras import ops

from keras_genzoo.evaluation.likelihood.draws import MOVES, STEPS, generator
from keras_genzoo.evaluation.likelihood.hmc import Position, hmc_move, position
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel

# Moves in one compiled call.
MOVES_PER_CALL = 25
# Step sizes vary by this part from move to move: with one length of trajectory a chain
# can come back to where it started, again and again.
_JITTER = 0.2
# How much the logarithm of the step size follows the acceptance while it is adapted.
_RATE = 0.2


@dataclass
class Chains:
    """A batch of chains on their way.

    Attributes:
        position: tensors, see `Position`.
        log_weights: float64 `(rows,)`.
        moves: how many moves they have made.
        accepted: sum of the mean acceptance of these.
    """

    position: Position
    log_weights: np.ndarray
    moves: int = 0
    accepted: float = 0.0


class Annealer:
    """Moves chains of a model, and adds up their weights on the host in float64.

    Args:
        model: decoder and noise.
        leapfrog_steps: of each move.
        seed: of all that is drawn.
    """

    def __init__(self, model: LatentModel, leapfrog_steps: int, seed: int):
        self.model = model
        self.leapfrog_steps = leapfrog_steps
        self.seed = seed
        self._position = model.compiled("position", partial(position, model))
        self._run = model.compiled(
            ("moves", leapfrog_steps), partial(_moves, model, leapfrog_steps)
        )

    def start(self, x: np.ndarray, z: np.ndarray, betas: np.ndarray) -> Chains:
        """Chains at the path's first distribution, with the first weight.

        Args:
            x: examples, one for each row.
            z: exact samples of the first distribution, `(rows, latent_dim)`.
            betas: the path, of at least two inverse temperatures.
        """
        here = self.begin(x, z)
        return Chains(here, (betas[1] - betas[0]) * _float64(here.log_likelihood))

    def advance(
        self,
        chains: Chains,
        x: np.ndarray,
        betas: np.ndarray,
        step_sizes: np.ndarray,
        key: tuple[int, ...],
    ) -> None:
        """The next `MOVES_PER_CALL` moves, or as many as are left.

        Each move leaves the distribution that it is at unchanged, after which the
        weight takes the step to the next distribution. Nothing moves at the last one:
        it would change no weight.

        Args:
            chains: changed in place.
            x: examples, one for each row.
            betas: the path.
            step_sizes: of the moves at `betas[1:-1]`.
            key: of the draws.
        """
        first = chains.moves
        count = min(MOVES_PER_CALL, len(betas) - 2 - first)
        at = np.zeros((3, MOVES_PER_CALL), "float32")
        inner = slice(first + 1, first + 1 + count)
        at[0, :count] = betas[inner]
        # What is left of the call after the last move is spent with steps of length
        # 0: one shape, one compilation.
        at[1, :count] = step_sizes[first : first + count]
        at[2, :count] = np.diff(betas)[inner]
        moved, weights, acceptance, _ = self._call(
            x, chains.position, at, 0.0, (*key, first)
        )
        chains.position = moved
        chains.log_weights = chains.log_weights + _float64(weights)
        chains.moves += count
        chains.accepted += float(_float64(acceptance)[:count].sum())

    def adapt(
        self,
        x: np.ndarray,
        here: Position,
        beta: float,
        step: float,
        target: float,
        key: tuple[int, ...],
    ) -> tuple[Position, float]:
        """Moves at one distribution, the step size led towards an acceptance.

        Returns:
            Where the chains are, and the step size at the end.
        """
        at = np.array([[beta], [step], [0.0]], "float32").repeat(MOVES_PER_CALL, 1)
        moved, _, _, log_scale = self._call(x, here, at, _RATE, key, target)
        return moved, step * float(np.exp(_float64(log_scale)))

    def begin(self, x: np.ndarray, z: np.ndarray) -> Position:
        """The position of latents, for `adapt`."""
        return Position(
            *self._position(ops.convert_to_tensor(x), ops.convert_to_tensor(z))
        )

    def _call(
        self,
        x: np.ndarray,
        here: Position,
        at: np.ndarray,
        rate: float,
        key: tuple[int, ...],
        target: float = 0.0,
    ) -> tuple[Position, Any, Any, Any]:
        rows, width = here.z.shape
        rng = generator(self.seed, MOVES, *key)
        momenta = rng.standard_normal((MOVES_PER_CALL, rows, width), "float32")
        # 1 - u is never 0.
        log_uniforms = np.log1p(-rng.random((MOVES_PER_CALL, rows), "float32"))
        jitter = generator(self.seed, STEPS, *key).uniform(
            1 - _JITTER, 1 + _JITTER, MOVES_PER_CALL
        )
        at[1] *= jitter.astype("float32")
        moved, weights, acceptance, log_scale = self._run(
            ops.convert_to_tensor(x),
            *here,
            ops.convert_to_tensor(at),
            ops.convert_to_tensor(momenta),
            ops.convert_to_tensor(log_uniforms),
            ops.convert_to_tensor(np.array([rate, target], "float32")),
        )
        return Position(*moved), weights, acceptance, log_scale


def _moves(
    model, steps, x, z, log_likelihood, gradient, at, momenta, log_uniforms, adaptation
):
    """`MOVES_PER_CALL` moves of all chains; see `Annealer`.

    `at` holds in its three rows the inverse temperature of each move, its step size,
    and the step of the inverse temperature after it. `adaptation` is how fast the
    logarithm of the step size follows, and the acceptance that it aims at.
    """
    rate, target = adaptation[0], adaptation[1]
    numbers = ops.arange(MOVES_PER_CALL)

    def move(i, state):
        here, weights, acceptance, log_scale = state
        here, probability = hmc_move(
            model,
            x,
            Position(*here),
            momenta[i],
            log_uniforms[i],
            at[0][i],
            at[1][i] * ops.exp(log_scale),
            steps,
        )
        mean = ops.mean(probability)
        return (
            tuple(here),
            weights + at[2][i] * here.log_likelihood,
            ops.where(numbers == i, mean, acceptance),
            log_scale + rate * (mean - target),
        )

    state = (
        (z, log_likelihood, gradient),
        ops.zeros_like(log_likelihood),
        ops.zeros((MOVES_PER_CALL,), "float32"),
        ops.zeros((), "float32"),
    )
    return ops.fori_loop(0, MOVES_PER_CALL, move, state)


def _float64(tensor: Any) -> np.ndarray:
    return ops.convert_to_numpy(tensor).astype("float64")
