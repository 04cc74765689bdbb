"""Numbers about log p(x), and about reconstructions."""

from typing import Any

import keras
import numpy as np

from keras_genzoo.evaluation.likelihood import (
    LatentModel,
    annealed_importance_sampling,
    bidirectional_monte_carlo,
)
from keras_genzoo.reports.evaluation import Evaluation, Measured, Picture
from keras_genzoo.reports.images import ReportData, evenly
from keras_genzoo.reports.options import EvaluationOptions
from keras_genzoo.training.pixels import to_float_array
from keras_genzoo.visualization import image_pairs

# Images whose tighter bound is estimated, and pairs in the picture.
_BOUNDED = 1000
_PAIRS = 24
_BESIDE = "on training images"


def add_likelihood_numbers(
    evaluation: Evaluation, model: Any, data: ReportData, options: EvaluationOptions
) -> None:
    """ELBO, importance-weighted bound, annealed importance sampling if asked for."""
    n = min(options.samples, len(data.test), len(data.train))
    options.note("evidence lower bound")
    evaluation.measured.append(
        _bound(
            "ELBO",
            lambda x, y: model.elbo(x, *y, seed=options.seed),
            model,
            data,
            n,
        )
    )
    k = options.bound_samples
    options.note(f"importance-weighted bound, {k} samples")
    evaluation.measured.append(
        _bound(
            f"importance-weighted bound ({k} samples)",
            lambda x, y: model.importance_weighted_bound(
                x, *y, samples=k, seed=options.seed
            ),
            model,
            data,
            min(n, _BOUNDED),
        )
    )
    if options.ais_images:
        _add_ais(evaluation, model, data, options)


def add_reconstructions(
    evaluation: Evaluation, model: Any, data: ReportData, options: EvaluationOptions
) -> None:
    """The error of reconstructions, and a picture of some."""
    n = min(options.samples, len(data.test), len(data.train))
    evaluation.about.setdefault("samples", n)
    options.note("reconstructions")

    def error(x, y):
        difference = model.reconstruct(x, *y) - to_float_array(x)
        return np.square(difference, dtype="float64").mean(axis=(1, 2, 3))

    per_pixel = _bound("squared error of reconstructions", error, model, data, n)
    evaluation.measured.append(
        Measured(
            **{**vars(per_pixel), "better": "lower", "unit": "a pixel value, in [0, 1]"}
        )
    )
    chosen = evenly(_PAIRS, len(data.test))
    x = data.test[chosen]
    again = model.reconstruct(x, *_labels(model, data.test_labels, chosen))
    evaluation.pictures.append(
        Picture(
            "Reconstructions",
            image_pairs(x, again, 8, scale=2),
            "Above: test images. Below: the same after encoding and decoding.",
        )
    )


def _bound(name: str, fn: Any, model: Any, data: ReportData, n: int) -> Measured:
    values = []
    for images, labels in (
        (data.test, data.test_labels),
        (data.train, data.train_labels),
    ):
        chosen = evenly(n, len(images))
        values.append(fn(images[chosen], _labels(model, labels, chosen)))
    test, train = values
    error = float(test.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    return Measured(
        name,
        float(test.mean(dtype="float64")),
        error,
        float(train.mean(dtype="float64")),
        _BESIDE,
        "higher",
        "nats an image",
        f"mean of {n} test images (error: standard error over images)",
    )


def _labels(model: Any, labels: np.ndarray | None, chosen: np.ndarray) -> tuple:
    """What a conditional model takes besides images.

    A semi-supervised one bounds log p(x) without them, and reads them by itself.
    """
    if getattr(model, "num_classes", None) is None or hasattr(model, "classify"):
        return ()
    if labels is None:
        raise ValueError(
            "--data must have labels for a conditional model, got a set without."
        )
    return (labels[chosen],)


def _add_ais(
    evaluation: Evaluation, model: Any, data: ReportData, options: EvaluationOptions
) -> None:
    n = min(options.ais_images, len(data.test))
    x = data.test[evenly(n, len(data.test))]
    # What this visit sees of the pixels: bits, or continuous values.
    visit = model.pixel_reading.visit(
        keras.ops.convert_to_tensor(to_float_array(x)), options.seed
    )
    latent = LatentModel(model.decoder, model.observation)
    settings = {
        "chains": options.ais_chains,
        "distributions": options.ais_distributions,
        "seed": options.seed,
        "progress": True,
    }
    options.note(f"annealed importance sampling, {n} test images")
    found = annealed_importance_sampling(
        latent, keras.ops.convert_to_numpy(visit), **settings
    )
    gap = bidirectional_monte_carlo(latent, n, **settings)
    evaluation.measured += [
        Measured(
            "log-likelihood by annealed importance sampling",
            found.value,
            found.error if n > 1 else None,
            better="higher",
            unit="nats an image",
            details=str(found),
        ),
        Measured(
            "gap of bidirectional Monte Carlo",
            gap.value,
            gap.error if n > 1 else None,
            better="lower",
            unit="nats an image",
            details=str(gap),
        ),
    ]
