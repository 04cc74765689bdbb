"""Pure functions on logits and tensors, and the regularizers made of them."""

from keras_genzoo.losses.adversarial import OBJECTIVES, Objective, get_objective
from keras_genzoo.losses.continuous_bernoulli import (
    continuous_bernoulli_log_likelihood,
    continuous_bernoulli_mean,
)
from keras_genzoo.losses.divergence import (
    free_bits_kl,
    gaussian_kl,
    gaussian_kl_per_dimension,
)
from keras_genzoo.losses.likelihood import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
)
from keras_genzoo.losses.penalties import (
    gradient_penalty,
    orthogonality,
    zero_centred_penalty,
)
from keras_genzoo.losses.regularizers import (
    R1,
    R2,
    GradientPenalty,
    Orthogonality,
    Regularizer,
    get_regularizers,
)

__all__ = [
    "OBJECTIVES",
    "R1",
    "R2",
    "GradientPenalty",
    "Objective",
    "Orthogonality",
    "Regularizer",
    "bernoulli_log_likelihood",
    "continuous_bernoulli_log_likelihood",
    "continuous_bernoulli_mean",
    "free_bits_kl",
    "gaussian_kl",
    "gaussian_kl_per_dimension",
    "gaussian_log_likelihood",
    "get_objective",
    "get_regularizers",
    "gradient_penalty",
    "orthogonality",
    "zero_centred_penalty",
]
