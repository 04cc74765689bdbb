"""Architectures: functions that return a plain functional `keras.Model`."""

from keras_genzoo.networks.biggan import biggan_discriminator, biggan_generator
from keras_genzoo.networks.conv import conv_decoder, conv_encoder
from keras_genzoo.networks.dcgan import dcgan_discriminator, dcgan_generator
from keras_genzoo.networks.mlp import (
    mlp_decoder,
    mlp_discriminator,
    mlp_encoder,
    mlp_generator,
)
from keras_genzoo.networks.r3gan import r3gan_discriminator, r3gan_generator
from keras_genzoo.networks.sngan import resnet_discriminator, resnet_generator

__all__ = [
    "biggan_discriminator",
    "biggan_generator",
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_decoder",
    "mlp_discriminator",
    "mlp_encoder",
    "mlp_generator",
    "r3gan_discriminator",
    "r3gan_generator",
    "resnet_discriminator",
    "resnet_generator",
]
