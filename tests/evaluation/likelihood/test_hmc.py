"""Hamiltonian Monte Carlo: reversible, of second order, and stationary."""

import numpy as np
from keras import ops

from keras_genzoo.evaluation.likelihood.hmc import Position, leapfrog, position
from keras_genzoo.evaluation.likelihood.hmc import hmc_move as move
from keras_genzoo.training.compiled import compiled
from tests.evaluation.likelihood.linear_models import linear_model, random_columns
from tests.models.linear_gaussian import draw

D, Q, ETA, BETA = 6, 3, 0.7, 0.6
W = random_columns(D, Q)
MODEL = linear_model(W, ETA)
N = 4000


def tensors(*arrays):
    return [ops.convert_to_tensor(np.asarray(a, "float32")) for a in arrays]


def start(seed=0):
    """The same example for all chains, which are drawn from the distribution."""
    rng = np.random.default_rng(seed)
    x = draw(W, ETA, 1)[0].astype("float64")
    covariance = np.linalg.inv(np.eye(Q) + BETA * W.T @ W / ETA**2)
    mean = BETA * covariance @ W.T @ x / ETA**2
    z = rng.multivariate_normal(mean, covariance, size=N)
    return np.tile(x, (N, 1)), z, rng.normal(size=(N, Q)), mean, covariance


def trajectory(x, z, p, step, steps):
    x, z, p, step, beta = tensors(x, z, p, step, BETA)

    def run(x, z, p):
        here = position(MODEL, x, z)
        return leapfrog(MODEL, x, here, p, beta, step, steps)[:2]

    return [ops.convert_to_numpy(a) for a in compiled(run)(x, z, p)]


def energy(x, z, p):
    errors = x - z @ W.T
    return (
        BETA * (errors**2).sum(axis=1) / (2 * ETA**2)
        + (z**2).sum(axis=1) / 2
        + (p**2).sum(axis=1) / 2
    )


def test_a_trajectory_runs_back_to_its_start():
    x, z, p, *_ = start()
    end, momentum = trajectory(x, z, p, 0.1, 10)
    assert np.abs(end - z).mean() > 0.3
    back, reverse = trajectory(x, end, -momentum, 0.1, 10)
    np.testing.assert_allclose(back, z, atol=1e-4)
    np.testing.assert_allclose(-reverse, p, atol=1e-4)


def test_the_energy_error_is_of_second_order():
    x, z, p, *_ = start()
    errors = []
    for step, steps in [(0.2, 5), (0.1, 10)]:
        end, momentum = trajectory(x, z, p, step, steps)
        errors.append(np.abs(energy(x, end, momentum) - energy(x, z, p)).mean())
    assert 3 < errors[0] / errors[1] < 5


def test_moves_leave_the_distribution_as_it_is():
    """At a step so long that a third of the moves are refused."""
    x, z, p, mean, covariance = start()
    log_uniform = np.log(np.random.default_rng(1).uniform(size=N))
    beta, step = tensors(BETA, 0.75)

    def run(x, z, p, log_uniform):
        here, probability = move(
            MODEL, x, position(MODEL, x, z), p, log_uniform, beta, step, 7
        )
        return tuple(here), probability

    here, probability = compiled(run)(*tensors(x, z, p, log_uniform))
    end, log_likelihood, gradient = (ops.convert_to_numpy(a) for a in here)
    acceptance = ops.convert_to_numpy(probability).mean()
    moved = (end != z.astype("float32")).any(axis=1)
    assert 0.2 < acceptance < 0.9
    assert abs(moved.mean() - acceptance) < 0.03
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    white = (end - mean) @ root
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=4 / np.sqrt(N))
    np.testing.assert_allclose(np.cov(white.T), np.eye(Q), atol=6 / np.sqrt(N))
    # What is carried to the next move belongs to where the chains are.
    again = position(MODEL, *tensors(x, end))
    assert isinstance(again, Position)
    np.testing.assert_allclose(
        log_likelihood, ops.convert_to_numpy(again.log_likelihood), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        gradient, ops.convert_to_numpy(again.gradient), rtol=1e-4, atol=1e-3
    )


def test_a_trajectory_to_infinity_is_refused():
    x, z, p, *_ = start()
    beta, step = tensors(BETA, 1e6)

    def run(x, z, p, log_uniform):
        here, probability = move(
            MODEL, x, position(MODEL, x, z), p, log_uniform, beta, step, 10
        )
        return here.z, probability

    end, probability = compiled(run)(*tensors(x, z, p, np.full(N, -1.0)))
    np.testing.assert_array_equal(ops.convert_to_numpy(end), z.astype("float32"))
    assert ops.convert_to_numpy(probability).max() == 0
