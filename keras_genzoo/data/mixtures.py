"""Mixtures of Gaussians in the plane: where lost modes can be counted."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Mixture:
    """Equally likely round Gaussians in the plane.

    Attributes:
        means: the centres, `(k, 2)`.
        std: standard deviation of each, in each direction.
        name: for tables.

    Raises:
        ValueError: `means` of another shape, or `std` that is not positive.
    """

    means: np.ndarray
    std: float
    name: str = "mixture"

    def __post_init__(self):
        means = np.array(self.means, "float64")
        if means.ndim != 2 or means.shape[1] != 2 or not len(means):
            raise ValueError(f"`means` must have shape (k, 2), got {means.shape}.")
        if not self.std > 0:
            raise ValueError(f"`std` must be a positive number, got {self.std!r}.")
        means.flags.writeable = False
        object.__setattr__(self, "means", means)

    def __len__(self) -> int:
        """Number of modes."""
        return len(self.means)

    def sample(self, n: int, seed: int | None = None) -> np.ndarray:
        """`n` points, float32 `(n, 2)`; the same seed gives the same points.

        Raises:
            ValueError: `n` that is not a positive integer.
        """
        whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
        if not whole or n < 1:
            raise ValueError(f"`n` must be a positive integer, got {n!r}.")
        rng = np.random.default_rng(seed)
        centres = self.means[rng.integers(len(self), size=n)]
        return (centres + self.std * rng.standard_normal((n, 2))).astype("float32")


def ring_mixture() -> Mixture:
    """8 modes on a circle of radius 1, one each 45 degrees, of std 0.01.

    Reference: Lin et al., PacGAN, 2018, section 4.1; after Srivastava et al.,
    VEEGAN, 2017.
    """
    angles = 2 * np.pi * np.arange(8) / 8
    return Mixture(np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.01, "ring")


def grid_mixture() -> Mixture:
    """25 modes at `{-4, -2, 0, 2, 4}^2`, of std 0.05.

    Reference: as `ring_mixture`.
    """
    side = np.arange(-4.0, 5.0, 2.0)
    means = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    return Mixture(means, 0.05, "grid")
