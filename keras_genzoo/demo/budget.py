"""How much the demo trains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Sizes and lengths of the demo's two trainings.

    The defaults take about three minutes on two CPU cores.

    Args:
        vae_epochs: Epochs of the VAE.
        vae_hidden: Widths of its encoder's hidden layers; its decoder mirrors them.
        vae_latent_dim: Its latent dimensions.
        vae_batch_size: Images in one of its batches.
        vae_learning_rate: Adam's largest step size; after a short warm-up it falls
            to 0 along a cosine.
        vae_noise: Standard deviation of its likelihood, a pixel being in [0, 1].
        gan_epochs: Epochs of the GAN.
        gan_width: Channels of its discriminator's first convolution.
        gan_latent_dim: Its latent dimensions.
        gan_generator_rate: Adam's step size for the generator, larger than the
            discriminator's, which would win early on so few images.
        gan_discriminator_rate: Adam's step size for the discriminator.
        gan_batch_size: Images in one of its batches.
        gan_frame_every: Epochs between two frames of its animation.
        limit: Use only so many training images of each set. Defaults to all.
    """

    vae_epochs: int = 48
    vae_hidden: tuple[int, ...] = (512,)
    vae_latent_dim: int = 96
    vae_batch_size: int = 32
    vae_learning_rate: float = 1e-3
    vae_noise: float = 0.25
    gan_epochs: int = 140
    gan_width: int = 16
    gan_latent_dim: int = 64
    gan_generator_rate: float = 1e-3
    gan_discriminator_rate: float = 4e-4
    gan_batch_size: int = 32
    gan_frame_every: int = 4
    limit: int | None = None
