"""Walks through latent space: paths, traversals, planes and arithmetic.

Everything here is a function of a model that has

- `latent_dim` and `decode(z, batch_size=)`, or `decode(z, labels, batch_size=)` and
  `num_classes` where it is conditional;
- where images are given in place of latents, `encode(x, batch_size=)` or `encode(x,
  labels, batch_size=)`, which returns latents or the tuple `(z_mean, z_log_var)`. Of
  a posterior the mean is used: a draw would make every picture of a walk noisy.

Latents and images go in as NumPy arrays, images as `uint8` or float as the model
takes them; what comes out is float32.
"""

from keras_genzoo.latent.analogy import (
    analogy,
    attribute_vector,
    label_analogies,
    with_attribute,
)
from keras_genzoo.latent.grid import latent_grid, quantile_axis
from keras_genzoo.latent.interpolation import interpolate
from keras_genzoo.latent.paths import linear_path, spherical_path
from keras_genzoo.latent.traversal import traverse

__all__ = [
    "analogy",
    "attribute_vector",
    "interpolate",
    "label_analogies",
    "latent_grid",
    "linear_path",
    "quantile_axis",
    "spherical_path",
    "traverse",
    "with_attribute",
]
