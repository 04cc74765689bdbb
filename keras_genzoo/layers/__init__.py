"""Layers that the models are made of."""

from keras_genzoo.layers.batch_normalization import BatchNormalization
from keras_genzoo.layers.binomial_resampling import (
    BinomialDownsampling2D,
    BinomialUpsampling2D,
)
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.differentiable_augmentation import DifferentiableAugmentation
from keras_genzoo.layers.grouped_convolution import GroupedConv2D
from keras_genzoo.layers.image_pool import ImagePool
from keras_genzoo.layers.instance_normalization import InstanceNormalization
from keras_genzoo.layers.joint_seeds import JointSeedGenerator
from keras_genzoo.layers.maxout import Maxout
from keras_genzoo.layers.minibatch_standard_deviation import MinibatchStandardDeviation
from keras_genzoo.layers.nearest_doubling_convolution import NearestDoublingConv2D
from keras_genzoo.layers.observation import (
    BernoulliObservation,
    ContinuousBernoulliObservation,
    GaussianObservation,
    get_observation,
)
from keras_genzoo.layers.pixel_reading import PixelReading
from keras_genzoo.layers.plain_convolution import PlainConv2D
from keras_genzoo.layers.random_rotation import RandomRotation
from keras_genzoo.layers.reflection_padding import ReflectionPadding2D
from keras_genzoo.layers.resampling_convolution import (
    DoublingConv2DTranspose,
    HalvingConv2D,
)
from keras_genzoo.layers.sampling import Sampling
from keras_genzoo.layers.scaling_convolution import DownscalingConv2D, UpscalingConv2D
from keras_genzoo.layers.self_attention import SelfAttention2D
from keras_genzoo.layers.soft_bound import soft_bound
from keras_genzoo.layers.spatial_basis import SpatialBasis, SpatialProjection
from keras_genzoo.layers.spectral_normalization import SpectralNormalization

__all__ = [
    "BatchNormalization",
    "BernoulliObservation",
    "BinomialDownsampling2D",
    "BinomialUpsampling2D",
    "ConditionalBatchNormalization",
    "ContinuousBernoulliObservation",
    "DifferentiableAugmentation",
    "DoublingConv2DTranspose",
    "DownscalingConv2D",
    "GaussianObservation",
    "GroupedConv2D",
    "HalvingConv2D",
    "ImagePool",
    "InstanceNormalization",
    "JointSeedGenerator",
    "Maxout",
    "MinibatchStandardDeviation",
    "NearestDoublingConv2D",
    "PixelReading",
    "PlainConv2D",
    "RandomRotation",
    "ReflectionPadding2D",
    "Sampling",
    "SelfAttention2D",
    "SpatialBasis",
    "SpatialProjection",
    "SpectralNormalization",
    "UpscalingConv2D",
    "get_observation",
    "soft_bound",
]
