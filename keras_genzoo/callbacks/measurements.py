"""Numbers about samples and likelihood every few epochs, logged like any metric."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_genzoo import evaluation
from keras_genzoo.evaluation.checks import check_whole, to_numpy
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    pixel_features,
    sample_batches,
)


class Measured(NamedTuple):
    """One measurement: after how many epochs, and the numbers by their names."""

    epochs: int
    values: Mapping[str, float]


class Measurement(keras.callbacks.Callback):
    """Calls `measure` every few epochs and adds what it returns to the logs.

    `History`, the progress bar, and callbacks that stand later in the list, such as
    `ModelCheckpoint(monitor=...)` and `EarlyStopping(monitor=...)`, see the numbers.
    The first epoch of a run is measured too, and between two measurements the last
    numbers are logged again: a checkpoint that found no number, or NaN, in its first
    epoch would take it for the best ever.

    Args:
        names: of the numbers.
        every: epochs from one measurement to the next, beside the first.
        monitor: the number by which the best measurement is chosen.
        mode: "min" or "max", what is better.

    Raises:
        ValueError: `every` below 1.
    """

    def __init__(self, names: tuple[str, ...], every: int, monitor: str, mode: str):
        super().__init__()
        self.names = names
        self.every = check_whole(every, "every")
        if monitor not in names:
            raise ValueError(f"`monitor` must be one of {names}, got {monitor!r}.")
        self.monitor = monitor
        self.mode = mode
        self.measured: list[Measured] = []

    def measure(self) -> dict[str, float]:
        """The numbers by their names."""
        raise NotImplementedError

    @property
    def last(self) -> Measured | None:
        """The last measurement."""
        return self.measured[-1] if self.measured else None

    @property
    def best(self) -> Measured | None:
        """The measurement with the best `monitor`; the first among equals."""
        finite = [m for m in self.measured if math.isfinite(m.values[self.monitor])]
        if not finite:
            return None
        choose = min if self.mode == "min" else max
        return choose(finite, key=lambda m: m.values[self.monitor])

    def __str__(self) -> str:
        if self.best is None:
            return f"{self.monitor}: nothing measured"
        name = self.monitor
        return ", ".join(
            f"{word} {name} {m.values[name]:.4g} after {m.epochs} epochs"
            for word, m in (("best", self.best), ("last", self.last))
        )

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.measured = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not self.measured or (epoch + 1) % self.every == 0:
            self.measured.append(Measured(epoch + 1, self.measure()))
        if logs is not None:
            logs.update(self.last.values)


def _needs(model: Any, method: str, callback: Any) -> None:
    if not callable(getattr(model, method, None)):
        raise TypeError(
            f"`{type(callback).__name__}` needs a model with a method `{method}`, got "
            f"a {type(model).__name__}, which has none."
        )


class FrechetDistance(Measurement):
    """Logs `frechet_distance`, lower is better; see `evaluation.frechet_distance`.

    Args:
        reference: real images `(n, ...)`, or their `evaluation.FeatureStatistics`.
            For choosing an epoch they should be validation data.
        features: the extractor.
        n: samples; with few the distance is biased upwards, by the same amount each
            time.
        every: epochs from one measurement to the next.
        seed: of the samples, the same each time.
        allow_few: as in `evaluation.frechet_distance`.
        batch_size: samples and images at a time.

    Raises:
        ValueError: `every` or `n` below 1; as `evaluation.frechet_distance`.
        TypeError: at the start of training, for a model without `sample`.
    """

    def __init__(
        self,
        reference: Any,
        features: Extractor = pixel_features,
        n: int = 2048,
        every: int = 1,
        seed: int = 0,
        allow_few: bool = False,
        batch_size: int = 256,
    ):
        super().__init__(("frechet_distance",), every, "frechet_distance", "min")
        self.n = check_whole(n, "n")
        self.features = features
        self.seed = seed
        self.allow_few = allow_few
        self.batch_size = batch_size
        # Once, and before the first epoch is lost to an error.
        self.reference = (
            reference
            if isinstance(reference, evaluation.FeatureStatistics)
            else evaluation.feature_statistics(
                reference, features, batch_size=batch_size
            )
        )

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        _needs(self.model, "sample", self)

    def measure(self) -> dict[str, float]:
        score = evaluation.frechet_distance(
            self.reference,
            sample_batches(self.model, self.n, self.seed, self.batch_size),
            self.features,
            seed=self.seed,
            allow_few=self.allow_few,
            error_groups=0,
            batch_size=self.batch_size,
        )
        return {"frechet_distance": score.value}


class SampleQuality(Measurement):
    """Logs Fréchet and kernel distance, precision, recall, density and coverage.

    Args:
        reference: real images `(m, ...)`.
        features: the extractor.
        n: samples; None takes as many as there are real images.
        every, seed, allow_few, batch_size: as in `FrechetDistance`.
        monitor: the number by which `best` is chosen: `"frechet_distance"` or
            `"kernel_distance"` (lower is better), `"precision"`, `"recall"`,
            `"density"` or `"coverage"` (higher is better).
        subset_size: as in `evaluation.kernel_distance`.

    Raises:
        As `FrechetDistance`.
    """

    def __init__(
        self,
        reference: Any,
        features: Extractor = pixel_features,
        n: int | None = None,
        every: int = 1,
        seed: int = 0,
        allow_few: bool = False,
        batch_size: int = 256,
        monitor: str = "kernel_distance",
        subset_size: int = 1000,
    ):
        names = (
            "frechet_distance",
            "kernel_distance",
            "precision",
            "recall",
            "density",
            "coverage",
        )
        mode = "min" if str(monitor).endswith("distance") else "max"
        super().__init__(names, every, monitor, mode)
        self.reference = extract_features(reference, features, batch_size, "reference")
        self.n = len(self.reference) if n is None else check_whole(n, "n")
        self.features = features
        self.seed = seed
        self.allow_few = allow_few
        self.batch_size = batch_size
        self.subset_size = subset_size

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        _needs(self.model, "sample", self)

    def measure(self) -> dict[str, float]:
        samples = extract_features(
            sample_batches(self.model, self.n, self.seed, self.batch_size),
            self.features,
            self.batch_size,
            "samples",
        )
        result = evaluation.sample_quality(
            samples,
            self.reference,
            seed=self.seed,
            allow_few=self.allow_few,
            subset_size=self.subset_size,
        )
        scores = (result.frechet, result.kernel, *vars(result.manifold).values())
        return {
            name: score.value for name, score in zip(self.names, scores, strict=True)
        }


class LikelihoodBound(Measurement):
    """Logs `likelihood_bound`: the importance-weighted bound on log p(x), in nats, the
    mean over examples; higher is better.

    Args:
        x: examples, `(n, ...)`; for choosing an epoch they should be validation data.
        samples: of each; with 1 it is the ELBO.
        every: epochs from one measurement to the next.
        seed: of the draws, the same each time.
        arguments: further keyword arguments of the model's
            `importance_weighted_bound`, such as the labels of a conditional model.

    Raises:
        ValueError: `every` or `samples` below 1.
        TypeError: at the start of training, for a model without
            `importance_weighted_bound`.
    """

    def __init__(
        self,
        x: Any,
        samples: int = 50,
        every: int = 1,
        seed: int = 0,
        arguments: Mapping[str, Any] | None = None,
    ):
        super().__init__(("likelihood_bound",), every, "likelihood_bound", "max")
        self.x = to_numpy(x)
        self.samples = check_whole(samples, "samples")
        self.seed = seed
        self.arguments = dict(arguments or {})

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        _needs(self.model, "importance_weighted_bound", self)

    def measure(self) -> dict[str, float]:
        bounds = self.model.importance_weighted_bound(
            self.x, samples=self.samples, seed=self.seed, **self.arguments
        )
        return {"likelihood_bound": float(np.mean(bounds, dtype="float64"))}
