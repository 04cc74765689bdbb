"""Numbers about translations between two sides."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation import sample_quality
from keras_genzoo.models.translation import DIRECTIONS
from keras_genzoo.reports.evaluation import Evaluation, Measured, Picture, from_score
from keras_genzoo.reports.images import ReportData, evenly
from keras_genzoo.reports.options import EvaluationOptions
from keras_genzoo.training.pixels import to_float_array
from keras_genzoo.visualization import strip

_ROWS = 8


def add_translation_numbers(
    evaluation: Evaluation,
    model: Any,
    data: ReportData,
    features: Any,
    options: EvaluationOptions,
) -> None:
    """Of each direction: distances of translations to real images, cycle errors."""
    sides = dict(zip("ab", zip(data.train, data.test, strict=True), strict=True))
    counts = [len(images) for pair in sides.values() for images in pair]
    n = min(options.samples, *counts)
    evaluation.about["samples"] = n
    for direction in DIRECTIONS:
        options.note(f"translations {direction}")
        start, goal = direction[0], direction[-1]
        real, other = sides[goal][1], sides[goal][0]
        if options.split == "train":
            real, other = other, real
        source = sides[start][1]
        source = source[evenly(n, len(source))]
        there = model.translate(source, direction)
        # The goal's channels may be others than the start's, so features see the goal.
        quality = sample_quality(
            there,
            real[evenly(n, len(real))],
            features,
            train=other,
            allow_few=options.allow_few,
            allow_shared=True,
        )
        floor = "training images" if options.split == "test" else "test images"
        for score, beside in (
            (quality.frechet, quality.frechet_floor),
            (quality.kernel, quality.kernel_floor),
        ):
            evaluation.measured.append(
                from_score(score, "lower", beside, floor, f"{score.name}, {direction}")
            )
        back = model.cycle(source, direction)
        errors = np.abs(back - to_float_array(source)).mean(axis=(1, 2, 3))
        evaluation.measured.append(
            Measured(
                f"cycle error, {direction} and back",
                float(errors.mean(dtype="float64")),
                float(errors.std() / np.sqrt(n)),
                better="lower",
                unit="a pixel value, in [0, 1]",
                details=f"mean absolute difference of {n} test images from themselves",
            )
        )
        trips = model.round_trip(source[evenly(_ROWS, n)], direction)
        evaluation.pictures.append(
            Picture(
                f"Translations {direction}",
                strip(trips, scale=2),
                "A row: a test image, its translation, and the translation back.",
            )
        )
