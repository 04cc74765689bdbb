"""Distances to nearest neighbours, a block of the distance matrix at a time."""

from collections.abc import Iterator

import numpy as np

# Entries of a distance matrix that are in memory at once: 64 MB of float64.
_ENTRIES = 8_000_000


def distance_blocks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared Euclidean distances from rows of x to all of y, float64.

    Yields:
        Which rows, and their distances, `(rows, len(y))`.
    """
    # Distances are differences of large numbers unless the data is centred.
    centre = y.mean(axis=0, dtype="float64")
    y = y.astype("float64") - centre
    y_squares = np.square(y).sum(axis=1)
    size = max(1, _ENTRIES // len(y))
    for begin in range(0, len(x), size):
        rows = x[begin : begin + size].astype("float64") - centre
        squares = rows @ y.T
        squares *= -2.0
        squares += np.square(rows).sum(axis=1)[:, None]
        squares += y_squares
        yield slice(begin, begin + len(rows)), np.maximum(squares, 0.0, out=squares)


def squared_radii(x: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each row to its k-th nearest among the others, `(n,)`.

    Of a row that occurs twice the other one counts as a neighbour.
    """
    radii = np.empty(len(x))
    for rows, squares in distance_blocks(x, x):
        # Rounding must not hide that a row is at distance 0 of itself.
        squares[np.arange(len(squares)), np.arange(rows.start, rows.stop)] = 0.0
        radii[rows] = np.partition(squares, k, axis=1)[:, k]
    return radii
