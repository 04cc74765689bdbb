"""What likelihood estimators return."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.evaluation.score import _number


@dataclass(frozen=True, eq=False)
class LikelihoodEstimate:
    """log p(x) of each example, in nats; `str` gives the sentence to print.

    Attributes:
        name: of the estimator.
        values: log of the mean weight of each example, float64 `(n,)`.
        errors: their standard errors from the spread of the weights, `(n,)`; too
            small where few weights carry most of the sum, NaN with a single weight.
        log_weights: float64 `(n, k)`; exp of each is an unbiased estimate of p(x).
        seed: of the estimator's draws.
        settings: what else the numbers depend on.
        acceptance: mean acceptance of the moves of annealed chains, or None.
    """

    name: str
    values: np.ndarray
    errors: np.ndarray
    log_weights: np.ndarray
    seed: int
    settings: str
    acceptance: float | None = None

    @property
    def value(self) -> float:
        """The mean over examples, in nats."""
        return float(self.values.mean())

    @property
    def error(self) -> float:
        """The mean's standard error over examples; NaN for a single one."""
        return standard_error(self.values)

    def __str__(self) -> str:
        moves = (
            ""
            if self.acceptance is None
            else f"; {self.acceptance:.0%} of moves accepted"
        )
        return (
            f"{self.name} log-likelihood {_number(self.value)} ± "
            f"{_number(self.error)} nats, mean of {len(self.values)} examples "
            f"(error: standard error over examples; median error of one "
            f"{_number(float(np.median(self.errors)))}; {self.settings}; "
            f"seed {self.seed}{moves})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, without the weights."""
        return {
            "name": self.name,
            "value": self.value,
            "error": self.error if math.isfinite(self.error) else None,
            "n": len(self.values),
            "seed": self.seed,
            "settings": self.settings,
            "acceptance": self.acceptance,
            "values": self.values.tolist(),
        }


def standard_error(values: np.ndarray) -> float:
    """Of the mean; NaN for a single value."""
    if len(values) < 2:
        return math.nan
    return float(values.std(ddof=1) / math.sqrt(len(values)))


def log_mean_exp(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log of the mean weight over the last axis, and its standard error."""
    top = log_weights.max(axis=-1, keepdims=True)
    # All weights 0, or one infinite: the logarithm is that value.
    top = np.where(np.isfinite(top), top, 0.0)
    weights = np.exp(log_weights - top)
    mean = weights.mean(axis=-1)
    k = log_weights.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(mean) + top[..., 0]
        if k < 2:
            return values, np.full(values.shape, np.nan)
        return values, weights.std(axis=-1, ddof=1) / math.sqrt(k) / mean


def from_weights(
    name: str,
    log_weights: np.ndarray,
    seed: int,
    settings: str,
    acceptance: float | None = None,
) -> LikelihoodEstimate:
    """The estimate that log weights `(n, k)` make."""
    values, errors = log_mean_exp(log_weights)
    return LikelihoodEstimate(
        name, values, errors, log_weights, seed, settings, acceptance
    )
