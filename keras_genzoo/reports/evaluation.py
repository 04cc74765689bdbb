"""Numbers with what stands beside them, and the pictures that go with them."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from keras_genzoo.evaluation import Score


@dataclass(frozen=True)
class Measured:
    """One number of a model.

    Attributes:
        name: what it is.
        value: the number.
        error: its uncertainty, or None.
        beside: what to compare it with: the floor that data itself has, or None.
        beside_name: what that is.
        better: `"lower"`, `"higher"`, or "" where neither is.
        unit: of all three.
        details: the sentence that says what the number was measured on.
    """

    name: str
    value: float
    error: float | None = None
    beside: float | None = None
    beside_name: str = ""
    better: str = ""
    unit: str = ""
    details: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The attributes, ready for JSON: what is not finite becomes None."""
        return {
            key: None if isinstance(v, float) and not math.isfinite(v) else v
            for key, v in asdict(self).items()
        }


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, uint8 `(height, width, channels)`, with its title and its caption."""

    title: str
    image: np.ndarray
    caption: str


@dataclass(eq=False)
class Evaluation:
    """What `evaluate_model` returns.

    Attributes:
        about: what was measured on what: handle, model, data, split, samples, seed,
            features, backend, versions.
        measured: the numbers, in the order to read them.
        pictures: to look at.
    """

    about: dict[str, Any]
    measured: list[Measured] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def __getitem__(self, name: str) -> Measured:
        """The number of this name."""
        return next(m for m in self.measured if m.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, without the pictures."""
        return {**self.about, "measured": [m.to_dict() for m in self.measured]}


def from_score(
    score: Score,
    better: str,
    beside: Score | float | None = None,
    beside_name: str = "training images",
    name: str | None = None,
    unit: str = "",
) -> Measured:
    """A `Score` with what stands beside it."""
    return Measured(
        name or score.name,
        float(score.value),
        score.error,
        None if beside is None else float(beside),
        "" if beside is None else beside_name,
        better,
        unit,
        str(score),
    )


def spell(value: float | None) -> str:
    """A number with four digits, empty for None."""
    if value is None:
        return ""
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
