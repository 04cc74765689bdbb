"""Both sides must be the same training: the same losses, the same weights after it."""

from types import ModuleType

import numpy as np
from workloads import Workload, build_ours, make_images, read_weights

BATCH = 32
STEPS = 2
# Relative, on every loss. The first step starts from the same weights; what the
# optimizers made of them shows in the later ones.
FIRST_LOSS_TOLERANCE = 1e-3
LATER_LOSS_TOLERANCE = 2e-2
# After the last step, on every weight and running statistic: the median distance of
# an element's two values, as a share of the median way that it went. The median,
# because Adam's first steps have the size of the learning rate whatever the
# gradient's: where a gradient is nearly zero, rounding decides a step's direction.
DISTANCE_TOLERANCE = 0.03
# All of them are for a CPU. Accelerators convolve with shorter mantissas (TF32).
ACCELERATOR_FACTOR = 5.0


def check_same_training(workload: Workload, loops: ModuleType) -> dict[str, float]:
    """Trains both sides a few steps from the same weights on the same batches.

    The noise is given too: the same latents, or the same draw from the posterior.

    Returns:
        `loss_difference`, the largest relative one, and `distance`, the largest
        relative one of an array of weights or running statistics.

    Raises:
        RuntimeError: one of them is above its tolerance.
    """
    factor = 1.0 if loops.device().startswith("cpu") else ACCELERATOR_FACTOR
    most = factor * DISTANCE_TOLERANCE
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((BATCH, workload.latent_dim)).astype("float32")
    images = make_images(workload, BATCH * STEPS)
    ours = build_ours(workload, noise)
    start = read_weights(workload, ours)
    loop = loops.build(workload, start)
    before = loops.build(workload, start).arrays()

    worst = 0.0
    for i in range(STEPS):
        batch = images[i * BATCH : (i + 1) * BATCH]
        ours.reset_metrics()
        logs = ours.train_on_batch(batch, return_dict=True)
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
    after = loops.build(workload, read_weights(workload, ours)).arrays()
    distances = [
        float(np.median(np.abs(a - b)) / np.median(np.abs(a - start)))
        for a, b, start in zip(after, loop.arrays(), before, strict=True)
    ]
    # `not all`, so that a NaN is refused as well.
    if not all(d <= most for d in distances):
        shape = after[int(np.argmax(distances))].shape
        raise RuntimeError(
            f"{workload.name}: after {STEPS} steps an array of shape {shape} differs "
            f"by {np.max(distances):.3g} of the way that it went; at most "
            f"{most} can be rounding."
        )
    return {"loss_difference": worst, "distance": max(distances)}
