"""Inverse temperatures from the prior (0) to the posterior (1)."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_positive, check_whole


def sigmoid_schedule(distributions: int, radius: float = 4.0) -> np.ndarray:
    """Points of a sigmoid, dense where the path leaves the prior and at its end.

    Args:
        distributions: how many, both ends included; at least 2.
        radius: the sigmoid is taken from -radius to radius.

    Returns:
        float64 `(distributions,)` rising from 0 to 1.

    Reference: Wu et al., On the Quantitative Analysis of Decoder-Based Generative
    Models, 2017.
    """
    radius = check_positive(radius, "radius")
    n = check_whole(distributions, "distributions", 2)
    points = 1.0 / (1.0 + np.exp(-np.linspace(-radius, radius, n)))
    return (points - points[0]) / (points[-1] - points[0])


def check_schedule(schedule: Any) -> np.ndarray:
    """`schedule` as float64.

    Raises:
        ValueError: unless it rises strictly from 0 to 1.
    """
    schedule = np.asarray(schedule, "float64")
    if (
        schedule.ndim != 1
        or len(schedule) < 2
        or schedule[0] != 0
        or schedule[-1] != 1
        or not (np.diff(schedule) > 0).all()
    ):
        raise ValueError(
            "`schedule` must rise strictly from 0 to 1, got "
            f"{np.array2string(schedule, threshold=6)}."
        )
    return schedule
