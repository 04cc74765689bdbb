"""The models: one a file."""

from keras_genzoo.models.autoencoder import Autoencoder
from keras_genzoo.models.conditional_gan import ConditionalGAN
from keras_genzoo.models.conditional_vae import ConditionalVAE
from keras_genzoo.models.cycle_gan import CycleGAN
from keras_genzoo.models.gan import GAN
from keras_genzoo.models.semi_supervised_vae import SemiSupervisedVAE
from keras_genzoo.models.vae import VAE
from keras_genzoo.models.veegan import VEEGAN

__all__ = [
    "GAN",
    "VAE",
    "VEEGAN",
    "Autoencoder",
    "ConditionalGAN",
    "ConditionalVAE",
    "CycleGAN",
    "SemiSupervisedVAE",
]
