"""The epoch, and what every loop has in common."""

import numpy as np
import torch
from torch import nn
from workloads import EPSILON, Workload

from handwritten.torch import layers
from handwritten.torch.layers import DEVICE


class Loop:
    """A loop has `modules`, `draw(n)` and `step(batch, noise)`, its stacked losses."""

    modules: tuple[nn.Module, ...]

    def __init__(self, workload: Workload):
        self.workload = workload
        self.losses = workload.losses
        self.latent_dim = workload.latent_dim

    def adam(self, *modules: nn.Module) -> torch.optim.Adam:
        w = self.workload
        return torch.optim.Adam(
            [p for module in modules for p in module.parameters()],
            lr=w.learning_rate,
            betas=(w.beta_1, w.beta_2),
            eps=EPSILON,
            foreach=True,
        )

    def draw(self, n: int) -> dict:
        """The random draws of a step on n examples."""
        raise NotImplementedError

    def step(self, batch: list[torch.Tensor], noise: dict) -> torch.Tensor:
        raise NotImplementedError

    def prepare(self, data: tuple[np.ndarray, ...], batch: int) -> None:
        self.data = [_channels_first(torch.from_numpy(a)) for a in data]
        self.batch = batch

    def epoch(self) -> dict[str, float]:
        order = torch.randperm(len(self.data[0]))
        totals = torch.zeros(len(self.losses), device=DEVICE)
        for indices in order.split(self.batch):
            batch = [a[indices].to(DEVICE) for a in self.data]
            with torch.autocast(DEVICE.type, torch.bfloat16, layers.narrow):
                totals += self.step(batch, self.draw(len(indices)))
        means = (totals / (len(order) // self.batch)).tolist()
        return dict(zip(self.losses, means, strict=True))

    def update(self, batch: tuple[np.ndarray, ...], noise: dict) -> dict[str, float]:
        batch = [_channels_first(torch.from_numpy(a)).to(DEVICE) for a in batch]
        noise = {name: self.given(a) for name, a in noise.items()}
        return dict(zip(self.losses, self.step(batch, noise).tolist(), strict=True))

    def given(self, noise: np.ndarray):
        """A draw of the check, as `draw` would have made it."""
        return torch.from_numpy(noise).to(DEVICE)

    def arrays(self) -> list[np.ndarray]:
        # Spectral normalisation's v is no state: it follows from u and the kernel.
        return [
            t.cpu().numpy().copy()
            for module in self.modules
            for name, t in module.state_dict().items()
            if t.is_floating_point() and not name.endswith("weight_v")
        ]


def _channels_first(array: torch.Tensor) -> torch.Tensor:
    return array.permute(0, 3, 1, 2).contiguous() if array.ndim == 4 else array
