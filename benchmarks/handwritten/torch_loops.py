"""PyTorch by hand: `nn` modules in NCHW, `torch.optim.Adam`, eager.

The GAN's step is the well-known one: a fake batch is generated once, detached for
the discriminator's turn and used again for the generator's, during which the
discriminator's weights ask for no gradients.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from workloads import (
    BATCH,
    BETA_2,
    DCGAN_PLANS,
    DCGAN_WIDTH,
    DECODER_HIDDEN,
    ENCODER_HIDDEN,
    EPSILON,
    Workload,
)

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
VERSIONS = {"torch": torch.__version__}


class Generator(nn.Module):
    def __init__(self, side: int, channels: int, latent_dim: int):
        super().__init__()
        base, doublings = DCGAN_PLANS[side]
        filters = DCGAN_WIDTH * 2 ** (doublings - 1)
        self.first = (filters, base, base)
        self.dense = nn.Linear(latent_dim, filters * base * base, bias=False)
        layers = []
        for i in reversed(range(doublings)):
            after = channels if i == 0 else filters // 2
            layers += [
                nn.BatchNorm2d(filters),
                nn.ReLU(inplace=True),
                nn.ConvTranspose2d(filters, after, 4, 2, 1, bias=False),
            ]
            filters = after
        self.body = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(self.dense(z).view(-1, *self.first))


class Discriminator(nn.Module):
    def __init__(self, side: int, channels: int):
        super().__init__()
        base, doublings = DCGAN_PLANS[side]
        layers, before = [], channels
        for i in range(doublings):
            filters = DCGAN_WIDTH * 2**i
            layers.append(nn.Conv2d(before, filters, 4, 2, 1, bias=False))
            if i > 0:
                layers.append(nn.BatchNorm2d(filters))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            before = filters
        self.last = (before, base, base)
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.dense = nn.Linear(before * base * base, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(self.body(x))


class Encoder(nn.Module):
    def __init__(self, pixels: int, latent_dim: int):
        super().__init__()
        self.trunk = _trunk(pixels, ENCODER_HIDDEN)
        self.z_mean = nn.Linear(ENCODER_HIDDEN[-1], latent_dim)
        self.z_log_var = nn.Linear(ENCODER_HIDDEN[-1], latent_dim)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.trunk(x)
        return self.z_mean(x), self.z_log_var(x)


def _trunk(width: int, hidden: tuple[int, ...]) -> nn.Sequential:
    layers = []
    for after in hidden:
        layers += [nn.Linear(width, after), nn.ReLU(inplace=True)]
        width = after
    return nn.Sequential(*layers)


def _decoder(pixels: int, latent_dim: int) -> nn.Sequential:
    return nn.Sequential(
        _trunk(latent_dim, DECODER_HIDDEN), nn.Linear(DECODER_HIDDEN[-1], pixels)
    )


def _load(module: nn.Module, arrays: list[np.ndarray]) -> None:
    """Keras' weights into the module's layers, in order."""
    arrays = iter(arrays)
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            kernel = next(arrays)
            if isinstance(module, Generator):
                c, h, w = module.first
                kernel = kernel.reshape(-1, h, w, c).transpose(0, 3, 1, 2)
                kernel = kernel.reshape(-1, c * h * w)
            elif isinstance(module, Discriminator):
                c, h, w = module.last
                kernel = kernel.reshape(h, w, c).transpose(2, 0, 1).reshape(-1, 1)
            _copy(layer.weight, kernel.T)
            if layer.bias is not None:
                _copy(layer.bias, next(arrays))
        elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            _copy(layer.weight, next(arrays).transpose(3, 2, 0, 1))
        elif isinstance(layer, nn.BatchNorm2d):
            for target in (
                layer.weight,
                layer.bias,
                layer.running_mean,
                layer.running_var,
            ):
                _copy(target, next(arrays))


@torch.no_grad()
def _copy(target: torch.Tensor, array: np.ndarray) -> None:
    target.copy_(torch.from_numpy(np.ascontiguousarray(array)))


class _Loop:
    losses: tuple[str, ...]
    modules: tuple[nn.Module, ...]

    def __init__(self, workload: Workload):
        self.losses = workload.losses
        self.latent_dim = workload.latent_dim

    def _adam(self, workload: Workload, parameters: list) -> torch.optim.Adam:
        return torch.optim.Adam(
            parameters,
            lr=workload.learning_rate,
            betas=(workload.beta_1, BETA_2),
            eps=EPSILON,
        )

    def prepare(self, images: np.ndarray) -> None:
        self.images = self._layout(torch.from_numpy(images))

    def _layout(self, images: torch.Tensor) -> torch.Tensor:
        return images

    def epoch(self) -> dict[str, float]:
        order = torch.randperm(len(self.images))
        totals = torch.zeros(len(self.losses), device=DEVICE)
        for indices in order.split(BATCH):
            batch = self.images[indices].to(DEVICE)
            noise = torch.randn(len(batch), self.latent_dim, device=DEVICE)
            totals += self._step(batch, noise)
        means = (totals / (len(order) // BATCH)).tolist()
        return dict(zip(self.losses, means, strict=True))

    def update(self, images: np.ndarray, noise: np.ndarray) -> dict[str, float]:
        batch = self._layout(torch.from_numpy(images)).to(DEVICE)
        values = self._step(batch, torch.from_numpy(noise).to(DEVICE)).tolist()
        return dict(zip(self.losses, values, strict=True))

    def arrays(self) -> list[np.ndarray]:
        return [
            t.cpu().numpy().copy()
            for module in self.modules
            for t in module.state_dict().values()
            if t.is_floating_point()
        ]


class _GANLoop(_Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        side, _, channels = workload.shape
        self.generator = Generator(side, channels, workload.latent_dim)
        self.discriminator = Discriminator(side, channels)
        self.modules = (self.generator, self.discriminator)
        for name, module in zip(workload.networks, self.modules, strict=True):
            _load(module.to(DEVICE), weights[name])
        self.g_adam = self._adam(workload, list(self.generator.parameters()))
        self.d_adam = self._adam(workload, list(self.discriminator.parameters()))

    def _layout(self, images: torch.Tensor) -> torch.Tensor:
        return images.permute(0, 3, 1, 2).contiguous()

    def _step(self, images: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        real = images.float() / 127.5 - 1.0
        fake = self.generator(z)

        self.discriminator.requires_grad_(True)
        self.d_adam.zero_grad()
        d_loss = (
            F.softplus(-self.discriminator(real)).mean()
            + F.softplus(self.discriminator(fake.detach())).mean()
        )
        d_loss.backward()
        self.d_adam.step()

        self.discriminator.requires_grad_(False)
        self.g_adam.zero_grad()
        g_loss = F.softplus(-self.discriminator(fake)).mean()
        g_loss.backward()
        self.g_adam.step()
        return torch.stack([d_loss.detach(), g_loss.detach()])


class _VAELoop(_Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        (pixels,) = workload.shape
        self.encoder = Encoder(pixels, workload.latent_dim)
        self.decoder = _decoder(pixels, workload.latent_dim)
        self.modules = (self.encoder, self.decoder)
        for name, module in zip(workload.networks, self.modules, strict=True):
            _load(module.to(DEVICE), weights[name])
        self.adam = self._adam(
            workload, [*self.encoder.parameters(), *self.decoder.parameters()]
        )

    def _step(self, images: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        x = images.float() / 255.0
        mean, log_var = self.encoder(x)
        logits = self.decoder(mean + torch.exp(0.5 * log_var) * noise)
        reconstruction = -F.binary_cross_entropy_with_logits(
            logits, x, reduction="sum"
        ) / len(x)
        kl = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum() / len(x)
        elbo = reconstruction - kl
        self.adam.zero_grad()
        (-elbo).backward()
        self.adam.step()
        return torch.stack([elbo.detach(), reconstruction.detach(), kl.detach()])


def build(workload: Workload, weights: dict) -> _Loop:
    """A loop that starts from the Keras networks' weights."""
    return (_GANLoop if workload.is_gan else _VAELoop)(workload, weights)


def wait(model) -> None:
    """Returns when the device is done."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def device() -> str:
    """The device that both sides use."""
    if DEVICE.type == "cuda":
        return torch.cuda.get_device_name()
    return f"cpu, {torch.get_num_threads()} threads"
