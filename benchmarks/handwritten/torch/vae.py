"""A VAE with Bernoulli pixels: multilayer perceptrons, or convolutions."""

import torch
import torch.nn.functional as F
from torch import nn
from workloads import Workload

from handwritten import keras_weights
from handwritten.torch.layers import (
    DEVICE,
    conv,
    doubling,
    linear,
    linear_to_map,
    map_to_linear,
)
from handwritten.torch.loop import Loop


def _active(*layers: nn.Module) -> nn.Sequential:
    """The layers with a ReLU after each."""
    return nn.Sequential(
        *(each for layer in layers for each in (layer, nn.ReLU(inplace=True)))
    )


def _conv_trunk(side: int, trunk: list) -> nn.Sequential:
    *halvings, dense = trunk
    side //= 2 ** len(halvings)
    return _active(
        *(conv(**layer, stride=2, padding=1) for layer in halvings),
        map_to_linear(side, **dense),
    )


def _decoder(side: int | None, layers: list) -> nn.Sequential:
    if side is None:
        *inner, last = (linear(**layer) for layer in layers)
        return nn.Sequential(_active(*inner), last)
    first, second, *doublings = layers
    base = side // 2 ** len(doublings)
    *inner, last = (doubling(**layer) for layer in doublings)
    start = (linear(**first), linear_to_map(base, **second))
    return nn.Sequential(_active(*start, *inner), last)


class Encoder(nn.Module):
    def __init__(self, side: int | None, params: dict):
        super().__init__()
        if side is None:
            self.trunk = _active(*(linear(**layer) for layer in params["trunk"]))
        else:
            self.trunk = _conv_trunk(side, params["trunk"])
        self.z_mean = linear(**params["z_mean"])
        self.z_log_var = linear(**params["z_log_var"])

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.trunk(x)
        return self.z_mean(x), self.z_log_var(x)


class VAELoop(Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        side = workload.shape[0] if workload.kind == "conv_vae" else None
        params, _ = keras_weights.encoder(weights["encoder"])
        layers, _ = keras_weights.convolutions(weights["decoder"])
        self.encoder = Encoder(side, params).to(DEVICE)
        self.decoder = _decoder(side, layers).to(DEVICE)
        self.modules = (self.encoder, self.decoder)
        self.optimizer = self.adam(*self.modules)

    def draw(self, n: int) -> dict:
        return {"z": torch.randn(n, self.latent_dim, device=DEVICE)}

    def step(self, batch: list[torch.Tensor], noise: dict) -> torch.Tensor:
        x = batch[0].float() / 255.0
        mean, log_var = self.encoder(x)
        logits = self.decoder(mean + torch.exp(0.5 * log_var) * noise["z"])
        reconstruction = -F.binary_cross_entropy_with_logits(
            logits, x, reduction="sum"
        ) / len(x)
        kl = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum() / len(x)
        elbo = reconstruction - kl
        self.optimizer.zero_grad()
        (-elbo).backward()
        self.optimizer.step()
        return torch.stack([elbo.detach(), reconstruction.detach(), kl.detach()])
