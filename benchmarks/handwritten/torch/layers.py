"""`nn` layers that start from Keras' arrays."""

import numpy as np
import torch
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# Whether an epoch's layers multiply in bfloat16, by autocast.
narrow = False


@torch.no_grad()
def _copy(target: torch.Tensor, array: np.ndarray) -> None:
    target.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def _filled(layer: nn.Module, kernel: np.ndarray, bias: np.ndarray | None) -> nn.Module:
    _copy(layer.weight, kernel)
    if bias is not None:
        _copy(layer.bias, bias)
    return layer


def conv(
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int = 1,
    padding: int = 0,
    **kwargs,
) -> nn.Conv2d:
    side, _, before, after = kernel.shape
    layer = nn.Conv2d(
        before, after, side, stride, padding, bias=bias is not None, **kwargs
    )
    return _filled(layer, kernel.transpose(3, 2, 0, 1), bias)


def doubling(
    kernel: np.ndarray, bias: np.ndarray | None = None, output_padding: int = 0
) -> nn.ConvTranspose2d:
    side, _, after, before = kernel.shape
    layer = nn.ConvTranspose2d(
        before, after, side, 2, 1, output_padding, bias=bias is not None
    )
    return _filled(layer, kernel.transpose(3, 2, 0, 1), bias)


def linear(kernel: np.ndarray, bias: np.ndarray | None = None) -> nn.Linear:
    layer = nn.Linear(*kernel.shape, bias=bias is not None)
    return _filled(layer, kernel.T, bias)


def linear_to_map(
    side: int, kernel: np.ndarray, bias: np.ndarray | None = None
) -> nn.Sequential:
    """From vectors to maps; Keras' units are in the order height, width, channels."""
    channels = kernel.shape[1] // side**2

    def channels_first(a: np.ndarray) -> np.ndarray:
        a = a.reshape(-1, side, side, channels).transpose(0, 3, 1, 2)
        return a.reshape(-1, channels * side * side)

    if bias is not None:
        bias = channels_first(bias)[0]
    layer = linear(channels_first(kernel), bias)
    return nn.Sequential(layer, nn.Unflatten(1, (channels, side, side)))


def map_to_linear(
    side: int, kernel: np.ndarray, bias: np.ndarray | None = None
) -> nn.Sequential:
    """From maps to vectors."""
    channels = kernel.shape[0] // side**2
    kernel = kernel.reshape(side, side, channels, -1).transpose(2, 0, 1, 3)
    kernel = kernel.reshape(channels * side * side, -1)
    return nn.Sequential(nn.Flatten(), linear(kernel, bias))


def batch_norm(
    mean: np.ndarray,
    var: np.ndarray,
    scale: np.ndarray | None = None,
    shift: np.ndarray | None = None,
) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(len(mean), affine=scale is not None)
    _copy(layer.running_mean, mean)
    _copy(layer.running_var, var)
    return layer if scale is None else _filled(layer, scale, shift)


def embedding(array: np.ndarray) -> nn.Embedding:
    return _filled(nn.Embedding(*array.shape), array, None)


def spectral(layer: nn.Module, u: np.ndarray) -> nn.Module:
    """Miyato et al.'s: a power iteration from u in every forward pass.

    PyTorch's older function; the newer parametrization takes its sigma half an
    iteration later.
    """
    dim = 1 if isinstance(layer, nn.Embedding) else 0
    layer = nn.utils.spectral_norm(layer, eps=1e-12, dim=dim)
    _copy(layer.weight_u, u[0])
    return layer
