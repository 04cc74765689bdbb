"""An exponential moving average of a network's weights."""

import weakref
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends

_COPIES: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def copy_with(network: keras.Model, make: Callable[[], keras.Model]) -> None:
    """Has `WeightAverage` take its copy of `network` from `make`, in place of a clone.

    Cloning asks the layers for their configurations, for which Keras imports
    TensorFlow, where that is installed, on every backend: seconds for who only loads
    a model, and has the configurations at hand.
    """
    _COPIES[network] = make


class WeightAverage:
    """A copy of `network` whose weights follow it as a moving average.

    All floating weights are averaged, batch-normalisation statistics with the trained
    ones: averaged weights would not fit the last statistics. The average forgets by
    half within `half_life` examples, at the start within `ramp` times the examples
    seen, so that it does not remember how training began (Karras et al., Analyzing
    and Improving the Image Quality of StyleGAN, 2020).

    Args:
        network: built `keras.Model`.
        half_life: in examples, a positive number.
        ramp: share of the examples seen that bounds the half-life.
    """

    def __init__(self, network: keras.Model, half_life: float, ramp: float = 0.05):
        self.network = network
        self.half_life = half_life
        self.ramp = ramp
        make = _COPIES.pop(network, None)
        self.average = keras.models.clone_model(network) if make is None else make()
        self.average.set_weights(network.get_weights())
        self.average.trainable = False

    def update(self, seen: Any, examples: Any) -> None:
        """Moves the average after a step.

        Args:
            seen: scalar tensor, the examples seen up to and with this step.
            examples: how many of them this step saw, a float or a scalar tensor.
        """
        half_life = backends.clip(self.ramp * seen, high=self.half_life)
        halvings = examples / half_life
        # TensorFlow's takes float32 alone.
        keep = ops.exp2(ops.cast(-halvings, "float32"))
        for mean, weight in zip(
            self.average.weights, self.network.weights, strict=True
        ):
            if "float" in mean.dtype:
                value = ops.cast(weight, mean.dtype)
                mean.assign(value + ops.cast(keep, mean.dtype) * (mean - value))
