"""The models: one a file."""

from keras_genzoo.models.conditional_gan import ConditionalGAN
from keras_genzoo.models.gan import GAN
from keras_genzoo.models.vae import VAE
from keras_genzoo.models.veegan import VEEGAN

__all__ = ["GAN", "VAE", "VEEGAN", "ConditionalGAN"]
