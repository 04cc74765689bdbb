"""The engine: phases, their optimizers, gradients with respect to inputs."""

from keras_genzoo.training.gradients import input_gradient, only_if
from keras_genzoo.training.phase_optimizer import PhaseOptimizer
from keras_genzoo.training.phased_model import PhasedModel

__all__ = ["PhaseOptimizer", "PhasedModel", "input_gradient", "only_if"]
