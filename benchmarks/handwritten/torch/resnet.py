"""SNGAN's residual networks with labels, and the hinge loss."""

import torch
import torch.nn.functional as F
from torch import nn

from handwritten import keras_weights
from handwritten.torch.layers import (
    batch_norm,
    conv,
    embedding,
    linear,
    linear_to_map,
    spectral,
)


class ConditionalNorm(nn.Module):
    def __init__(self, gain, bias, mean, var):
        super().__init__()
        self.norm = batch_norm(mean, var)
        self.gain, self.bias = linear(gain), linear(bias)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        gain = self.gain(condition)[:, :, None, None]
        bias = self.bias(condition)[:, :, None, None]
        return torch.addcmul(bias, self.norm(x), 1.0 + gain)


class GeneratorBlock(nn.Module):
    def __init__(self, params: dict, stats: list):
        super().__init__()
        self.first_norm = ConditionalNorm(**params["first_norm"], **stats[0])
        self.second_norm = ConditionalNorm(**params["second_norm"], **stats[1])
        self.first = conv(**params["first"], padding=1)
        self.second = conv(**params["second"], padding=1)
        self.shortcut = conv(**params["shortcut"])

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        y = F.interpolate(F.relu(self.first_norm(x, condition)), scale_factor=2)
        y = F.relu(self.second_norm(self.first(y), condition))
        return self.second(y) + F.interpolate(self.shortcut(x), scale_factor=2)


class Generator(nn.Module):
    def __init__(self, side: int, arrays: list):
        super().__init__()
        params, stats = keras_weights.resnet_generator(arrays)
        base = side // 2 ** len(params["blocks"])
        self.dense = linear_to_map(base, **params["dense"])
        self.embedding = embedding(params["embedding"])
        self.blocks = nn.ModuleList(
            GeneratorBlock(*each)
            for each in zip(params["blocks"], stats["blocks"], strict=True)
        )
        self.end = nn.Sequential(
            batch_norm(**stats["last"], **params["norm"]),
            nn.ReLU(inplace=True),
            conv(**params["last"], padding=1),
            nn.Tanh(),
        )

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        x, condition = self.dense(z), self.embedding(labels)
        for block in self.blocks:
            x = block(x, condition)
        return self.end(x)


class DiscriminatorBlock(nn.Module):
    def __init__(self, params: dict, stats: dict, first: bool):
        super().__init__()
        self.is_first = first
        self.first = spectral(conv(**params["first"], padding=1), stats["first"])
        self.second = spectral(conv(**params["second"], padding=1), stats["second"])
        self.shortcut = None
        if "shortcut" in params:
            self.shortcut = spectral(conv(**params["shortcut"]), stats["shortcut"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x if self.is_first else F.relu(x))
        y = self.second(F.relu(y))
        if self.shortcut is None:
            return x + y
        return F.avg_pool2d(y, 2) + self.shortcut(F.avg_pool2d(x, 2))


class Discriminator(nn.Module):
    def __init__(self, arrays: list):
        super().__init__()
        params, stats = keras_weights.resnet_discriminator(arrays)
        self.blocks = nn.Sequential(
            *(
                DiscriminatorBlock(*each, first=i == 0)
                for i, each in enumerate(
                    zip(params["blocks"], stats["blocks"], strict=True)
                )
            )
        )
        self.dense = spectral(linear(**params["dense"]), stats["dense"])
        self.embedding = spectral(embedding(params["embedding"]), stats["embedding"])

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        features = F.relu(self.blocks(x)).sum((2, 3))
        projection = (features * self.embedding(labels)).sum(1, keepdim=True)
        return self.dense(features) + projection


def hinge_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()


def hinge_generator_loss(fake: torch.Tensor) -> torch.Tensor:
    return -fake.mean()
