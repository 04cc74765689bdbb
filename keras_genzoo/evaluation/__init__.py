"""What trained models are worth, in numbers."""

from keras_genzoo.evaluation.mode_coverage import (
    Ceiling,
    ClassCoverage,
    ModeCoverage,
    ceiling,
    class_ceiling,
    class_coverage,
    mode_coverage,
)

__all__ = [
    "Ceiling",
    "ClassCoverage",
    "ModeCoverage",
    "ceiling",
    "class_ceiling",
    "class_coverage",
    "mode_coverage",
]
