"""A VAE and a GAN trained on the bundled emoji in a few minutes, with a page."""

from keras_genzoo.demo.budget import Budget
from keras_genzoo.demo.folder import FolderInUse
from keras_genzoo.demo.run import run_demo

__all__ = ["Budget", "FolderInUse", "run_demo"]
