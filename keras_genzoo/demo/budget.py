"""How much the demo trains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Sizes and lengths of the demo's two trainings.

    The defaults take about three minutes on two CPU cores.

    Args:
        vae_epochs: Epochs of the VAE.
        vae_width: Channels of its first convolution.
        vae_latent_dim: Its latent dimensions.
        vae_batch_size: Images in one of its batches.
        vae_learning_rate: Adam's step size at its start; it falls to 0 along a
            cosine.
        vae_noise: Standard deviation of its likelihood, a pixel being in [0, 1].
        gan_epochs: Epochs of the GAN.
        gan_width: Channels of its discriminator's first convolution.
        gan_latent_dim: Its latent dimensions.
        gan_batch_size: Images in one of its batches.
        gan_frame_every: Epochs between two frames of its animation.
        limit: Use only so many training images of each set. Defaults to all.
    """

    vae_epochs: int = 20
    vae_width: int = 32
    vae_latent_dim: int = 64
    vae_batch_size: int = 64
    vae_learning_rate: float = 1e-3
    vae_noise: float = 0.1
    gan_epochs: int = 60
    gan_width: int = 32
    gan_latent_dim: int = 64
    gan_batch_size: int = 64
    gan_frame_every: int = 2
    limit: int | None = None
