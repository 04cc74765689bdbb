"""Bidirectional Monte Carlo: how far below log p(x) annealed chains stay."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_whole
from keras_genzoo.evaluation.likelihood.ais import AnnealingPath
from keras_genzoo.evaluation.likelihood.estimate import (
    LikelihoodEstimate,
    from_weights,
    log_mean_exp,
    standard_error,
)
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel
from keras_genzoo.evaluation.score import _number


@dataclass(frozen=True, eq=False)
class BidirectionalEstimate:
    """What `bidirectional_monte_carlo` returns, in nats.

    Attributes:
        lower: of each simulated example, a lower bound on log p(x) in expectation.
        upper: likewise an upper bound.
        gaps: `upper - lower` of each example, `(n,)`; single ones can be negative.
    """

    lower: LikelihoodEstimate
    upper: LikelihoodEstimate

    @property
    def gaps(self) -> np.ndarray:
        return self.upper.values - self.lower.values

    @property
    def value(self) -> float:
        """The mean gap: a bound on the mean error of either estimate."""
        return float(self.gaps.mean())

    @property
    def error(self) -> float:
        """The mean gap's standard error over examples."""
        return standard_error(self.gaps)

    def __str__(self) -> str:
        return (
            f"BDMC gap {_number(self.value)} ± {_number(self.error)} nats, mean of "
            f"{len(self.gaps)} simulated examples: log p(x) between "
            f"{_number(self.lower.value)} and {_number(self.upper.value)} "
            f"({self.lower.settings}; seed {self.lower.seed})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "name": "BDMC gap",
            "value": self.value,
            "error": self.error if len(self.gaps) > 1 else None,
            "lower": self.lower.to_dict(),
            "upper": self.upper.to_dict(),
        }


def bidirectional_monte_carlo(
    model: LatentModel,
    n: int = 100,
    chains: int = 16,
    distributions: int = 1000,
    schedule: Any = None,
    leapfrog_steps: int = 10,
    acceptance: float = 0.65,
    step_size: float | None = None,
    seed: int = 0,
    rows: int = 4096,
    state_file: str | Path | None = None,
    save_every: int = 250,
    progress: bool = False,
) -> BidirectionalEstimate:
    """Bounds on log p(x) from below and above, for examples that the model simulates.

    An example drawn from the model comes with an exact sample of its posterior, the
    latent that it was made from. Chains that start there and go back to the prior
    give unbiased estimates of 1 / p(x), and so an upper bound. For real data no such
    sample is known; the gap on simulated data tells what to expect there.

    Args:
        model: decoder and noise.
        n: simulated examples.
        chains: for each example and direction; those of the way back start all at the
            one exact sample.
        Others as in `annealed_importance_sampling`.

    Raises:
        ValueError: a noise model that cannot be drawn from; as
            `annealed_importance_sampling`.

    Reference: Grosse, Ghahramani and Adams, Sandwiching the Marginal Likelihood Using
    Bidirectional Monte Carlo, 2015.
    """
    check_whole(chains, "chains")
    check_whole(rows, "rows")
    path = AnnealingPath(
        model, distributions, schedule, leapfrog_steps, acceptance, step_size, seed
    )
    z, x = model.simulate(n, seed)
    batches = path.forward(x, chains, rows)
    count = len(batches)
    batches += path.reverse(x, z, chains, rows)
    weights, accepted = path.run(batches, x, "BDMC", state_file, save_every, progress)
    settings = path.settings(chains)
    lower = from_weights(
        "AIS", np.concatenate(weights[:count]), seed, settings, accepted
    )
    back = np.concatenate(weights[count:])
    values, errors = log_mean_exp(back)
    # The weights of the way back estimate 1 / p(x).
    upper = LikelihoodEstimate(
        "reverse AIS", -values, errors, -back, seed, settings, accepted
    )
    return BidirectionalEstimate(lower, upper)
