"""Annealed importance sampling: log p(x) by a path from the prior to the posterior."""

from pathlib import Path
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_positive, check_whole
from keras_genzoo.evaluation.likelihood.annealer import Annealer
from keras_genzoo.evaluation.likelihood.chain_runs import Batch, Table, run_batches
from keras_genzoo.evaluation.likelihood.draws import prior_latents
from keras_genzoo.evaluation.likelihood.estimate import (
    LikelihoodEstimate,
    from_weights,
)
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel
from keras_genzoo.evaluation.likelihood.progress import progress_bar
from keras_genzoo.evaluation.likelihood.saved_run import fingerprint_of_model
from keras_genzoo.evaluation.likelihood.schedule import check_schedule, sigmoid_schedule
from keras_genzoo.evaluation.likelihood.step_sizes import (
    find_step_sizes,
    interpolate_step_sizes,
)


def annealed_importance_sampling(
    model: LatentModel,
    x: Any,
    chains: int = 16,
    distributions: int = 1000,
    schedule: Any = None,
    leapfrog_steps: int = 10,
    acceptance: float = 0.65,
    step_size: float | None = None,
    seed: int = 0,
    rows: int = 4096,
    state_file: str | Path | None = None,
    save_every: int = 250,
    progress: bool = False,
) -> LikelihoodEstimate:
    """log p(x) of each example, a lower bound in expectation, by annealed chains.

    A chain starts at a sample of the prior and goes through distributions
    p(z) p(x | z)^beta, beta from 0 to 1: at each it gains (change of beta) times
    log p(x | z) in log weight and then makes one move of Hamiltonian Monte Carlo. The
    mean weight is an unbiased estimate of p(x), so its logarithm is below log p(x) on
    average, the less the more distributions there are; how much, `bidirectional_
    monte_carlo` tells.

    Step sizes come from a pilot run with draws of its own and are then frozen, since
    moves that adapt on the way would make the weights biased.

    Args:
        model: decoder and noise.
        x: examples, `(n, *shape)`, `uint8` or in the noise model's units.
        chains: for each example.
        distributions: points of a sigmoid schedule, both ends included; the published
            results took 10,000.
        schedule: inverse temperatures instead, rising strictly from 0 to 1; `[0, 1]`
            is importance sampling from the prior.
        leapfrog_steps: of each move.
        acceptance: mean acceptance that the step sizes aim at.
        step_size: one for all distributions instead of a pilot run.
        seed: of all draws; the same seed and `rows` give the same result.
        rows: chains that run at a time.
        state_file: where the state of the run is kept, so that calling again with the
            same arguments goes on where it stopped, to the identical result. The
            file stays there after the run.
        save_every: moves between two times of saving.
        progress: whether to show a bar, with the time left, on standard error.

    Returns:
        The estimate, with `log_weights` `(n, chains)`.

    Raises:
        ValueError: examples that do not fit the decoder, a schedule that does not
            rise, counts that are not positive, a state file of another run.

    Reference: Neal, Annealed Importance Sampling, 2001; Wu et al., On the
    Quantitative Analysis of Decoder-Based Generative Models, 2017.
    """
    x = model.check_examples(x)
    path = AnnealingPath(
        model, distributions, schedule, leapfrog_steps, acceptance, step_size, seed
    )
    batches = path.forward(x, check_whole(chains, "chains"), check_whole(rows, "rows"))
    weights, accepted = path.run(batches, x, "AIS", state_file, save_every, progress)
    return from_weights(
        "AIS", np.concatenate(weights), seed, path.settings(chains), accepted
    )


class AnnealingPath:
    """The path, its moves and its step sizes; arguments as in the function above."""

    def __init__(
        self,
        model: LatentModel,
        distributions: int,
        schedule: Any,
        leapfrog_steps: int,
        acceptance: float,
        step_size: float | None,
        seed: int,
    ):
        self.betas = (
            sigmoid_schedule(distributions)
            if schedule is None
            else check_schedule(schedule)
        )
        if not 0 < check_positive(acceptance, "acceptance") < 1:
            raise ValueError(f"`acceptance` must be in (0, 1), got {acceptance!r}.")
        self.acceptance = acceptance
        self.step_size = (
            None if step_size is None else check_positive(step_size, "step_size")
        )
        self.annealer = Annealer(
            model,
            check_whole(leapfrog_steps, "leapfrog_steps"),
            check_whole(seed, "seed", 0),
        )

    def forward(self, x: np.ndarray, chains: int, rows: int) -> list[Batch]:
        """Chains from the prior to the posterior."""
        group = max(1, rows // chains)
        width = self.annealer.model.latent_dim
        return [
            Batch(
                batch,
                prior_latents(self.annealer.seed, first, len(batch), chains, width),
                self.betas,
                (first, 0),
            )
            for first, batch in _groups(x, group)
        ]

    def reverse(
        self, x: np.ndarray, z: np.ndarray, chains: int, rows: int
    ) -> list[Batch]:
        """Chains from the posterior, of which `z` are exact samples, to the prior."""
        group = max(1, rows // chains)
        return [
            Batch(
                batch,
                np.repeat(z[first : first + len(batch), None], chains, axis=1),
                self.betas[::-1].copy(),
                (first, 1),
            )
            for first, batch in _groups(x, group)
        ]

    def run(
        self,
        batches: list[Batch],
        x: np.ndarray,
        description: str,
        state_file: str | Path | None,
        save_every: int,
        progress: bool,
    ) -> tuple[list[np.ndarray], float | None]:
        """Runs the batches; see `run_batches`."""
        save_every = check_whole(save_every, "save_every")
        fixed = f"{self.acceptance} {self.step_size} "
        if state_file is not None:
            fixed += fingerprint_of_model(self.annealer.model)
        moves = sum(len(b.betas) - 2 for b in batches)
        with progress_bar(description, moves, progress) as advance_bar:
            return run_batches(
                self.annealer,
                batches,
                lambda: self._table(x),
                interpolate_step_sizes,
                fixed,
                state_file,
                save_every,
                advance_bar,
            )

    def settings(self, chains: int) -> str:
        """What the result depends on, in words."""
        return (
            f"{chains} chains, {len(self.betas)} distributions, "
            f"{self.annealer.leapfrog_steps} leapfrog steps, "
            f"{self.annealer.model.noise_name}"
        )

    def _table(self, x: np.ndarray) -> Table:
        if len(self.betas) == 2:
            return np.zeros(1), np.ones(1)
        if self.step_size is not None:
            return np.zeros(1), np.full(1, self.step_size)
        return find_step_sizes(self.annealer, x, self.betas, self.acceptance)


def _groups(x: np.ndarray, size: int) -> list[tuple[int, np.ndarray]]:
    return [(first, x[first : first + size]) for first in range(0, len(x), size)]
