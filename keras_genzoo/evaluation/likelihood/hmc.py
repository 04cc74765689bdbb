"""Hamiltonian Monte Carlo on p(z) p(x | z)^beta, all chains at once."""

from typing import Any, NamedTuple

from keras import ops

from keras_genzoo.evaluation.likelihood.latent_model import LatentModel
from keras_genzoo.training.gradients import input_gradient


class Position(NamedTuple):
    """Where chains are: latents `(n, latent_dim)`, log p(x | z) there `(n,)`, and its
    gradient `(n, latent_dim)`, which the next move would have to compute again."""

    z: Any
    log_likelihood: Any
    gradient: Any


def position(model: LatentModel, x: Any, z: Any) -> Position:
    """The position at these latents."""
    return Position(z, model.log_likelihood(x, z), _gradient(model, x, z))


def leapfrog(
    model: LatentModel,
    x: Any,
    start: Position,
    momentum: Any,
    beta: Any,
    step: Any,
    steps: int,
) -> tuple[Any, Any, Any]:
    """One trajectory; returns latents, momentum and the gradient at its end.

    Args:
        model: decoder and noise.
        x: examples, one for each row.
        start: where the chains are.
        momentum: `(n, latent_dim)`.
        beta: inverse temperature, a scalar tensor.
        step: step size, a scalar tensor.
        steps: number of leapfrog steps.
    """

    def force(z, gradient):
        return beta * gradient - z

    def move(_, state):
        z, p, _ = state
        z = z + step * p
        gradient = _gradient(model, x, z)
        return z, p + step * force(z, gradient), gradient

    half = 0.5 * step
    p = momentum + half * force(start.z, start.gradient)
    z, p, gradient = ops.fori_loop(0, steps, move, (start.z, p, start.gradient))
    # The last full step of the momentum was half a step too long.
    return z, p - half * force(z, gradient), gradient


def hmc_move(
    model: LatentModel,
    x: Any,
    start: Position,
    momentum: Any,
    log_uniform: Any,
    beta: Any,
    step: Any,
    steps: int,
) -> tuple[Position, Any]:
    """One trajectory, accepted or refused; leaves p(z) p(x | z)^beta as it is.

    Args:
        momentum: standard normal, `(n, latent_dim)`.
        log_uniform: logarithm of a uniform number, `(n,)`.
        Others as in `leapfrog`.

    Returns:
        The new position, and each chain's probability of acceptance, `(n,)`.

    Reference: Neal, MCMC Using Hamiltonian Dynamics, 2011.
    """
    z, p, gradient = leapfrog(model, x, start, momentum, beta, step, steps)
    end = Position(z, model.log_likelihood(x, z), gradient)
    log_ratio = beta * (end.log_likelihood - start.log_likelihood) + 0.5 * (
        _squares(start.z) - _squares(z) + _squares(momentum) - _squares(p)
    )
    # A trajectory that left for infinity has a NaN, and compares as refused.
    accepted = log_uniform < log_ratio
    moved = Position(
        ops.where(accepted[:, None], end.z, start.z),
        ops.where(accepted, end.log_likelihood, start.log_likelihood),
        ops.where(accepted[:, None], end.gradient, start.gradient),
    )
    probability = ops.exp(ops.minimum(log_ratio, 0.0))
    return moved, ops.where(ops.isnan(probability), 0.0, probability)


def _squares(a: Any) -> Any:
    return ops.sum(ops.square(a), axis=-1)


def _gradient(model: LatentModel, x: Any, z: Any) -> Any:
    return ops.stop_gradient(input_gradient(lambda z: model.log_likelihood(x, z), z))
