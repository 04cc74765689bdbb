"""Layers that the models are made of."""

from keras_genzoo.layers.batch_normalization import BatchNormalization
from keras_genzoo.layers.observation import (
    BernoulliObservation,
    GaussianObservation,
    get_observation,
)
from keras_genzoo.layers.resampling_convolution import (
    DoublingConv2DTranspose,
    HalvingConv2D,
)
from keras_genzoo.layers.sampling import Sampling

__all__ = [
    "BatchNormalization",
    "BernoulliObservation",
    "DoublingConv2DTranspose",
    "GaussianObservation",
    "HalvingConv2D",
    "Sampling",
    "get_observation",
]
