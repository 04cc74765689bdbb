"""Does a generator copy its training examples, and which test examples does it miss?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_disjoint, check_enough, check_whole
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    extractor_name,
    extractor_resizer,
    pixel_features,
)
from keras_genzoo.evaluation.neighbours import distance_blocks, squared_radii
from keras_genzoo.evaluation.score import Score
from keras_genzoo.visualization.pairs import image_pairs


@dataclass(frozen=True, eq=False)
class Memorisation:
    """What `memorisation` returns.

    Attributes:
        copying: a `Score`, the probability that a sample is nearer to the training
            set than a held-out example is: 0.5 where samples are as far from it as
            new data, 1 where they are copies, below 0.5 where they are further away
            than data (blurred, noisy).
        z: Mann and Whitney's statistic in standard deviations, positive for copying.
        p_value: one-sided, of as much copying by chance.
        nearest: index of each sample's nearest training example, `(n,)`.
        distances: to it, Euclidean in the features, `(n,)`.
        held_out_distances: of held-out examples to their nearest, `(m,)`.
    """

    copying: Score
    z: float
    p_value: float
    nearest: np.ndarray
    distances: np.ndarray
    held_out_distances: np.ndarray

    def __str__(self) -> str:
        return f"{self.copying}; z = {self.z:.2f}, p = {self.p_value:.2g}"

    def pairs(self, samples: Any, train: Any, count: int = 16, **kwargs) -> np.ndarray:
        """A picture of the samples nearest to the training set, each above its
        nearest training image.

        Args:
            samples, train: the images that were compared, `(n, h, w, channels)`.
            count: pairs.
            kwargs: of `visualization.image_pairs`.

        Returns:
            uint8 array `(height, width, channels)`.
        """
        first = np.argsort(self.distances, kind="stable")[:count]
        return image_pairs(samples[first], train[self.nearest[first]], **kwargs)


def memorisation(
    samples: Any,
    train: Any,
    held_out: Any,
    features: Extractor = pixel_features,
    seed: int | None = None,
    allow_shared: bool = False,
    batch_size: int = 256,
) -> Memorisation:
    """Compares samples' distances to their nearest training examples with those of
    held-out data.

    Args:
        samples: generated images `(n, ...)`.
        train: the training images.
        held_out: real images that the model was not trained on.
        features: in which distances are taken. In pixels copies are found that are
            exact; in a classifier's features those that are moved or recoloured.
        seed: with which the samples were drawn.
        allow_shared: whether `train` and `held_out` may share images, as some
            published sets do.
        batch_size: images at a time.

    Raises:
        ValueError: fewer than two samples or held-out images; training images among
            the held-out ones; features that are not finite.

    Reference: Meehan, Chaudhuri and Dasgupta, A Non-Parametric Test to Detect
    Data-Copying in Generative Models, 2020.
    """
    if not allow_shared:
        check_disjoint(train, held_out, ("train", "held_out"))
    rows = {
        name: extract_features(images, features, batch_size, name)
        for name, images in (
            ("samples", samples),
            ("train", train),
            ("held_out", held_out),
        )
    }
    for name in ("samples", "held_out"):
        check_enough(len(rows[name]), 2, name, "for a test")
    nearest, distances = nearest_neighbours(rows["samples"], rows["train"])
    _, baseline = nearest_neighbours(rows["held_out"], rows["train"])
    share, z, p_value, error = mann_whitney(baseline, distances)
    return Memorisation(
        Score(
            "probability of a sample being nearer to the training set than new data",
            share,
            error,
            "standard error",
            n_samples=len(distances),
            n_reference=len(baseline),
            extractor=extractor_name(features),
            n_features=rows["train"].shape[1],
            split="held-out",
            seed=seed,
            resizer=extractor_resizer(features),
            settings=f"{len(rows['train'])} training examples",
        ),
        z,
        p_value,
        nearest,
        distances,
        baseline,
    )


@dataclass(frozen=True, eq=False)
class UncoveredExamples:
    """What `uncovered_examples` returns.

    Attributes:
        share: a `Score`, the share of test examples that no sample covers: 1 minus
            the coverage.
        indices: of these, the loneliest first.
        ratios: distance of each to its nearest sample in radii of its ball, at least
            1, in the order of `indices`.
    """

    share: Score
    indices: np.ndarray
    ratios: np.ndarray

    def __str__(self) -> str:
        return str(self.share)


def uncovered_examples(
    test: Any,
    samples: Any,
    features: Extractor = pixel_features,
    seed: int | None = None,
    k: int = 5,
    batch_size: int = 256,
) -> UncoveredExamples:
    """The test examples in whose neighbourhood there is no sample: dropped modes.

    A neighbourhood is the ball that reaches to the k-th nearest other test example.
    Even of samples of the true distribution, as many as test examples, about 2^-k
    cover none.

    Args:
        test: real images `(m, ...)`.
        samples: generated images; as many, for numbers that compare.
        features: in which distances are taken.
        seed: with which the samples were drawn.
        k: neighbours.
        batch_size: images at a time.

    Raises:
        ValueError: fewer examples than neighbours; features that are not finite.

    Reference: coverage of Naeem et al., 2020.
    """
    check_whole(k, "k")
    real = extract_features(test, features, batch_size, "test")
    fake = extract_features(samples, features, batch_size, "samples")
    check_enough(len(real), k + 1, "test", f"to have {k} neighbours each")
    radii = np.sqrt(squared_radii(real, k))
    _, distances = nearest_neighbours(real, fake)
    missed = np.flatnonzero(distances >= radii)
    # A ball of radius 0, around examples that occur more than k times.
    ratios = distances[missed] / np.maximum(radii[missed], np.finfo("float64").tiny)
    order = np.argsort(-ratios, kind="stable")
    share = len(missed) / len(real)
    return UncoveredExamples(
        Score(
            "share of test examples that no sample covers",
            share,
            math.sqrt(share * (1 - share) / len(real)),
            "standard error",
            n_samples=len(fake),
            n_reference=len(real),
            extractor=extractor_name(features),
            n_features=real.shape[1],
            split="test",
            seed=seed,
            resizer=extractor_resizer(features),
            settings=f"k = {k}",
        ),
        missed[order],
        ratios[order],
    )


def nearest_neighbours(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index and Euclidean distance of each row's nearest row of y, each `(n,)`."""
    if x.shape[1] != y.shape[1]:
        raise ValueError(
            f"features must have one width, got {x.shape[1]} and {y.shape[1]}."
        )
    nearest = np.empty(len(x), int)
    for rows, squares in distance_blocks(x, y):
        nearest[rows] = squares.argmin(axis=1)
    # Anew from the rows themselves: of copies the blocks leave rounding.
    differences = x.astype("float64") - y[nearest]
    return nearest, np.sqrt(np.square(differences).sum(axis=1))


