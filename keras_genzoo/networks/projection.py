"""How a discriminator ends: pooled features, and logits that may know a label.

Reference: Miyato and Koyama, cGANs with Projection Discriminator, 2018.
"""

from typing import Any

import keras
from keras import layers


def float_dtype() -> str:
    """The dtype of the weights, and of every sum that ends in a logit.

    Under mixed precision this is float32: a float16 overflows where many pixels are
    summed, and a logit that is off by 1e-3 of itself is off in the loss.
    """
    return keras.config.dtype_policy().variable_dtype


def sum_pool(x: Any) -> Any:
    """`(batch, height, width, channels)` summed over the pixels."""
    pixels = x.shape[1] * x.shape[2]
    dtype = float_dtype()
    x = layers.GlobalAveragePooling2D(data_format="channels_last", dtype=dtype)(x)
    return layers.Rescaling(float(pixels), dtype=dtype)(x)


def inner_product(features: Any, label_features: Any) -> Any:
    """`<features, label_features>` of each example, `(batch, 1)`."""
    return layers.Dot(axes=1, dtype=float_dtype())([features, label_features])


def logits(
    features: Any,
    linear: layers.Layer,
    labels: Any = None,
    embedding: layers.Layer | None = None,
) -> Any:
    """`linear(h)`, with labels `linear(h) + <embedding(y), h>`; `(batch, 1)`."""
    outputs = linear(features)
    if labels is None:
        return outputs
    projection = inner_product(features, embedding(labels))
    return layers.Add(dtype=float_dtype())([outputs, projection])
