"""Single layers on PyTorch, without Keras' bookkeeping, and with fewer copies."""

import keras
import torch
from keras import layers

from keras_genzoo.backends.graph import is_ours
from keras_genzoo.backends.torch_kernels import channels_first

# Layers of which `call` is all there is, in training too.
_PLAIN = (
    layers.Activation,
    layers.Add,
    layers.AveragePooling2D,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Cropping2D,
    layers.Dense,
    layers.Dot,
    layers.Dropout,
    layers.Embedding,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.Identity,
    layers.LeakyReLU,
    layers.MaxPooling2D,
    layers.ReLU,
    layers.Rescaling,
    layers.Reshape,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
)


def is_plain(layer) -> bool:
    """Whether `call` alone does what calling the layer does."""
    return (
        (type(layer) in _PLAIN or is_ours(layer))
        and layer.activity_regularizer is None
        and not getattr(layer, "mask_zero", False)
    )


def is_untouched(layer) -> bool:
    """Whether that is so now: a layer can be quantised, or given a hook."""
    return layer.dtype_policy.name in ("float32", "float64") and not is_hooked(layer)


def is_hooked(layer) -> bool:
    """Whether something else runs when the layer is called."""
    return bool(layer._forward_hooks or layer._forward_pre_hooks)


def run_layer(outer, layer, inputs, **kwargs):
    """`layer(inputs, **kwargs)` in `outer.call`, sooner where the layer is plain."""
    if (
        isinstance(inputs, torch.Tensor)
        and is_plain(layer)
        and is_untouched(layer)
        # Within one of mixed precision weights would be read in halves.
        and is_untouched(outer)
        and keras.distribution.distribution() is None
    ):
        return layer.call(inputs, **kwargs) if kwargs else call_plain(layer, inputs)
    return layer(inputs, **kwargs)


def call_plain(layer, inputs):
    """`layer.call(inputs)` of a plain layer."""
    if type(layer) is layers.Dense:
        return _dense(layer, inputs)
    if type(layer) is layers.Rescaling:
        return _rescaling(layer, inputs)
    last = getattr(layer, "data_format", None) == "channels_last"
    if type(layer) is layers.Flatten and last and inputs.ndim > 1:
        return inputs.flatten(1)
    if type(layer) is layers.ZeroPadding2D and last:
        (above, below), (left, right) = layer.padding
        # As channels-first maps, whose order in memory the sum of both keeps.
        maps = inputs.permute(0, 3, 1, 2)
        maps = torch.nn.functional.pad(maps, (left, right, above, below))
        return maps.permute(0, 2, 3, 1)
    if type(layer) is layers.Reshape and -1 not in layer.target_shape:
        return inputs.reshape(len(inputs), *layer.target_shape)
    if type(layer).call is layers.Conv2D.call:
        return _convolution(layer, inputs)
    return layer.call(inputs)


def _dense(layer, x):
    # The product itself adds the bias.
    if x.ndim != 2 or layer.bias is None or layer.lora_enabled:
        return layer.call(x)
    y = torch.addmm(layer.bias.value, x, layer.kernel.value)
    return y if layer.activation is None else layer.activation(y)


def _rescaling(layer, x):
    # Keras would make tensors of the numbers.
    numbers = layer.scale, layer.offset
    if not (x.is_floating_point() and all(isinstance(n, float | int) for n in numbers)):
        return layer.call(x)
    return x * layer.scale + layer.offset


def _convolution(layer, x):
    # Keras copies its channels-last maps to channels-first ones, and back to what
    # PyTorch calls channels last: a view of the same numbers.
    reach = [
        (k - 1) * d for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True)
    ]
    same = layer.padding == "same"
    if (
        layer.data_format != "channels_last"
        or layer.lora_enabled
        or (same and (max(layer.strides) > 1 or any(r % 2 for r in reach)))
        or layer.padding not in ("same", "valid")
    ):
        return layer.call(x)
    x = x.permute(0, 3, 1, 2)
    y = torch.nn.functional.conv2d(
        x,
        channels_first(layer.kernel.value, x),
        layer.bias.value if layer.use_bias else None,
        layer.strides,
        [r // 2 for r in reach] if same else 0,
        layer.dilation_rate,
        layer.groups,
    ).permute(0, 2, 3, 1)
    return y if layer.activation is None else layer.activation(y)
