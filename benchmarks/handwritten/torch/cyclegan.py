"""CycleGAN as its authors wrote it: pools are lists, their draws made on the host."""

import random
from itertools import chain

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from workloads import Workload

from handwritten import keras_weights
from handwritten.torch.layers import DEVICE, conv, doubling
from handwritten.torch.loop import Loop

CYCLE, IDENTITY = 10.0, 5.0


def _norm_relu(channels: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)]


class Block(nn.Module):
    def __init__(self, first: dict, second: dict):
        super().__init__()
        channels = len(first["bias"])
        self.body = nn.Sequential(
            conv(**first, padding=1, padding_mode="reflect"),
            *_norm_relu(channels),
            conv(**second, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


def generator(arrays: list) -> nn.Module:
    (first, *inner, last), _ = keras_weights.convolutions(arrays)
    downs, blocks, ups = inner[:2], inner[2:-2], inner[-2:]
    edge = {"padding": 3, "padding_mode": "reflect"}
    layers = [conv(**first, **edge), *_norm_relu(len(first["bias"]))]
    for down in downs:
        layers += [conv(**down, stride=2, padding=1), *_norm_relu(len(down["bias"]))]
    layers += [Block(*pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]
    for up in ups:
        layers += [doubling(**up, output_padding=1), *_norm_relu(len(up["bias"]))]
    return nn.Sequential(*layers, conv(**last, **edge), nn.Tanh())


def discriminator(arrays: list) -> nn.Module:
    convolutions, _ = keras_weights.convolutions(arrays)
    layers = []
    for i, each in enumerate(convolutions):
        layers.append(conv(**each, stride=2 if i < 3 else 1, padding=1))
        if 0 < i < len(convolutions) - 1:
            layers.append(nn.InstanceNorm2d(len(each["bias"])))
        if i < len(convolutions) - 1:
            layers.append(nn.LeakyReLU(0.2, inplace=True))
    return nn.Sequential(*layers)


class Pool:
    def __init__(self, size: int):
        self.size, self.images = size, []

    def query(self, images: torch.Tensor, slots, swaps) -> torch.Tensor:
        returned = []
        for image, slot, swap in zip(images.detach(), slots, swaps, strict=True):
            if len(self.images) < self.size:
                self.images.append(image)
            elif swap:
                self.images[slot], image = image, self.images[slot]
            returned.append(image)
        return torch.stack(returned)


def _mse(logits: torch.Tensor, target: float) -> torch.Tensor:
    return (logits - target).square().mean()


class CycleGANLoop(Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        self.modules = tuple(
            (discriminator if "discriminator" in name else generator)(weights[name]).to(
                DEVICE
            )
            for name in workload.networks
        )
        self.a_to_b, self.b_to_a, self.d_a, self.d_b = self.modules
        self.g_adam = self.adam(self.a_to_b, self.b_to_a)
        self.d_adam = self.adam(self.d_a, self.d_b)
        self.pools = {side: Pool(workload.pool_size) for side in "ab"}

    def draw(self, n: int) -> dict:
        noise = {}
        for side in "ab":
            noise[f"slot_{side}"] = random.choices(range(self.workload.pool_size), k=n)
            noise[f"swap_{side}"] = [random.random() < 0.5 for _ in range(n)]
        return noise

    def given(self, noise: np.ndarray) -> list:
        return noise.tolist()

    def step(self, batch: list[torch.Tensor], noise: dict) -> torch.Tensor:
        a, b = (images.float() / 127.5 - 1.0 for images in batch)
        fake_b, fake_a = self.a_to_b(a), self.b_to_a(b)

        for p in chain(self.d_a.parameters(), self.d_b.parameters()):
            p.requires_grad_(False)
        self.g_adam.zero_grad()
        adversarial = [_mse(self.d_b(fake_b), 1.0), _mse(self.d_a(fake_a), 1.0)]
        cycle = [
            F.l1_loss(self.b_to_a(fake_b), a),
            F.l1_loss(self.a_to_b(fake_a), b),
        ]
        identity = [F.l1_loss(self.a_to_b(b), b), F.l1_loss(self.b_to_a(a), a)]
        (sum(adversarial) + CYCLE * sum(cycle) + IDENTITY * sum(identity)).backward()
        self.g_adam.step()

        for p in chain(self.d_a.parameters(), self.d_b.parameters()):
            p.requires_grad_(True)
        self.d_adam.zero_grad()
        judged = []
        for side, network, real, fake in (
            ("a", self.d_a, a, fake_a),
            ("b", self.d_b, b, fake_b),
        ):
            fake = self.pools[side].query(
                fake, noise[f"slot_{side}"], noise[f"swap_{side}"]
            )
            judged.append(0.5 * (_mse(network(real), 1.0) + _mse(network(fake), 0.0)))
        sum(judged).backward()
        self.d_adam.step()
        logs = [*adversarial, *cycle, *identity, *judged]
        return torch.stack([each.detach() for each in logs])