def mann_whitney(
    first: np.ndarray, second: np.ndarray
) -> tuple[float, float, float, float]:
    """Whether values of `second` are smaller than those of `first`.

    Returns:
        P(second < first), ties counting half; the statistic in standard deviations
        under equality, with the correction for ties; its one-sided p-value; the
        standard error of the probability (DeLong et al., 1988).
    """
    n, m = len(first), len(second)
    # For each value the share of the other set that is below (above) it.
    above = _shares_below(second, first)
    below = 1.0 - _shares_below(first, second)
    share = float(above.mean())
    total = n + m
    _, ties = np.unique(np.concatenate([first, second]), return_counts=True)
    correction = float((ties.astype("float64") ** 3 - ties).sum())
    variance = (total + 1 - correction / (total * (total - 1))) / (12.0 * n * m)
    z = (share - 0.5) / math.sqrt(variance) if variance > 0 else 0.0
    error = math.sqrt(above.var(ddof=1) / n + below.var(ddof=1) / m)
    return share, z, 0.5 * math.erfc(z / math.sqrt(2.0)), error


def _shares_below(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """For each of `at` the share of `values` below it, ties counting half."""
    values = np.sort(values)
    left = np.searchsorted(values, at, "left")
    right = np.searchsorted(values, at, "right")
    return (left + right) / (2.0 * len(values))
