"""All numbers about samples against a test set, and the floor that data itself has."""

from dataclasses import dataclass
from typing import Any

from keras_genzoo.evaluation.checks import check_disjoint
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    extractor_name,
    extractor_resizer,
)
from keras_genzoo.evaluation.frechet import frechet_distance
from keras_genzoo.evaluation.kernel import kernel_distance
from keras_genzoo.evaluation.manifold import ManifoldScores, precision_recall
from keras_genzoo.evaluation.score import Score


@dataclass(frozen=True)
class SampleQuality:
    """What `sample_quality` returns.

    Attributes:
        frechet: samples against the test set.
        kernel: samples against the test set.
        manifold: samples against the test set.
        frechet_floor: training images against the test set: what a model that has
            learned the distribution cannot be asked to beat. None without `train`.
        kernel_floor: likewise.
        manifold_floor: likewise.
    """

    frechet: Score
    kernel: Score
    manifold: ManifoldScores
    frechet_floor: Score | None = None
    kernel_floor: Score | None = None
    manifold_floor: ManifoldScores | None = None

    def __str__(self) -> str:
        lines = [str(s) for s in (self.frechet, self.kernel, self.manifold)]
        if self.frechet_floor is not None:
            lines += [f"Training images: {self.frechet_floor}"]
            lines += [f"Training images: {self.kernel_floor}"]
            floor = str(self.manifold_floor).splitlines()
            lines += [f"Training images: {line}" for line in floor]
        return "\n".join(lines)


def sample_quality(
    samples: Any,
    test: Any,
    features: Extractor | None = None,
    train: Any = None,
    seed: int | None = None,
    allow_few: bool = False,
    allow_shared: bool = False,
    subset_size: int = 1000,
    batch_size: int = 256,
) -> SampleQuality:
    """Fréchet and kernel distance, precision, recall, density and coverage.

    Args:
        samples: generated images `(n, ...)`.
        test: real images that the model was not trained on, `(m, ...)`.
        features: the extractor; None if all hold features already.
        train: the training images; as many of them as there are samples, evenly
            spaced, are measured like samples for the floor.
        seed: with which the samples were drawn.
        allow_few: as in `frechet_distance`.
        allow_shared: whether `train` and `test` may share images, as some published
            sets do.
        subset_size: as in `kernel_distance`; where there are not more of each, it takes
            all at once.
        batch_size: images at a time.

    Raises:
        ValueError: train and test images that overlap; as the estimators.
    """
    if train is not None and not allow_shared:
        check_disjoint(train, test)
    given = _Given(features)
    real = extract_features(test, features, batch_size, "test")
    fake = extract_features(samples, features, batch_size, "samples")

    def distances(rows, seed):
        # Subsets that are the whole set all agree, which says nothing of the error.
        enough = min(len(rows), len(real)) > subset_size
        subsets = {"subset_size": subset_size} if enough else {"subsets": None}
        return (
            frechet_distance(real, rows, given, "test", seed, allow_few),
            kernel_distance(real, rows, given, "test", seed, **subsets),
        )

    frechet, kernel = distances(fake, seed)
    manifold = precision_recall(real, fake, given, "test", seed)
    if train is None:
        return SampleQuality(frechet, kernel, manifold)
    count = min(len(fake), len(train))
    chosen = [i * len(train) // count for i in range(count)]
    floor = extract_features(train[chosen], features, batch_size, "train")
    return SampleQuality(
        frechet,
        kernel,
        manifold,
        *distances(floor, None),
        precision_recall(real, floor, given, "test"),
    )


class _Given:
    """An extractor's name on features that it has extracted already."""

    def __init__(self, features: Extractor | None):
        self.name = extractor_name(features)
        self.resizer = extractor_resizer(features)
        self.is_inception = getattr(features, "is_inception", False)

    def __call__(self, rows):
        return rows
