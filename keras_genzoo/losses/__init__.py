"""Pure functions on logits and tensors."""

from keras_genzoo.losses.adversarial import OBJECTIVES, Objective, get_objective
from keras_genzoo.losses.divergence import gaussian_kl
from keras_genzoo.losses.likelihood import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
)

__all__ = [
    "OBJECTIVES",
    "Objective",
    "bernoulli_log_likelihood",
    "gaussian_kl",
    "gaussian_log_likelihood",
    "get_objective",
]
