"""Both sides must be the same training: the same losses, the same weights after it."""

from dataclasses import replace
from types import ModuleType

import numpy as np
from workloads import (
    Workload,
    build_ours,
    idle_weights,
    make_data,
    read_weights,
)
from workloads.noise import draw_noise

STEPS = 2
# So small that images come out of it again in so few steps.
POOL_SIZE = 3
# Relative, on every loss. The first step starts from the same weights; what the
# optimizers made of them shows in the later ones.
FIRST_LOSS_TOLERANCE = 1e-3
LATER_LOSS_TOLERANCE = 2e-2
# All of them are for a CPU. Accelerators convolve with shorter mantissas (TF32).
ACCELERATOR_FACTOR = 5.0


def check_same_training(workload: Workload, loops: ModuleType) -> dict[str, float]:
    """Trains both sides a few steps from the same weights on the same batches.

    Every random draw is given too (`workloads.noise`).

    Returns:
        `loss_difference`, the largest relative one, and `distance`, the largest
        relative one of an array of weights or running statistics.

    Raises:
        RuntimeError: one of them is above its tolerance.
    """
    factor = 1.0 if loops.device().startswith("cpu") else ACCELERATOR_FACTOR
    if workload.pool_size:
        workload = replace(workload, pool_size=POOL_SIZE)
    size = workload.check_batch
    examples = size * workload.critic_steps
    noise = draw_noise(workload, size, np.random.default_rng(0))
    data = make_data(workload, examples * STEPS)
    ours = build_ours(workload, noise)
    start = read_weights(workload, ours)
    loop = loops.build(workload, start)

    worst = 0.0
    for i in range(STEPS):
        batch = tuple(a[i * examples : (i + 1) * examples] for a in data)
        ours.reset_metrics()
        logs = ours.train_on_batch(*batch, return_dict=True)
        theirs = loop.update(batch, noise)
        tolerance = factor * (LATER_LOSS_TOLERANCE if i else FIRST_LOSS_TOLERANCE)
        for name in workload.losses:
            a, b = float(logs[name]), theirs[name]
            difference = abs(a - b) / max(abs(a), abs(b), 1e-3)
            worst = max(worst, difference)
            if not difference <= tolerance:
                raise RuntimeError(
                    f"{workload.name}: {name} of step {i + 1} is {a:.6g} with us and "
                    f"{b:.6g} by hand, on the same weights, images and noise: the two "
                    "sides do not train the same model."
                )
    distance = _largest_distance(workload, loops, ours, loop, start)
    # The median distance of an element's two values as a share of the median way that
    # it went. The median, because Adam's first steps have the size of the learning rate
    # whatever the gradient's: where that is nearly zero, rounding decides its sign.
    most = factor * workload.check_distance
    # `not <=`, so that a NaN is refused as well.
    if not distance <= most:
        raise RuntimeError(
            f"{workload.name}: after {STEPS} steps an array differs by {distance:.3g} "
            f"of the way that it went; at most {most} can be rounding."
        )
    return {"loss_difference": worst, "distance": distance}


def _largest_distance(workload, loops, ours, loop, start) -> float:
    end = read_weights(workload, ours)
    # The direction in which rounding moves them says nothing: they are put back.
    idle = idle_weights(workload, ours)
    for name, i in idle:
        end[name][i] = start[name][i]
    before = loops.build(workload, start).arrays()
    after = loops.build(workload, end).arrays()
    distances, still = [], 0
    for a, b, origin in zip(after, loop.arrays(), before, strict=True):
        if np.array_equal(a, origin):
            still += 1
        else:
            distances.append(np.median(np.abs(a - b)) / np.median(np.abs(a - origin)))
    if still != len(idle):
        raise RuntimeError(
            f"{workload.name}: {still} arrays did not move, expected {len(idle)}, the "
            "biases that do nothing."
        )
    return float(np.max(distances))
