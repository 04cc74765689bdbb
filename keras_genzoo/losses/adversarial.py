"""Adversarial objectives: what discriminator and generator minimise, on logits.

Every function takes logits of any shape with the batch first and returns one value
per logit, in nats; a model takes the mean.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops


class Objective(NamedTuple):
    """A pair of losses.

    `discriminator(real_logits, fake_logits)` and `generator(fake_logits)`, each
    returning per-example values to be minimised.
    """

    name: str
    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]


def cross_entropy(real_logits: Any, fake_logits: Any) -> Any:
    """The discriminator's cross-entropy, `-log D(x) - log(1 - D(G(z)))`.

    With `D = sigmoid(logit)`. Equal numbers of real and generated examples; the two
    terms are added, not averaged, so that a discriminator that knows nothing
    (logit 0) pays 2 log 2 nats.

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, equation 1.
    """
    return ops.softplus(-real_logits) + ops.softplus(fake_logits)


def minimax_generator(fake_logits: Any) -> Any:
    """`log(1 - D(G(z)))`: the generator's side of the zero-sum game.

    Its gradient vanishes where the discriminator rejects a sample with confidence,
    which is where a generator starts.

    Reference: Goodfellow et al., 2014, equation 1.
    """
    return -ops.softplus(fake_logits)


def non_saturating_generator(fake_logits: Any) -> Any:
    """`-log D(G(z))`: the modified cost, with a strong gradient at the start.

    Reference: Goodfellow et al., 2014, section 3.
    """
    return ops.softplus(-fake_logits)


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective("minimax", cross_entropy, minimax_generator),
        Objective("non_saturating", cross_entropy, non_saturating_generator),
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
