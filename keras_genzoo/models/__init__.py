"""The models: one a file."""

from keras_genzoo.models.gan import GAN
from keras_genzoo.models.vae import VAE

__all__ = ["GAN", "VAE"]
