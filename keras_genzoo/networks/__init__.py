"""Architectures: functions that return a plain functional `keras.Model`."""

from keras_genzoo.networks.biggan import biggan_discriminator, biggan_generator
from keras_genzoo.networks.biggan_layout import biggan_layout_map
from keras_genzoo.networks.classifiers import (
    conv_classifier,
    mlp_classifier,
    vgg_classifier,
)
from keras_genzoo.networks.conv import conv_decoder, conv_encoder
from keras_genzoo.networks.cyclegan import cyclegan_generator
from keras_genzoo.networks.dcgan import dcgan_discriminator, dcgan_generator
from keras_genzoo.networks.mlp import (
    mlp_decoder,
    mlp_discriminator,
    mlp_encoder,
    mlp_generator,
)
from keras_genzoo.networks.patchgan import patchgan_discriminator
from keras_genzoo.networks.r3gan import r3gan_discriminator, r3gan_generator
from keras_genzoo.networks.resnet_vae import resnet_decoder, resnet_encoder
from keras_genzoo.networks.sngan import resnet_discriminator, resnet_generator

__all__ = [
    "biggan_discriminator",
    "biggan_generator",
    "biggan_layout_map",
    "conv_classifier",
    "conv_decoder",
    "conv_encoder",
    "cyclegan_generator",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_classifier",
    "mlp_decoder",
    "mlp_discriminator",
    "mlp_encoder",
    "mlp_generator",
    "patchgan_discriminator",
    "r3gan_discriminator",
    "r3gan_generator",
    "resnet_decoder",
    "resnet_discriminator",
    "resnet_encoder",
    "resnet_generator",
    "vgg_classifier",
]
