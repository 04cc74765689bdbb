"""The well-known step of a GAN, with or without labels.

A fake batch is generated once, detached for the discriminator's turn and used again
for the generator's, during which the discriminator's weights ask for no gradients.
"""

import torch
from workloads import Workload

from handwritten.torch import dcgan, resnet
from handwritten.torch.layers import DEVICE
from handwritten.torch.loop import Loop


class GANLoop(Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        side = workload.shape[0]
        players = weights["generator"], weights["discriminator"]
        if workload.kind == "resnet_gan":
            self.generator = resnet.Generator(side, players[0])
            self.discriminator = resnet.Discriminator(players[1])
            self.d_loss, self.g_loss = resnet.hinge_losses, resnet.hinge_generator_loss
        else:
            self.generator = dcgan.generator(side, players[0])
            self.discriminator = dcgan.discriminator(side, players[1])
            self.d_loss = dcgan.softplus_losses
            self.g_loss = dcgan.softplus_generator_loss
        self.modules = (self.generator.to(DEVICE), self.discriminator.to(DEVICE))
        self.g_adam = self.adam(self.generator)
        self.d_adam = self.adam(self.discriminator)

    def draw(self, n: int) -> dict:
        return {"z": torch.randn(1, n, self.latent_dim, device=DEVICE)}

    def step(self, batch: list[torch.Tensor], noise: dict) -> torch.Tensor:
        images, *labels = batch
        real = images.float() / 127.5 - 1.0
        fake = self.generator(noise["z"][0], *labels)

        self.discriminator.requires_grad_(True)
        self.d_adam.zero_grad()
        d_loss = self.d_loss(
            self.discriminator(real, *labels),
            self.discriminator(fake.detach(), *labels),
        )
        d_loss.backward()
        self.d_adam.step()

        self.discriminator.requires_grad_(False)
        self.g_adam.zero_grad()
        g_loss = self.g_loss(self.discriminator(fake, *labels))
        g_loss.backward()
        self.g_adam.step()
        return torch.stack([d_loss.detach(), g_loss.detach()])
