"""The engine: phases, their optimizers, gradients with respect to inputs."""

from keras_genzoo.backends import process_index
from keras_genzoo.training.gradients import input_gradient, only_if
from keras_genzoo.training.phase_metrics import MeanOver
from keras_genzoo.training.phase_optimizer import PhaseOptimizer
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.schedules import LinearDecay, LinearWarmup

__all__ = [
    "LinearDecay",
    "LinearWarmup",
    "MeanOver",
    "PhaseOptimizer",
    "PhasedModel",
    "input_gradient",
    "only_if",
    "process_index",
]
