"""Precision, recall, density and coverage: who lies near whose neighbourhood."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_enough, check_whole, check_widths
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    extractor_name,
    extractor_resizer,
)
from keras_genzoo.evaluation.neighbours import distance_blocks, squared_radii
from keras_genzoo.evaluation.score import Score


@dataclass(frozen=True)
class ManifoldScores:
    """What `precision_recall` returns; `str` gives one sentence a line.

    Attributes:
        precision: share of samples inside the ball of a real example.
        recall: share of real examples inside the ball of a sample.
        density: how many balls of real examples a sample lies in, divided by k; can
            exceed 1.
        coverage: share of real examples in whose ball there is a sample.
    """

    precision: Score
    recall: Score
    density: Score
    coverage: Score

    def __str__(self) -> str:
        return "\n".join(
            str(s) for s in (self.precision, self.recall, self.density, self.coverage)
        )


def precision_recall(
    reference: Any,
    samples: Any,
    features: Extractor | None = None,
    split: str | None = None,
    seed: int | None = None,
    k: int = 3,
    density_k: int = 5,
    batch_size: int = 256,
) -> ManifoldScores:
    """Precision and recall, density and coverage, by nearest neighbours.

    An example's ball reaches to its k-th nearest neighbour within its own set. The
    distance matrix is taken in blocks, so memory grows with the number of examples,
    not its square.

    Args:
        reference: real images `(n, ...)` or an iterable of batches.
        samples: likewise, generated. Precision and density depend on the number of
            reference examples, recall on that of the samples: use as many of each.
        features: the extractor; None if both hold features `(n, d)` already.
        split: which part of the data `reference` is.
        seed: with which the samples were drawn.
        k: neighbours, of precision and recall.
        density_k: neighbours, of density and coverage.
        batch_size: images at a time.

    Returns:
        Four scores with standard errors, which take the balls as given.

    Raises:
        ValueError: fewer examples than neighbours; features that are not finite or of
            different widths.

    Reference: Kynkäänniemi et al., Improved Precision and Recall Metric for Assessing
    Generative Models, 2019; Naeem et al., Reliable Fidelity and Diversity Metrics for
    Generative Models, 2020.
    """
    check_whole(k, "k")
    check_whole(density_k, "density_k")
    fake = extract_features(samples, features, batch_size, "samples")
    real = extract_features(reference, features, batch_size, "reference")
    check_widths(real.shape[1], fake.shape[1])
    check_enough(len(fake), k + 1, "samples", f"to have {k} neighbours each")
    most = max(k, density_k)
    check_enough(len(real), most + 1, "reference", f"to have {most} neighbours each")
    real_radii = squared_radii(real, k)
    wide_radii = real_radii if density_k == k else squared_radii(real, density_k)
    fake_radii = squared_radii(fake, k)

    precise = np.zeros(len(fake), bool)
    balls = np.zeros(len(fake))
    recalled = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for rows, squares in distance_blocks(real, fake):
        precise |= (squares < real_radii[rows, None]).any(axis=0)
        inside = squares < wide_radii[rows, None]
        balls += inside.sum(axis=0)
        covered[rows] = inside.any(axis=1)
        recalled[rows] = (squares < fake_radii).any(axis=1)

    def score(name, values, neighbours):
        return Score(
            name,
            float(values.mean()),
            float(values.std() / np.sqrt(len(values))),
            "standard error",
            n_samples=len(fake),
            n_reference=len(real),
            extractor=extractor_name(features),
            n_features=real.shape[1],
            split=split,
            seed=seed,
            resizer=extractor_resizer(features),
            settings=f"k = {neighbours}",
        )

    return ManifoldScores(
        precision=score("precision", precise, k),
        recall=score("recall", recalled, k),
        density=score("density", balls / density_k, density_k),
        coverage=score("coverage", covered, density_k),
    )
