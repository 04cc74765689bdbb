"""WGAN-GP: several turns of the critic with a gradient penalty, then the generator."""

import torch
from workloads import Workload

from handwritten.torch import dcgan
from handwritten.torch.layers import DEVICE
from handwritten.torch.loop import Loop

PENALTY = 10.0


class WGANGPLoop(Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        side = workload.shape[0]
        self.generator = dcgan.generator(side, weights["generator"]).to(DEVICE)
        self.critic = dcgan.critic(side, weights["discriminator"]).to(DEVICE)
        self.modules = (self.generator, self.critic)
        self.g_adam, self.c_adam = self.adam(self.generator), self.adam(self.critic)
        self.turns = workload.critic_steps

    def draw(self, n: int) -> dict:
        n //= self.turns
        return {
            "z": torch.randn(self.turns + 1, n, self.latent_dim, device=DEVICE),
            "alpha": torch.rand(self.turns, n, 1, 1, 1, device=DEVICE),
        }

    def _penalty(self, real, fake, alpha) -> torch.Tensor:
        x = torch.lerp(fake.float(), real, alpha).requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.critic(x).sum(), x, create_graph=True)
        norm = (gradient.square().sum((1, 2, 3)) + 1e-12).sqrt()
        return PENALTY * (norm - 1.0).square().mean()

    def step(self, batch: list[torch.Tensor], noise: dict) -> torch.Tensor:
        self.critic.requires_grad_(True)
        logs = torch.zeros(2, device=DEVICE)
        parts = batch[0].chunk(self.turns)
        for images, z, alpha in zip(parts, noise["z"], noise["alpha"], strict=False):
            real = images.float() / 127.5 - 1.0
            with torch.no_grad():
                fake = self.generator(z)
            self.c_adam.zero_grad()
            loss = self.critic(fake).mean() - self.critic(real).mean()
            penalty = self._penalty(real, fake, alpha)
            (loss + penalty).backward()
            self.c_adam.step()
            logs += torch.stack([loss.detach(), penalty.detach()])

        self.critic.requires_grad_(False)
        self.g_adam.zero_grad()
        g_loss = -self.critic(self.generator(noise["z"][-1])).mean()
        g_loss.backward()
        self.g_adam.step()
        return torch.cat([logs / self.turns, g_loss.detach()[None]])
