"""DCGAN's networks; the discriminator with batch normalisation or with biases."""

import torch
from torch import nn

from handwritten import keras_weights
from handwritten.torch.layers import (
    batch_norm,
    conv,
    doubling,
    linear_to_map,
    map_to_linear,
)


def generator(side: int, arrays: list) -> nn.Module:
    params, stats = keras_weights.dcgan_generator(arrays)
    layers = []
    for block, kept in zip(params["blocks"], stats, strict=True):
        layers += [
            batch_norm(**kept, scale=block["scale"], shift=block["shift"]),
            nn.ReLU(inplace=True),
            doubling(block["kernel"]),
        ]
    base = side // 2 ** len(params["blocks"])
    return nn.Sequential(linear_to_map(base, params["dense"]), *layers, nn.Tanh())


def discriminator(side: int, arrays: list) -> nn.Module:
    params, stats = keras_weights.dcgan_discriminator(arrays)
    layers = []
    for i, block in enumerate(params["blocks"]):
        layers.append(conv(block["kernel"], stride=2, padding=1))
        if i > 0:
            kept = stats[i - 1]
            layers.append(
                batch_norm(**kept, scale=block["scale"], shift=block["shift"])
            )
        layers.append(nn.LeakyReLU(0.2, inplace=True))
    base = side // 2 ** len(params["blocks"])
    return nn.Sequential(*layers, map_to_linear(base, params["dense"]))


def critic(side: int, arrays: list) -> nn.Module:
    """The discriminator without batch normalisation."""
    (*blocks, dense), _ = keras_weights.convolutions(arrays)
    layers = []
    for block in blocks:
        # Not in place: a gradient penalty goes back through it twice.
        layers += [conv(**block, stride=2, padding=1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, map_to_linear(side // 2 ** len(blocks), **dense))


def softplus_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """The discriminator's cross-entropy."""
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()


def softplus_generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """The non-saturating cost."""
    return nn.functional.softplus(-fake).mean()
