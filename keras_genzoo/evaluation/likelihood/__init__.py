"""log p(x) of any decoder with a noise model, in nats."""

from keras_genzoo.evaluation.likelihood.ais import annealed_importance_sampling
from keras_genzoo.evaluation.likelihood.bidirectional import (
    BidirectionalEstimate,
    bidirectional_monte_carlo,
)
from keras_genzoo.evaluation.likelihood.estimate import LikelihoodEstimate
from keras_genzoo.evaluation.likelihood.importance import (
    evidence_lower_bound,
    importance_weighted_bound,
)
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel
from keras_genzoo.evaluation.likelihood.noise_scale import choose_noise_scale
from keras_genzoo.evaluation.likelihood.parzen import (
    choose_bandwidth,
    kernel_density_estimate,
)
from keras_genzoo.evaluation.likelihood.schedule import sigmoid_schedule

__all__ = [
    "BidirectionalEstimate",
    "LatentModel",
    "LikelihoodEstimate",
    "annealed_importance_sampling",
    "bidirectional_monte_carlo",
    "choose_bandwidth",
    "choose_noise_scale",
    "evidence_lower_bound",
    "importance_weighted_bound",
    "kernel_density_estimate",
    "sigmoid_schedule",
]
