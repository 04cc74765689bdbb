"""Step sizes of the moves, found in a pilot run and then frozen.

A step size that follows the chains while they are weighted makes the moves depend on
where the chains have been: the weights are then no longer unbiased, and the estimate no
lower bound. So a pilot run, with draws of its own, finds a table of step sizes along
the path; given the table every weight is unbiased.
"""

import numpy as np

from keras_genzoo.evaluation.likelihood.annealer import Annealer
from keras_genzoo.evaluation.likelihood.draws import prior_latents

# Distributions of the pilot run, and the most rows that it moves.
_LEVELS = 16
_ROWS = 256
# Keys of draws: no batch of examples begins at this number.
_PILOT = 2**31 - 1


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
    levels = inner[
        np.unique(np.linspace(0, len(inner) - 1, _LEVELS).round().astype(int))
    ]
    # Right for a standard normal distribution of few dimensions, as the prior is.
    step = 0.5
    steps = []
    for i, beta in enumerate(levels):
        # The first level is as far from the guess as it may be.
        for again in range(3 if i == 0 else 1):
            here, step = annealer.adapt(
                x, here, float(beta), step, target, (_PILOT, i, again)
            )
        steps.append(step)
    return levels, np.array(steps)


def interpolate_step_sizes(
    table: tuple[np.ndarray, np.ndarray], betas: np.ndarray
) -> np.ndarray:
    """Step sizes of the moves at `betas[1:-1]`.

    1 / step^2 is linear in between: it goes with the curvature, 1 + beta * constant
    where the decoder is linear.
    """
    levels, steps = table
    return 1.0 / np.sqrt(np.interp(betas[1:-1], levels, 1.0 / steps**2))
