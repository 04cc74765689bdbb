"""SNGAN's blocks in PyTorch, written from the papers' figures, in float64."""

import torch
from torch.nn import functional

from tests.networks.small_networks import value


def tensor(variable):
    return torch.from_numpy(value(variable))


def convolution(x, layer):
    kernel = tensor(layer.kernel).permute(3, 2, 0, 1)
    bias = tensor(layer.bias) if layer.use_bias else None
    return functional.conv2d(
        x, kernel, bias, padding=kernel.shape[-1] // 2, groups=layer.groups
    )


def dense(x, layer):
    y = x @ tensor(layer.kernel)
    return y + tensor(layer.bias) if layer.use_bias else y


def normalize(x, gain, bias):
    """Batch statistics; gain and bias (batch or 1, channels)."""
    y = functional.batch_norm(x, None, None, None, None, True, eps=1e-5)
    return gain[:, :, None, None] * y + bias[:, :, None, None]


def double(x):
    return functional.interpolate(x, scale_factor=2, mode="nearest")


def halve(x):
    return functional.avg_pool2d(x, 2)


def channels_first(x):
    return torch.from_numpy(x).double().permute(0, 3, 1, 2)


def halving(x, layer):
    kernel = tensor(layer.kernel).permute(3, 2, 0, 1)
    return functional.conv2d(x, kernel, tensor(layer.bias), stride=2, padding=1)


def doubling(x, layer):
    kernel = tensor(layer.kernel).permute(3, 2, 0, 1)
    return functional.conv_transpose2d(
        x, kernel, tensor(layer.bias), stride=2, padding=1
    )


def flat(x):
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)
