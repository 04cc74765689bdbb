"""Architectures: functions that return a plain functional `keras.Model`."""

from keras_genzoo.networks.conv import conv_decoder, conv_encoder
from keras_genzoo.networks.dcgan import dcgan_discriminator, dcgan_generator
from keras_genzoo.networks.mlp import (
    mlp_decoder,
    mlp_discriminator,
    mlp_encoder,
    mlp_generator,
)

__all__ = [
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_decoder",
    "mlp_discriminator",
    "mlp_encoder",
    "mlp_generator",
]
