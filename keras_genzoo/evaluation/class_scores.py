"""What a classifier makes of samples: the inception-style score, shares of classes."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_enough, check_features, check_whole
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    extractor_name,
    extractor_resizer,
)
from keras_genzoo.evaluation.score import Score


def class_score(
    samples: Any,
    classifier: Extractor | None = None,
    seed: int | None = None,
    splits: int = 10,
    shuffle_seed: int | None = 2020,
    batch_size: int = 256,
) -> Score:
    """exp of the mean KL(p(y | x) || p(y)), from 1 to the number of classes.

    High where the classifier is sure of each sample and all classes occur. It looks
    at no real data and cannot see a lack of variety within a class. It is called
    inception score if, and only if, the classifier is Inception.

    Args:
        samples: generated images `(n, ...)` or an iterable of batches.
        classifier: from images to class probabilities `(n, classes)`; None if
            `samples` are such probabilities already.
        seed: with which the samples were drawn.
        splits: the value is the mean over so many parts of the samples, the error the
            standard deviation among them, as usual. The score rises with a part's
            size.
        shuffle_seed: of the order in which samples fall into parts; None keeps it.
            The default is torch-fidelity's.
        batch_size: images at a time.

    Raises:
        ValueError: fewer samples than parts; rows that are no probabilities.

    Reference: Salimans et al., Improved Techniques for Training GANs, 2016.
    """
    p = _probabilities(samples, classifier, batch_size)
    check_enough(
        len(p), check_whole(splits, "splits"), "samples", f"for {splits} splits"
    )
    if shuffle_seed is not None:
        seed_value = check_whole(shuffle_seed, "shuffle_seed", 0)
        p = p[np.random.RandomState(seed_value).permutation(len(p))]
    scores = []
    for i in range(splits):
        part = p[i * len(p) // splits : (i + 1) * len(p) // splits]
        scores.append(math.exp(_kl_rows(part, part.mean(axis=0)).mean()))
    inception = getattr(classifier, "is_inception", False)
    return Score(
        "inception score" if inception else "class score",
        float(np.mean(scores)),
        float(np.std(scores)) if splits > 1 else None,
        "standard deviation over splits",
        n_samples=len(p),
        n_reference=None,
        extractor=extractor_name(classifier),
        n_features=p.shape[1],
        seed=seed,
        resizer=extractor_resizer(classifier),
        settings=f"{splits} splits, shuffled with seed {shuffle_seed}",
    )


@dataclass(frozen=True, eq=False)
class ClassBalance:
    """What `class_balance` returns.

    Attributes:
        modes: classes that occur among the samples, a `Score`.
        kl: KL(shares of the samples || shares of the reference) in nats, a `Score`;
            its expectation for a perfect model is about `(classes - 1) / 2n`.
        confidence: mean probability of the class that a sample is counted for, a
            `Score`. Where it is low the classifier guesses, and so do the others.
        counts: samples of each class, `(classes,)`.
        reference_shares: share of each class in the reference, `(classes,)`.
    """

    modes: Score
    kl: Score
    confidence: Score
    counts: np.ndarray
    reference_shares: np.ndarray

    def __str__(self) -> str:
        return "\n".join(str(s) for s in (self.modes, self.kl, self.confidence))


def class_balance(
    samples: Any,
    classifier: Extractor | None = None,
    reference_labels: Any = None,
    split: str | None = None,
    seed: int | None = None,
    batch_size: int = 256,
) -> ClassBalance:
    """How often a classifier sees each class among the samples.

    Args:
        samples: generated images `(n, ...)` or an iterable of batches.
        classifier: from images to class probabilities; None if `samples` are such
            probabilities already.
        reference_labels: integers `(m,)`, the classes of real examples; None takes
            all classes to be equally likely.
        split: which part of the data the labels are from.
        seed: with which the samples were drawn.
        batch_size: images at a time.

    Returns:
        Scores with standard errors; that of `modes` is the expected number of classes
        missed by chance alone by as many samples with the reference's shares.

    Raises:
        ValueError: rows that are no probabilities; labels out of range; a sample of a
            class that the reference has not.
    """
    p = _probabilities(samples, classifier, batch_size)
    n, classes = p.shape
    counts = np.bincount(p.argmax(axis=1), minlength=classes)
    shares, n_reference = np.full(classes, 1.0 / classes), None
    if reference_labels is not None:
        labels = np.asarray(reference_labels)
        if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "iu":
            raise ValueError(
                "`reference_labels` must be integers of shape (m,), got "
                f"{labels.dtype} of shape {labels.shape}."
            )
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(
                f"`reference_labels` must lie in [0, {classes}), got "
                f"[{labels.min()}, {labels.max()}]."
            )
        shares, n_reference = np.bincount(labels, minlength=classes), len(labels)
        missing = np.flatnonzero((shares == 0) & (counts > 0))
        if missing.size:
            raise ValueError(
                "`reference_labels` must hold every class that the samples have, got "
                f"none of {missing.tolist()}."
            )
        shares = shares / n_reference
    seen = counts > 0
    log_ratio = np.log(counts[seen] / n / shares[seen])
    kl = float((counts[seen] / n * log_ratio).sum())
    # Delta method: the variance of the log ratio of one sample.
    spread = float((counts[seen] / n * np.square(log_ratio)).sum() - kl**2)
    sure = p.max(axis=1)

    def score(name, value, error, kind, settings=""):
        return Score(
            name,
            float(value),
            float(error),
            kind,
            n_samples=n,
            n_reference=n_reference,
            extractor=extractor_name(classifier),
            n_features=classes,
            split=split,
            seed=seed,
            resizer=extractor_resizer(classifier),
            settings=settings,
        )

    return ClassBalance(
        modes=score(
            "number of classes",
            seen.sum(),
            np.where(shares > 0, (1.0 - shares) ** n, 0.0).sum(),
            "classes that chance alone would miss",
            f"of {(shares > 0).sum()}",
        ),
        kl=score(
            "KL of class shares (nats)",
            max(0.0, kl),
            math.sqrt(max(0.0, spread) / n),
            "standard error",
            f"{(classes - 1) / (2 * n):.2g} expected of a perfect model",
        ),
        confidence=score(
            "classifier's confidence",
            sure.mean(),
            sure.std() / math.sqrt(n),
            "standard error",
        ),
        counts=counts,
        reference_shares=shares,
    )


def _probabilities(
    samples: Any, classifier: Extractor | None, batch_size: int
) -> np.ndarray:
    p = extract_features(samples, classifier, batch_size, "samples").astype("float64")
    check_features(p, "samples")
    sums = p.sum(axis=1)
    if p.min() < 0 or np.abs(sums - 1).max() > 1e-3:
        raise ValueError(
            "`classifier` must return probabilities, rows at least 0 that sum to 1 "
            f"(a softmax of its logits), got values from {p.min():.3g} to "
            f"{p.max():.3g} and sums from {sums.min():.3g} to {sums.max():.3g}."
        )
    return p / sums[:, None]


def _kl_rows(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    # A class of probability 0 adds nothing: 0 log 0 = 0.
    logs = np.log(np.where(p > 0, p, 1.0)) - np.log(np.where(q > 0, q, 1.0))
    return (p * logs).sum(axis=1)
