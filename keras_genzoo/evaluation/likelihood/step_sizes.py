"""Step sizes of the moves, found in a pilot run and then frozen.

A step size that follows the chains while they are weighted makes the moves depend on
where the chains have been: the weights are then no longer unbiased, and the estimate no
lower bound. So a pilot run, with draws of its own, finds a table of step sizes along
the path; given the table every weight is unbiased.
"""

import numpy as np

from keras_genzoo.evaluation.likelihood.annealer import MOVES_PER_CALL, Annealer
from keras_genzoo.evaluation.likelihood.draws import prior_latents

# The fewest and most distributions of the pilot run, and the rows that it moves: few,
# for it must not cost more than a short run itself. The mean acceptance of so many rows
# leads the step size's logarithm to within 0.03.
_LEVELS = 4, 16
_ROWS = 32
# How often more the first level is adapted.
_AGAIN = 2
# Keys of draws: no batch of examples begins at this number.
_PILOT = 2**31 - 1


def pilot_moves(distributions: int) -> int:
    """Moves of all chains that `find_step_sizes` makes for a path of so many."""
    return _ROWS * MOVES_PER_CALL * (_levels(distributions) + _AGAIN)


def find_step_sizes(
    annealer: Annealer, x: np.ndarray, betas: np.ndarray, target: float
) -> tuple[np.ndarray, np.ndarray]:
    """A table of step sizes with about this acceptance.

    Args:
        annealer: whose moves they are for.
        x: examples `(n, *shape)`; the chains of the pilot run are shared out over the
            first ones.
        betas: the path, from 0 to 1.
        target: mean acceptance to aim at.

    Returns:
        Inverse temperatures and their step sizes.
    """
    n = min(len(x), 16)
    chains = _ROWS // n
    x = np.repeat(x[:n], chains, axis=0)
    z = prior_latents(annealer.seed, _PILOT, n, chains, annealer.model.latent_dim)
    here = annealer.begin(x, z.reshape(n * chains, -1))
    inner = betas[1:-1]
    levels = inner[np.linspace(0, len(inner) - 1, _levels(len(betas)), dtype=int)]
    # Right for a standard normal distribution of few dimensions, as the prior is.
    step = 0.5
    steps = []
    for i, beta in enumerate(levels):
        # The first level is as far from the guess as it may be.
        for again in range(1 + _AGAIN if i == 0 else 1):
            here, step = annealer.adapt(
                x, here, float(beta), step, target, (_PILOT, i, again)
            )
        steps.append(step)
    return levels, np.array(steps)


def _levels(distributions: int) -> int:
    """Each has as many moves as the path between two of them, or more."""
    fewest, most = _LEVELS
    levels = min(max(fewest, distributions // MOVES_PER_CALL), most)
    return min(levels, distributions - 2)


def interpolate_step_sizes(
    table: tuple[np.ndarray, np.ndarray], betas: np.ndarray
) -> np.ndarray:
    """Step sizes of the moves at `betas[1:-1]`.

    1 / step^2 is linear in between: it goes with the curvature, 1 + beta * constant
    where the decoder is linear.
    """
    levels, steps = table
    return 1.0 / np.sqrt(np.interp(betas[1:-1], levels, 1.0 / steps**2))
