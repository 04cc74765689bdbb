"""Paths between latents."""

from typing import Any

import numpy as np

from keras_genzoo.latent._checks import check_count, check_latents, check_same_length

# The sine of an angle that float32 latents cannot tell from 0 or from pi.
FLAT = 1e-6
# Divides zero vectors, which stay zero.
TINY = np.finfo("float64").tiny


def linear_path(a: Any, b: Any, steps: int) -> np.ndarray:
    """The straight line from a to b, in even steps with both ends.

    Between draws of N(0, I) in d dimensions, whose norms are near sqrt(d), the middle
    has a norm near sqrt(d / 2), where the prior has next to no mass when d is large.

    Args:
        a: latents, `(n, d)`.
        b: latents, `(n, d)`.
        steps: how many points on each path, at least 2.

    Returns:
        float32 `(n, steps, d)`.

    Raises:
        ValueError: arrays of other or different shapes, values that are not finite,
            `steps` below 2.
    """
    a, b, t = _checked(a, b, steps)
    return _line(a, b, t).astype("float32")


def spherical_path(a: Any, b: Any, steps: int) -> np.ndarray:
    """The great arc from a to b: the angle and the norm both change evenly.

    The direction is slerp's, at constant angular speed along the shorter arc; the
    norm is interpolated linearly between those of the two ends. (Slerp's formula
    applied to the vectors themselves is the same where their norms are equal;
    elsewhere its norm follows no rule.)

    Where the arc is no arc: vectors of one direction, or a zero vector, are joined by
    the line. For opposite vectors every half circle is as short; the one taken goes
    through the coordinate axis on which `a` has its smallest component, the first of
    equals, made orthogonal to `a`. In one dimension there is none.

    Args:
        a: latents, `(n, d)`.
        b: latents, `(n, d)`.
        steps: how many points on each path, both ends with them; at least 2.

    Returns:
        float32 `(n, steps, d)`.

    Raises:
        ValueError: as `linear_path`; latents of one dimension on two sides of zero.

    Reference: Shoemake, Animating Rotation with Quaternion Curves, 1985; White,
    Sampling Generative Networks, 2016.
    """
    a, b, t = _checked(a, b, steps)
    norm_a, norm_b = (np.linalg.norm(z, axis=-1, keepdims=True) for z in (a, b))
    start, end = a / np.maximum(norm_a, TINY), b / np.maximum(norm_b, TINY)
    # The arc in its own plane: from `start` towards `side`, orthogonal to it.
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    side = end - cosine * start
    sine = np.linalg.norm(side, axis=-1, keepdims=True)
    angle = np.arctan2(sine, cosine)
    side /= np.maximum(sine, TINY)

    flat = sine[:, 0] < FLAT
    opposite = flat & (cosine[:, 0] < 0)
    zero = (norm_a[:, 0] == 0) | (norm_b[:, 0] == 0)
    if opposite.any():
        if a.shape[1] == 1:
            raise ValueError(
                "`a` and `b` lie on two sides of zero, where one dimension has no arc "
                f"between them; got {a[opposite][0]} and {b[opposite][0]}."
            )
        side[opposite] = _orthogonal(start[opposite])

    turn = t * angle[:, None]
    direction = np.cos(turn) * start[:, None] + np.sin(turn) * side[:, None]
    path = _line(norm_a, norm_b, t) * direction
    straight = zero | (flat & ~opposite)
    path[straight] = _line(a[straight], b[straight], t)
    path[:, 0], path[:, -1] = a, b
    return path.astype("float32")


def _checked(a: Any, b: Any, steps: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both ends, in float64, and the times along the path, `(steps, 1)`."""
    a = check_latents(a, "a").astype("float64")
    b = check_latents(b, "b", a.shape[1]).astype("float64")
    check_same_length(a=a, b=b)
    return a, b, np.linspace(0.0, 1.0, check_count(steps, "steps", 2))[:, None]


def _line(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    return (1.0 - t) * a[:, None] + t * b[:, None]


def _orthogonal(u: np.ndarray) -> np.ndarray:
    """A unit vector orthogonal to each unit vector of `u`; see `spherical_path`."""
    axis = np.eye(u.shape[1])[np.argmin(np.abs(u), axis=-1)]
    side = axis - np.sum(axis * u, axis=-1, keepdims=True) * u
    return side / np.linalg.norm(side, axis=-1, keepdims=True)
