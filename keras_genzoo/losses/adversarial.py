"""Adversarial objectives: what discriminator and generator minimise, on logits.

Every function takes logits of any shape with the batch first and returns one value
per logit, in nats where the logits are log-odds; a model takes the mean. The terms of
real and generated examples are added, not averaged.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops


class Objective(NamedTuple):
    """A pair of losses, each returning per-example values to be minimised.

    `discriminator(real_logits, fake_logits, label_smoothing=0.0)`; smoothing is
    one-sided, with `1 - label_smoothing` as the target of real examples and 0 as
    that of generated ones (Salimans et al., Improved Techniques for Training GANs,
    2016). `generator(real_logits, fake_logits)`.

    `paired`: the generator's loss compares each generated example with a real one;
    otherwise it ignores `real_logits`, which may be None.
    `smooths`: the discriminator's loss has targets to smooth; otherwise it refuses a
    `label_smoothing` other than 0.
    `threshold`: the logit above which an example is judged real; None where logits
    mean something only in comparison.
    """

    name: str
    discriminator: Callable[..., Any]
    generator: Callable[[Any, Any], Any]
    paired: bool = False
    smooths: bool = False
    threshold: float | None = None


def _without_targets(loss: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A discriminator's loss that has no targets to smooth."""

    def discriminator(real_logits, fake_logits, label_smoothing=0.0):
        if label_smoothing:
            raise ValueError(
                "`label_smoothing` must be 0 for this objective, which has no target "
                f"to smooth, got {label_smoothing!r}."
            )
        return loss(real_logits, fake_logits)

    return discriminator


def cross_entropy(
    real_logits: Any, fake_logits: Any, label_smoothing: float = 0.0
) -> Any:
    """The discriminator's cross-entropy, `-log D(x) - log(1 - D(G(z)))`.

    With `D = sigmoid(logit)`. A discriminator that knows nothing (logit 0) pays
    2 log 2 nats. With smoothing s the first term is
    `-(1 - s) log D(x) - s log(1 - D(x))`.

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, equation 1.
    """
    # (1 - s) softplus(-r) + s softplus(r) = softplus(-r) + s r
    real = ops.softplus(-real_logits) + label_smoothing * real_logits
    return real + ops.softplus(fake_logits)


def minimax_generator(real_logits: Any, fake_logits: Any) -> Any:
    """`log(1 - D(G(z)))`: the generator's side of the zero-sum game.

    Its gradient vanishes where the discriminator rejects a sample with confidence,
    which is where a generator starts.

    Reference: Goodfellow et al., 2014, equation 1.
    """
    return -ops.softplus(fake_logits)


def non_saturating_generator(real_logits: Any, fake_logits: Any) -> Any:
    """`-log D(G(z))`: the modified cost, with a strong gradient at the start.

    Reference: Goodfellow et al., 2014, section 3.
    """
    return ops.softplus(-fake_logits)


def least_squares(
    real_logits: Any, fake_logits: Any, label_smoothing: float = 0.0
) -> Any:
    """`(D(x) - 1)^2 / 2 + D(G(z))^2 / 2`: real examples coded 1, generated ones 0.

    `D` is the raw output, without a sigmoid, and the factor 1/2 is kept. A
    discriminator that knows nothing says 1/2 and pays 1/4.

    Reference: Mao et al., Least Squares Generative Adversarial Networks, 2017,
    equation 9.
    """
    real = ops.square(real_logits - (1.0 - label_smoothing))
    return 0.5 * (real + ops.square(fake_logits))


def least_squares_generator(real_logits: Any, fake_logits: Any) -> Any:
    """`(D(G(z)) - 1)^2 / 2`; see `least_squares`."""
    return 0.5 * ops.square(fake_logits - 1.0)


def hinge(real_logits: Any, fake_logits: Any) -> Any:
    """`max(0, 1 - D(x)) + max(0, 1 + D(G(z)))`: nothing to gain beyond the margin.

    References: Lim and Ye, Geometric GAN, 2017; Miyato et al., Spectral Normalization
    for Generative Adversarial Networks, 2018, equation 16.
    """
    return ops.relu(1.0 - real_logits) + ops.relu(1.0 + fake_logits)


def wasserstein(real_logits: Any, fake_logits: Any) -> Any:
    """`D(G(z)) - D(x)`: minus an estimate of the Wasserstein-1 distance.

    An estimate (up to a factor) only where the discriminator is kept Lipschitz, by
    `GradientPenalty` or spectral normalisation.

    Reference: Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017.
    """
    return fake_logits - real_logits


def raise_logits(real_logits: Any, fake_logits: Any) -> Any:
    """`-D(G(z))`: the generator's loss for both `hinge` and `wasserstein`."""
    return -fake_logits


def relativistic(real_logits: Any, fake_logits: Any) -> Any:
    """`-log sigmoid(D(x) - D(G(z)))`: real more real than generated, pair by pair.

    Both batches must have one shape.

    References: Jolicoeur-Martineau, The Relativistic Discriminator, 2019; Huang et
    al., The GAN is Dead; Long Live the GAN! (R3GAN), 2024.
    """
    return ops.softplus(fake_logits - real_logits)


def relativistic_generator(real_logits: Any, fake_logits: Any) -> Any:
    """`-log sigmoid(D(G(z)) - D(x))`; see `relativistic`."""
    return ops.softplus(real_logits - fake_logits)


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective(
            "minimax", cross_entropy, minimax_generator, smooths=True, threshold=0.0
        ),
        Objective(
            "non_saturating",
            cross_entropy,
            non_saturating_generator,
            smooths=True,
            threshold=0.0,
        ),
        Objective(
            "least_squares",
            least_squares,
            least_squares_generator,
            smooths=True,
            threshold=0.5,
        ),
        Objective("hinge", _without_targets(hinge), raise_logits, threshold=0.0),
        Objective("wasserstein", _without_targets(wasserstein), raise_logits),
        Objective(
            "relativistic",
            _without_targets(relativistic),
            relativistic_generator,
            paired=True,
        ),
    )
}


def get_objective(name: str) -> Objective:
    """The objective of this name.

    Raises:
        ValueError: for an unknown name; the message lists the known ones.
    """
    if not isinstance(name, str) or name not in OBJECTIVES:
        raise ValueError(
            f"`objective` must be one of {sorted(OBJECTIVES)}, got {name!r}."
        )
    return OBJECTIVES[name]
