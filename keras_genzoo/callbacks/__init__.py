"""What runs beside `fit`."""

from keras_genzoo.callbacks.backup import Backup
from keras_genzoo.callbacks.measurements import (
    FrechetDistance,
    LikelihoodBound,
    Measurement,
    SampleQuality,
)
from keras_genzoo.callbacks.sample_grid import SampleGrid
from keras_genzoo.callbacks.stop_on_nan import StopOnNaN
from keras_genzoo.callbacks.throughput import Throughput

__all__ = [
    "Backup",
    "FrechetDistance",
    "LikelihoodBound",
    "Measurement",
    "SampleGrid",
    "SampleQuality",
    "StopOnNaN",
    "Throughput",
]
