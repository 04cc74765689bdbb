"""PatchGAN: a discriminator that judges overlapping patches of an image.

References: Isola, Zhu, Zhou and Efros, Image-to-Image Translation with Conditional
Adversarial Networks, 2017; Zhu et al., Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks, 2017, appendix 7.2.
"""

from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import HalvingConv2D, InstanceNormalization, PlainConv2D
from keras_genzoo.networks.common import check_positive, seeds


def patchgan_discriminator(
    channels: int = 3, width: int = 64, depth: int = 3, seed: int | None = None
) -> keras.Model:
    """From images `(batch, height, width, channels)` in [-1, 1] to maps of logits.

    `depth` 4x4 convolutions of stride 2, the first of `width` channels and each later
    one of twice as many up to `8 width`, one more of stride 1, and the logits;
    instance normalisation on all but the first and the last, LeakyReLU of slope 0.2.
    With the defaults 2,764,737 weights; an image of 256 pixels gives 30x30 logits,
    each of a patch of 70x70.

    Args:
        channels: of the images.
        width: channels of the first convolution.
        depth: how often the map is halved. The patches have sides of 16, 34, 70, 142
            pixels for 1, 2, 3, 4; for images of 32 pixels take 1 or 2.
        seed: int, for the weights; None takes Keras' own random state.

    Returns:
        A model from images of any size to `(batch, h, w, 1)`: h is
        `height / 2^depth - 2`, a logit a patch.

    Raises:
        ValueError: a number that is not a positive integer.
    """
    check_positive(channels=channels, width=width, depth=depth)
    stream = seeds(seed)

    def kernel() -> keras.initializers.Initializer:
        return keras.initializers.RandomNormal(0.0, 0.02, seed=next(stream))

    def full(x: Any, filters: int) -> Any:
        x = layers.ZeroPadding2D(1, data_format="channels_last")(x)
        return PlainConv2D(filters, 4, kernel_initializer=kernel())(x)

    inputs = keras.Input((None, None, channels))
    x = inputs
    for i in range(depth):
        x = HalvingConv2D(width * min(2**i, 8), kernel_initializer=kernel())(x)
        if i > 0:
            x = InstanceNormalization()(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = InstanceNormalization()(full(x, width * min(2**depth, 8)))
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    return keras.Model(inputs, full(x, 1), name="discriminator")
