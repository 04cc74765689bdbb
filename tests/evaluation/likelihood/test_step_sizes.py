"""Step sizes of annealed chains: how long the pilot run is, and between its levels."""

import numpy as np
import pytest

from keras_genzoo.evaluation.likelihood.annealer import MOVES_PER_CALL, Annealer
from keras_genzoo.evaluation.likelihood.schedule import sigmoid_schedule
from keras_genzoo.evaluation.likelihood.step_sizes import (
    find_step_sizes,
    interpolate_step_sizes,
    pilot_moves,
)
from tests.evaluation.likelihood.linear_models import linear_model, random_columns
from tests.models.linear_gaussian import draw

W, ETA = random_columns(6, 3), 0.7


@pytest.mark.parametrize(
    ("distributions", "levels"), [(3, 1), (5, 3), (100, 4), (250, 10), (10_000, 16)]
)
def test_the_pilot_run_is_as_long_as_it_says(monkeypatch, distributions, levels):
    moves = []

    def adapt(self, x, here, beta, step, target, key):
        moves.append(len(x) * MOVES_PER_CALL)
        return here, step

    monkeypatch.setattr(Annealer, "adapt", adapt)
    annealer = Annealer(linear_model(W, ETA), 2, seed=0)
    betas = sigmoid_schedule(distributions)
    at, steps = find_step_sizes(annealer, draw(W, ETA, 16), betas, 0.65)
    assert sum(moves) == pilot_moves(distributions)
    assert len(at) == len(steps) == levels
    assert (at[0], at[-1]) == (betas[1], betas[-2] if levels > 1 else betas[1])


def test_a_short_pilot_run_still_leads_to_the_acceptance():
    annealer = Annealer(linear_model(W, ETA), 5, seed=0)
    x, betas = draw(W, ETA, 16), sigmoid_schedule(100)
    table = find_step_sizes(annealer, x, betas, 0.65)
    rows = np.repeat(x, 25, axis=0)
    z = np.random.default_rng(1).standard_normal((len(rows), 3), "float32")
    chains = annealer.start(rows, z, betas)
    sizes = interpolate_step_sizes(table, betas)
    while chains.moves < len(betas) - 2:
        annealer.advance(chains, rows, betas, sizes, (0, 0))
    assert chains.accepted / chains.moves == pytest.approx(0.65, abs=0.1)


def test_between_levels_the_curvature_is_linear():
    table = np.array([0.2, 0.6]), np.array([0.5, 0.1])
    sizes = interpolate_step_sizes(table, np.array([0.0, 0.1, 0.2, 0.4, 0.6, 1.0]))
    np.testing.assert_allclose(sizes, [0.5, 0.5, (2 / (4 + 100)) ** 0.5, 0.1])
