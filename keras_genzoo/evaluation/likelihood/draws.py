"""Random numbers of the estimators, from NumPy: the same on every backend.

Each draw has a key of its own, made of the seed and of what it is for. So a run that
was interrupted draws what it would have drawn, whatever came before.
"""

import numpy as np

# What a draw is for.
LATENTS, MOVES, STEPS, PROPOSAL = range(10, 14)


def generator(seed: int, *key: int) -> np.random.Generator:
    """A generator for this key alone."""
    return np.random.default_rng([seed, *key])


def prior_latents(seed: int, first: int, n: int, k: int, latent_dim: int) -> np.ndarray:
    """k latents of the prior for each of n examples from number `first` on.

    Returns:
        float32 `(n, k, latent_dim)`.
    """
    rng = generator(seed, LATENTS, first)
    return rng.standard_normal((n, k, latent_dim), "float32")
