"""Layers that the models are made of."""

from keras_genzoo.layers.observation import (
    BernoulliObservation,
    GaussianObservation,
    get_observation,
)
from keras_genzoo.layers.sampling import Sampling

__all__ = [
    "BernoulliObservation",
    "GaussianObservation",
    "Sampling",
    "get_observation",
]
