"""Mean and covariance of features that never sit in memory together."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_enough, check_whole
from keras_genzoo.evaluation.features import (
    Extractor,
    extractor_name,
    extractor_resizer,
    feature_batches,
)


class RunningMoments:
    """Adds up mean and covariance in float64, batch by batch.

    Sums of squares are kept around the running mean (Chan, Golub and LeVeque, 1979):
    around 0 they would cancel where the mean is large.
    """

    def __init__(self):
        self.n = 0
        self.mean: Any = 0.0
        self.scatter: Any = 0.0

    def add(self, rows: np.ndarray) -> None:
        """Adds features `(batch, d)`."""
        rows = rows.astype("float64")
        mean = rows.mean(axis=0)
        rows -= mean
        self._join(len(rows), mean, rows.T @ rows)

    def join(self, other: "RunningMoments") -> None:
        """Adds all that another one has seen."""
        if other.n:
            self._join(other.n, other.mean, other.scatter)

    def _join(self, n: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        total = self.n + n
        shift = mean - self.mean
        self.scatter = (
            self.scatter + scatter + np.outer(shift, shift) * (self.n * n / total)
        )
        self.mean = self.mean + shift * (n / total)
        self.n = total

    def covariance(self) -> np.ndarray:
        """The unbiased covariance, `(d, d)`; needs two rows."""
        return self.scatter / (self.n - 1)


@dataclass(frozen=True, eq=False)
class FeatureStatistics:
    """Mean and covariance of a set's features; computed once, used often.

    Attributes:
        mean: float64 `(d,)`.
        covariance: float64 `(d, d)`, unbiased.
        n: examples.
        extractor, resizer, split: where they come from, as in `Score`.
        is_inception: whether a distance of these may be called FID.
    """

    mean: np.ndarray
    covariance: np.ndarray
    n: int
    extractor: str
    resizer: str = "none"
    split: str | None = None
    is_inception: bool = False

    def save(self, path: str | Path) -> None:
        """Writes a `.npz` file."""
        with open(path, "wb") as file:
            np.savez(
                file,
                mean=self.mean,
                covariance=self.covariance,
                n=self.n,
                extractor=self.extractor,
                resizer=self.resizer,
                split=self.split or "",
                is_inception=self.is_inception,
            )

    @classmethod
    def load(cls, path: str | Path) -> "FeatureStatistics":
        """Reads what `save` wrote.

        Raises:
            ValueError: a file that is no such statistics.
        """
        try:
            with np.load(path) as file:
                return cls(
                    mean=file["mean"],
                    covariance=file["covariance"],
                    n=int(file["n"]),
                    extractor=str(file["extractor"]),
                    resizer=str(file["resizer"]),
                    split=str(file["split"]) or None,
                    is_inception=bool(file["is_inception"]),
                )
        except (KeyError, EOFError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"`path` must be a file that `save` wrote, got {str(path)!r} ({error})."
            ) from error


def feature_statistics(
    images: Any,
    features: Extractor | None = None,
    split: str | None = None,
    batch_size: int = 256,
) -> FeatureStatistics:
    """Mean and covariance of the features of images.

    Args:
        images: array `(n, ...)` or an iterable of batches, as in `feature_batches`.
        features: the extractor; None if `images` are features `(n, d)` already.
        split: which part of the data these are, for the result's sentence.
        batch_size: images at a time.

    Raises:
        ValueError: fewer than two examples, or as `feature_batches`.
    """
    (moments,) = grouped_moments(images, features, 1, batch_size, "images")
    check_enough(moments.n, 2, "images", "for a covariance")
    return as_statistics(moments, features, split)


def as_statistics(
    moments: RunningMoments, features: Extractor | None, split: str | None = None
) -> FeatureStatistics:
    """The statistics of what was added up."""
    return FeatureStatistics(
        moments.mean,
        moments.covariance(),
        moments.n,
        extractor_name(features),
        extractor_resizer(features),
        split,
        bool(getattr(features, "is_inception", False)),
    )


def grouped_moments(
    images: Any, features: Extractor | None, groups: int, batch_size: int, name: str
) -> list[RunningMoments]:
    """The moments of `groups` parts of the images, dealt out like cards."""
    parts = [RunningMoments() for _ in range(check_whole(groups, "groups"))]
    dealt = 0
    for rows in feature_batches(images, features, batch_size, name):
        for i, part in enumerate(parts):
            hand = rows[(i - dealt) % groups :: groups]
            if len(hand):
                part.add(hand)
        dealt += len(rows)
    return parts
