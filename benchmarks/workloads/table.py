"""The workloads and their numbers."""

from dataclasses import dataclass, field

# So small an epsilon does not tell apart PyTorch's Adam, which adds it to the corrected
# root, and the paper's faster form, which adds it to the raw one: the check can ask for
# the same weights after several steps.
EPSILON = 1e-8


@dataclass(frozen=True)
class Workload:
    """One model on one kind of images.

    Attributes:
        name: on the command line.
        kind: "dcgan", "mlp_vae", "conv_vae", "wgan_gp", "resnet_gan" or "cyclegan": the
            architecture and the losses.
        shape: of one example.
        networks: the sub-models' names, in the order of the weights.
        losses: the losses that both sides log.
        latent_dim: width of the latents; 0 for none.
        width: channels of the first convolution.
        hidden: widths of an MLP's encoder; its decoder has them in reverse.
        blocks: residual blocks of CycleGAN's generator.
        num_classes: of the labels; 0 for none.
        critic_steps: turns of the discriminator in a step, each with its own batch.
        pool_size: images in each of CycleGAN's pools.
        learning_rate, beta_1, beta_2: Adam's.
        batches: the sizes that are measured without `--batch`.
        check_batch: the size in the check.
        check_distance: the check's tolerance of weights. Instance normalisation of flat
            patches in deep networks makes more of rounding: the largest seen is 0.0296.
        idle_biases: `{network: which of its biases do nothing}`: a normalisation
            follows, or a critic's difference cancels them, and rounding is all that
            their gradients are.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    networks: tuple[str, ...]
    losses: tuple[str, ...]
    latent_dim: int = 0
    width: int = 64
    hidden: tuple[int, ...] = ()
    blocks: int = 0
    num_classes: int = 0
    critic_steps: int = 1
    pool_size: int = 0
    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    batches: tuple[int, ...] = (16, 64, 256)
    check_batch: int = 32
    check_distance: float = 0.03
    idle_biases: dict[str, slice] = field(default_factory=dict)


_PLAYERS = ("generator", "discriminator")
_GAN_LOSSES = ("discriminator_loss", "generator_loss")
_CODERS = ("encoder", "decoder")
_ELBO = ("elbo", "reconstruction", "kl")


def _dcgan(side: int, channels: int) -> Workload:
    return Workload(
        name=f"dcgan{side}",
        kind="dcgan",
        shape=(side, side, channels),
        networks=_PLAYERS,
        losses=_GAN_LOSSES,
        latent_dim=100,
    )


def _cyclegan(side: int, batches: tuple[int, ...]) -> Workload:
    all_but_last, inner = slice(0, -1), slice(1, -1)
    return Workload(
        name=f"cyclegan{side}",
        kind="cyclegan",
        shape=(side, side, 3),
        networks=("a_to_b", "b_to_a", "discriminator_a", "discriminator_b"),
        losses=(
            "adversarial_a_to_b",
            "adversarial_b_to_a",
            "cycle_a",
            "cycle_b",
            "identity_a_to_b",
            "identity_b_to_a",
            "discriminator_a_loss",
            "discriminator_b_loss",
        ),
        width=32,
        blocks=4,
        pool_size=50,
        batches=batches,
        check_batch=4,
        check_distance=0.06,
        idle_biases={
            "a_to_b": all_but_last,
            "b_to_a": all_but_last,
            "discriminator_a": inner,
            "discriminator_b": inner,
        },
    )


WORKLOADS = {
    w.name: w
    for w in (
        _dcgan(28, 1),
        _dcgan(64, 3),
        Workload(
            name="mlp_vae",
            kind="mlp_vae",
            shape=(784,),
            networks=_CODERS,
            losses=_ELBO,
            latent_dim=32,
            hidden=(512, 256),
            learning_rate=1e-3,
            beta_1=0.9,
        ),
        Workload(
            name="conv_vae64",
            kind="conv_vae",
            shape=(64, 64, 3),
            networks=_CODERS,
            losses=_ELBO,
            latent_dim=64,
            width=32,
            learning_rate=1e-3,
            beta_1=0.9,
        ),
        Workload(
            name="wgan_gp28",
            kind="wgan_gp",
            shape=(28, 28, 1),
            networks=_PLAYERS,
            losses=("discriminator_loss", "discriminator_penalty", "generator_loss"),
            latent_dim=100,
            critic_steps=5,
            learning_rate=1e-4,
            beta_2=0.9,
            idle_biases={"discriminator": slice(-1, None)},
        ),
        Workload(
            name="resnet_gan32",
            kind="resnet_gan",
            shape=(32, 32, 3),
            networks=_PLAYERS,
            losses=_GAN_LOSSES,
            latent_dim=128,
            num_classes=10,
            beta_1=0.0,
            beta_2=0.9,
            idle_biases={"generator": slice(1, -1)},
        ),
        _cyclegan(64, (1, 4, 16)),
        _cyclegan(128, (1, 4)),
    )
}
