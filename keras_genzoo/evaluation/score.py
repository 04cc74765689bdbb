"""What every estimator returns: the number with all that it depends on."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """A number about a set of samples; `str` gives the sentence to print with it.

    Attributes:
        name: of the quantity, such as "Fréchet distance".
        value: the estimate.
        error: its uncertainty, see `error_kind`; None where none was estimated.
        error_kind: what `error` is, such as "standard error".
        n_samples: generated examples looked at.
        n_reference: real examples they were compared with; None where there are none.
        extractor: name of the features or of the classifier.
        n_features: width of the features, or the number of classes.
        split: which part of the data the reference is, such as "test"; None if the
            caller did not say.
        seed: of the samples; None if the caller did not say.
        resizer: how images were resized for the extractor.
        settings: what else the number depends on, such as "k = 3".
    """

    name: str
    value: float
    error: float | None
    error_kind: str
    n_samples: int
    n_reference: int | None
    extractor: str
    n_features: int
    split: str | None = None
    seed: int | None = None
    resizer: str = "none"
    settings: str = ""

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        error = "" if self.error is None else f" ± {_number(self.error)}"
        seed = "" if self.seed is None else f" (seed {self.seed})"
        against = ""
        if self.n_reference is not None:
            split = "" if self.split is None else f" of the {self.split} split"
            against = f" against {self.n_reference} real examples{split}"
        kind = f"error: {self.error_kind}" if self.error is not None else "no error"
        details = [
            f"features: {self.extractor}, {self.n_features} wide",
            f"resizer: {self.resizer}",
            *([self.settings] if self.settings else []),
            kind,
        ]
        return (
            f"{self.name} {_number(self.value)}{error} of {self.n_samples} samples"
            f"{seed}{against} ({'; '.join(details)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """The attributes, ready for JSON: what is not finite becomes None."""
        return {
            key: None if isinstance(v, float) and not math.isfinite(v) else v
            for key, v in asdict(self).items()
        }


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
