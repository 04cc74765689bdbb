"""Numbers about what a model samples."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation import (
    class_balance,
    class_score,
    memorisation,
    pixel_features,
    sample_batches,
    sample_quality,
    uncovered_examples,
)
from keras_genzoo.evaluation.features import extractor_name
from keras_genzoo.reports.evaluation import Evaluation, Measured, Picture, from_score
from keras_genzoo.reports.images import ReportData, evenly
from keras_genzoo.reports.options import EvaluationOptions
from keras_genzoo.reports.reading import Reader, reader_for
from keras_genzoo.visualization import image_grid

# Samples, and held-out images, whose nearest neighbours are searched.
_SEARCHED = 1000
_GRID, _PAIRS, _MISSED = 80, 16, 40


def add_sample_numbers(
    evaluation: Evaluation,
    model: Any,
    data: ReportData,
    features: Any,
    options: EvaluationOptions,
) -> None:
    """Distances, precision and recall, classes, memorisation, uncovered examples."""
    real, other = data.test, data.train
    if options.split == "train":
        real, other = other, real
    n = min(options.samples, len(real), len(other))
    real = real[evenly(n, len(real))]
    labels = _labels(model, data, n)
    options.note(f"{n} samples")
    samples = draw(model, n, labels, options.seed)
    evaluation.about["samples"] = n

    options.note("distances, precision, recall")
    quality = sample_quality(
        samples,
        real,
        features,
        train=other,
        seed=options.seed,
        allow_few=options.allow_few,
        # The caller has left out what both splits hold.
        allow_shared=True,
    )
    floor = "training images" if options.split == "test" else "test images"
    scores, floors = quality.manifold, quality.manifold_floor
    evaluation.measured += [
        from_score(quality.frechet, "lower", quality.frechet_floor, floor),
        from_score(quality.kernel, "lower", quality.kernel_floor, floor),
        *(
            from_score(getattr(scores, name), "higher", getattr(floors, name), floor)
            for name in ("precision", "recall", "density", "coverage")
        ),
    ]
    # The numbers above say what split they are of; these are told what is real.
    reader = reader_for(features, data.label_names)
    if reader is not None:
        options.note("classes")
        _add_classes(evaluation, reader, samples, real, data, options)
        if labels is not None:
            evaluation.measured.append(_agreement(reader, samples, labels, data))
    options.note("nearest training images")
    _add_memorisation(evaluation, samples, data, features, options)
    missed = uncovered_examples(real, samples, features, seed=options.seed)
    evaluation.measured.append(
        from_score(
            missed.share,
            "lower",
            1.0 - floors.coverage.value,
            floor,
            name=f"{options.split} images that no sample covers",
        )
    )
    _add_pictures(evaluation, samples, labels, real[missed.indices], missed, options)


def draw(model: Any, n: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """n samples, of the given labels where the model is conditional."""
    if labels is None:
        return np.concatenate(list(sample_batches(model, n, seed)))
    return model.sample(labels=labels, seed=seed)


def _labels(model: Any, data: ReportData, n: int) -> np.ndarray | None:
    """Labels for a conditional model's samples, with the shares of the real ones."""
    classes = getattr(model, "num_classes", None)
    if classes is None:
        return None
    known = data.train_labels if data.train_labels is not None else data.test_labels
    if known is None:
        return np.arange(n) % classes
    if known.max() >= classes:
        raise ValueError(
            f"--data must have the {classes} classes of the model, {data.name!r} has "
            f"{known.max() + 1}."
        )
    return np.sort(known)[evenly(n, len(known))] if n < len(known) else np.sort(known)


def _add_classes(
    evaluation: Evaluation,
    reader: Reader,
    samples: np.ndarray,
    real: np.ndarray,
    data: ReportData,
    options: EvaluationOptions,
) -> None:
    # True labels on one side and read ones on the other would count the classifier's
    # mistakes as the model's, so both are read; every class occurs at least once.
    count = len(reader.label_names)
    known = np.concatenate([reader.classify(real), np.arange(count)])
    balance = class_balance(samples, reader, known, options.split, options.seed)
    own = class_balance(real, reader, known, options.split)
    name = f"{options.split} images"
    parts = min(10, len(samples))
    score = class_score(samples, reader, options.seed, splits=parts)
    evaluation.measured += [
        from_score(balance.modes, "higher", own.modes, name, "classes that occur"),
        from_score(balance.kl, "lower", own.kl, name, unit="nats"),
        from_score(balance.confidence, "higher", own.confidence, name),
        from_score(score, "higher", class_score(real, reader, splits=parts), name),
    ]


def _agreement(
    reader: Reader, samples: np.ndarray, labels: np.ndarray, data: ReportData
) -> Measured:
    right = reader.classify(samples) == labels
    beside = None
    if data.test_labels is not None:
        beside = float(np.mean(reader.classify(data.test) == data.test_labels))
    return Measured(
        "share of samples read as the class asked for",
        float(right.mean()),
        float(right.std() / np.sqrt(len(right))),
        beside,
        "" if beside is None else "test images read right",
        "higher",
        details=f"{len(right)} samples, read by {reader.name}",
    )


def _add_memorisation(
    evaluation: Evaluation,
    samples: np.ndarray,
    data: ReportData,
    features: Any,
    options: EvaluationOptions,
) -> None:
    some = samples[evenly(_SEARCHED, len(samples))]
    held_out = data.test[evenly(_SEARCHED, len(data.test))]
    for extractor in dict.fromkeys((pixel_features, features)):
        found = memorisation(
            some, data.train, held_out, extractor, options.seed, allow_shared=True
        )
        name = extractor_name(extractor)
        evaluation.measured.append(
            from_score(
                found.copying,
                "lower",
                0.5,
                "new data",
                f"probability that a sample is nearer to training images than new "
                f"data ({name})",
            )
        )
        pairs = found.pairs(some, data.train, min(_PAIRS, len(some)), scale=2)
        evaluation.pictures.append(
            Picture(
                f"Nearest training images ({name})",
                pairs,
                "Above: the samples nearest to the training set. Below: the training "
                f"image each is nearest to. {found}",
            )
        )


def _add_pictures(
    evaluation: Evaluation,
    samples: np.ndarray,
    labels: np.ndarray | None,
    missed: np.ndarray,
    uncovered: Any,
    options: EvaluationOptions,
) -> None:
    chosen = evenly(_GRID, len(samples)) if labels is not None else slice(_GRID)
    caption = "Drawn at random, none picked by hand."
    if labels is not None:
        caption += " Class by class, in the order of the labels."
    pictures = [Picture("Samples", image_grid(samples[chosen], 10, scale=2), caption)]
    if len(missed):
        pictures.append(
            Picture(
                f"{options.split.capitalize()} images that no sample covers",
                image_grid(missed[:_MISSED], 10, scale=2),
                f"The loneliest of {len(missed)}, {float(uncovered.share):.1%} of all. "
                f"{uncovered}",
            )
        )
    evaluation.pictures[:0] = pictures[:1]
    evaluation.pictures += pictures[1:]
