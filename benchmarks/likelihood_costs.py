"""What the likelihood benchmark will cost, in multiplications and on this machine."""

import time
from itertools import pairwise

import keras
import likelihood_models as models
import numpy as np
from keras import ops
from likelihood_runs import COARSE, FINE, NOISE_IMAGES, NOISE_RUNS, Protocol

from keras_genzoo.evaluation.likelihood.step_sizes import pilot_moves

# A layer's product forward, back to its inputs, and to its weights.
FORWARD, BACK, WEIGHTS = 1, 1, 1
CLASSES = 10


def sizes(widths: tuple[int, ...]) -> int:
    """Multiplications of a perceptron, forward, one example."""
    return sum(a * b for a, b in pairwise(widths))


def annealing(decoder: int, chains: int, distributions: int, leapfrogs: int) -> float:
    """Of AIS with so many chains in all, its pilot run for the step sizes included."""
    moves = chains * (distributions - 2) + pilot_moves(distributions)
    # A move ends with the likelihood of where it is.
    return moves * decoder * (leapfrogs * (FORWARD + BACK) + FORWARD)


def costs(name: str, protocol: Protocol, train_images: int) -> dict[str, float]:
    """Floating-point operations of each part of a model's run."""
    family, latents = models.MODELS[name]
    inner, hidden = models.HIDDEN[latents]
    decoder = sizes((latents, *hidden, 784))
    encoder = sizes((784, *inner, 2 * latents))
    visits = protocol.epochs(name) * train_images
    if family == "vae":
        training = visits * (encoder + decoder) * (FORWARD + BACK + WEIGHTS)
    else:
        judge = sizes((784, *models.DISCRIMINATOR, 1))
        # Both batches forward and back; the penalty, its gradient's own forward and
        # back and all of that once more for the weights; the generator's turn.
        turns = 2 * 3 + 6 / models.EVERY + 2
        training = visits * (judge * turns + decoder * 3)
    search = NOISE_RUNS[latents]
    noise_run = annealing(
        decoder,
        NOISE_IMAGES * CLASSES * search["chains"],
        search["distributions"],
        search["leapfrog_steps"],
    )
    parts = {
        "training": training,
        "noise": noise_run * (len(COARSE) + len(FINE)),
    }
    run = protocol.annealing(name)
    settings = (run["distributions"], run["leapfrog_steps"])
    chains = protocol.images * protocol.chains
    parts["AIS test"] = parts["AIS train"] = annealing(decoder, chains, *settings)
    both_ways = 2 * protocol.simulated * protocol.chains
    parts["BDMC"] = annealing(decoder, both_ways, *settings)
    parts["KDE test"] = protocol.kernel_samples * decoder
    if family == "vae":
        parts["IWAE test"] = protocol.importance_samples * protocol.images * decoder
        parts["bound test"] = parts["bound train"] = (
            protocol.bound_samples * protocol.bound_images * decoder
        )
    return {part: 2.0 * count for part, count in parts.items()}


def speed(rows: int, width: int = 1024) -> float:
    """Operations a second of bare matrix products of the decoders' size."""
    rng = np.random.default_rng(0)
    a, b = (
        ops.convert_to_tensor(rng.standard_normal(shape, "float32"))
        for shape in ((rows, width), (width, width))
    )
    best = np.inf
    for _ in range(10):
        start = time.perf_counter()
        ops.convert_to_numpy(ops.matmul(a, b))
        best = min(best, time.perf_counter() - start)
    return 2.0 * rows * width**2 / best


def estimate(names: list[str], protocol: Protocol, train_images: int) -> str:
    """The table of all parts in minutes, were the products all there is to compute."""
    rate = speed(protocol.images * protocol.chains)
    lines = [
        f"{keras.backend.backend()}: {rate / 1e9:.0f} GFLOP/s in bare matrix products, "
        "at which the whole takes, in minutes:",
        "",
    ]
    total = 0.0
    for name in names:
        parts = costs(name, protocol, train_images)
        total += sum(parts.values())
        cells = [f"{part} {c / rate / 60:.1f}" for part, c in parts.items()]
        lines.append(f"{name}: " + ", ".join(cells))
    lines += [
        "",
        f"in all {total / rate / 60:.0f} minutes, without what is done already",
    ]
    return "\n".join(lines)
