"""Batch normalisation of images through the backend's own kernel."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.layers._weights import DrawnWeights


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BatchNormalization(DrawnWeights, keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, fast in training on images.

    Weights, results and configuration are Keras'. In training on images with channels
    last the statistics and the normalisation are one kernel where the backend has one,
    which computes in float32, like Keras, also on halves; everything else is left to
    Keras. Reference: Ioffe and Szegedy, 2015.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        fused = None
        if (
            training
            and self.trainable
            and mask is None
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and not self.renorm
            and not self.synchronized
            and self.compute_dtype in ("float32", "bfloat16", "float16")
        ):
            fused = backends.batch_normalization(
                inputs,
                ops.convert_to_tensor(self.gamma) if self.scale else None,
                ops.convert_to_tensor(self.beta) if self.center else None,
                self.epsilon,
            )
        if fused is None:
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = fused
        for moving, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            before = ops.convert_to_tensor(moving)
            moving.assign(backends.mix(before, value, 1.0 - self.momentum))
        return outputs
