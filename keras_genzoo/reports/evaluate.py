"""All numbers of a model on a data set."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from keras_genzoo.evaluation import ClassifierFeatures, shared_examples
from keras_genzoo.evaluation.features import extractor_name
from keras_genzoo.models import VAE, Autoencoder, CycleGAN
from keras_genzoo.reports.evaluation import Evaluation, Measured
from keras_genzoo.reports.images import ReportData, image_shape
from keras_genzoo.reports.likelihood_numbers import (
    add_likelihood_numbers,
    add_reconstructions,
)
from keras_genzoo.reports.options import EvaluationOptions
from keras_genzoo.reports.sample_numbers import add_sample_numbers
from keras_genzoo.reports.subject import Subject
from keras_genzoo.reports.translation_numbers import add_translation_numbers
from keras_genzoo.version import __version__


def evaluate_model(
    subject: Subject,
    data: ReportData,
    features: Any,
    options: EvaluationOptions | None = None,
) -> Evaluation:
    """Measures what a model of this kind is measured by.

    A model that samples: Fréchet and kernel distance, precision, recall, density,
    coverage, classes, memorisation, uncovered examples, and how many samples of a
    conditional one are read as the class asked for. A VAE besides: ELBO,
    importance-weighted bound, annealed importance sampling if asked for. A VAE or an
    autoencoder: the error of reconstructions. A CycleGAN: distances and cycle error of
    each direction. Test images that are among the training images are left out.

    Args:
        subject: the model.
        data: two splits of images.
        features: the extractor of the distances; a `ClassifierFeatures` for numbers
            about classes.
        options: how much, of what.

    Raises:
        ValueError: another kind of model; images that do not fit the model or the
            features; options that the model has no use for; otherwise as
            `keras_genzoo.evaluation`'s functions.
    """
    options = options or EvaluationOptions()
    model = subject.model
    sampled = callable(getattr(model, "sample", None))
    if not (sampled or isinstance(model, Autoencoder)):
        raise ValueError(
            "HANDLE must be a model that samples, reconstructs or translates images, "
            f"got a {subject.kind}."
        )
    if options.ais_images:
        _check_ais(model)
    data, left_out = _without_shared(data)
    if left_out:
        options.note(f"{left_out} test images are in the training set: left out")
    evaluation = Evaluation(
        {
            "handle": subject.handle,
            "model": subject.kind,
            "data": data.name,
            "split": options.split,
            "seed": options.seed,
            "features": extractor_name(features),
            "backend": keras.backend.backend(),
            "keras_version": keras.__version__,
            "keras_genzoo_version": __version__,
            "test_images_left_out": left_out,
        }
    )
    if isinstance(model, CycleGAN):
        for side, images in zip("ab", data.test, strict=True):
            _check_features(features, images.shape[1:], f"side {side}")
        add_translation_numbers(evaluation, model, data, features, options)
        return evaluation
    if data.test.shape[1:] != image_shape(model):
        raise ValueError(
            f"--data must have images of {image_shape(model)} for this model, "
            f"{data.name!r} has {data.test.shape[1:]}."
        )
    if isinstance(model, VAE):
        add_likelihood_numbers(evaluation, model, data, options)
    if isinstance(model, VAE | Autoencoder):
        add_reconstructions(evaluation, model, data, options)
    if hasattr(model, "classify") and data.test_labels is not None:
        evaluation.measured.append(_classification(model, data, options))
    if sampled:
        _check_features(features, data.test.shape[1:], f"the images of {data.name!r}")
        add_sample_numbers(evaluation, model, data, features, options)
    return evaluation


def _check_features(features: Any, shape: tuple[int, ...], what: str) -> None:
    known = getattr(features, "image_shape", shape)
    if isinstance(features, ClassifierFeatures) and tuple(shape) != known:
        raise ValueError(
            f"--features must read images of {tuple(shape)}, {what}; "
            f"{features.name} reads {known}."
        )


def _check_ais(model: Any) -> None:
    if not isinstance(model, VAE):
        raise ValueError(
            f"--ais must be 0 for a {type(model).__name__}, which has no noise model; "
            "see `keras_genzoo.evaluation.likelihood.choose_noise_scale`."
        )
    if model.num_classes is not None:
        raise ValueError(
            f"--ais must be 0 for a {type(model).__name__}, whose decoder takes labels."
        )


def _without_shared(data: ReportData) -> tuple[ReportData, int]:
    """The data without the test images that the training set holds too."""
    if isinstance(data.test, tuple):
        kept = [
            np.setdiff1d(np.arange(len(test)), shared_examples(train, test))
            for train, test in zip(data.train, data.test, strict=True)
        ]
        test = tuple(t[k] for t, k in zip(data.test, kept, strict=True))
        left_out = sum(map(len, data.test)) - sum(map(len, test))
        sizes = list(map(len, test))
    else:
        shared = shared_examples(data.train, data.test)
        kept = np.setdiff1d(np.arange(len(data.test)), shared)
        test, left_out, sizes = data.test[kept], len(shared), [len(kept)]
    if min(sizes) < 2:
        raise ValueError(
            f"--data must have test images that are not in the training set, "
            f"{data.name!r} has {min(sizes)}."
        )
    if not left_out:
        return data, 0
    labels = data.test_labels
    if labels is not None:
        labels = labels[kept]
    return replace(data, test=test, test_labels=labels), left_out


def _classification(
    model: Any, data: ReportData, options: EvaluationOptions
) -> Measured:
    options.note("the model's own classifier")
    wrong = model.classify(data.test) != data.test_labels
    return Measured(
        "test images that the model classifies wrong",
        float(wrong.mean()),
        float(wrong.std() / np.sqrt(len(wrong))),
        better="lower",
        details=f"{len(wrong)} test images (error: standard error)",
    )
