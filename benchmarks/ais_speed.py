"""What annealed importance sampling costs beside its matrix products.

    KERAS_BACKEND=jax python benchmarks/ais_speed.py

Each leapfrog step passes every chain through the decoder once forward and once back:
two matrix products a dense layer, chains x inputs x outputs each. Ours is one call of
`annealed_importance_sampling` with fixed step sizes (a pilot run would add the same
time to runs of any length); bare are these products alone, on arrays of the same
shapes, as often as there are leapfrog steps: in NumPy, and compiled by the backend. The
decoders are those of Wu et al. (2017). A round times the three one after the other; a
ratio belongs to one round, so that a machine that slows down slows all.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import ops

from keras_genzoo import networks
from keras_genzoo.evaluation.likelihood import (
    LatentModel,
    annealed_importance_sampling,
)
from keras_genzoo.evaluation.likelihood.annealer import MOVES_PER_CALL
from keras_genzoo.training.compiled import compiled

SHAPE = (28, 28, 1)
# Latents and hidden units, with tanh between them.
DECODERS = {
    "decoder-10": (10, (64, 256, 256, 1024)),
    "decoder-50": (50, (1024, 1024, 1024)),
}
# The most that JAX on a CPU may take, in times of the bare products.
TARGET = 2.0


def decoder(name: str) -> keras.Model:
    latents, hidden = DECODERS[name]
    return networks.mlp_generator(
        SHAPE, latents, hidden, "tanh", output_activation="sigmoid", seed=0
    )


def kernels(network: keras.Model) -> list[np.ndarray]:
    return [
        ops.convert_to_numpy(layer.kernel)
        for layer in network.layers
        if isinstance(layer, keras.layers.Dense)
    ]


def numpy_products(matrices: list[np.ndarray], rows: int, passes: int) -> Callable:
    """So many passes forward and back, into arrays that are there already."""
    widths = [m.shape[0] for m in matrices] + [matrices[-1].shape[1]]
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((rows, w), "float32") for w in widths]
    outputs = [np.empty_like(a) for a in inputs]

    def run() -> None:
        for _ in range(passes):
            for i, matrix in enumerate(matrices):
                np.matmul(inputs[i], matrix, out=outputs[i + 1])
            for i, matrix in reversed(list(enumerate(matrices))):
                np.matmul(inputs[i + 1], matrix.T, out=outputs[i])

    return run


def backend_products(matrices: list[np.ndarray], rows: int, passes: int) -> Callable:
    """The same in the backend, `MOVES_PER_CALL` passes a compiled call."""
    tensors = [ops.convert_to_tensor(m) for m in matrices]
    shape = (rows, matrices[0].shape[0])
    start = ops.convert_to_tensor(
        np.random.default_rng(0).standard_normal(shape, "float32")
    )

    def once(_, state):
        z, used = state
        x = z
        for matrix in used:
            x = ops.matmul(x, matrix)
        for matrix in reversed(used):
            x = ops.matmul(x, ops.transpose(matrix))
        # Powers of the matrices would end in numbers too small or large for fast
        # arithmetic; each row is brought back to length 1.
        return x / ops.norm(x, axis=1, keepdims=True), used

    def some(z, *used):
        return ops.fori_loop(0, MOVES_PER_CALL, once, (z, used))[0]

    fn = compiled(some)

    def run() -> None:
        z = start
        for _ in range(passes // MOVES_PER_CALL):
            z = fn(z, *tensors)
        ops.convert_to_numpy(z)

    return run


def seconds(fn: Callable) -> float:
    start = time.perf_counter()
    fn()
    return time.perf_counter() - start


def compare(name: str, images: int, chains: int, moves: int, steps: int, rounds: int):
    network = decoder(name)
    model = LatentModel(network, 0.1)
    _, x = model.simulate(images, 0)
    rows = images * chains

    def ours() -> None:
        annealed_importance_sampling(
            model,
            x,
            chains,
            distributions=moves + 2,
            leapfrog_steps=steps,
            step_size=0.01,
            rows=rows,
        )

    matrices = kernels(network)
    numpy_run = numpy_products(matrices, rows, moves * steps)
    backend_run = backend_products(matrices, rows, moves * steps)
    for fn in (ours, numpy_run, backend_run):
        fn()
    times = [
        [seconds(fn) for fn in (ours, numpy_run, backend_run)] for _ in range(rounds)
    ]
    to_numpy = [a / b for a, b, _ in times]
    to_backend = [a / c for a, _, c in times]
    operations = 4 * rows * moves * steps * sum(m.size for m in matrices)
    ours_s, numpy_s, backend_s = map(statistics.median, zip(*times, strict=True))
    print(
        f"| {name} | {ours_s:.2f} | {numpy_s:.2f} | {backend_s:.2f} "
        f"| {operations / numpy_s / 1e9:.0f} "
        f"| {spell(to_numpy)} | {spell(to_backend)} |",
        flush=True,
    )
    return statistics.median(to_numpy)


def spell(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--decoders", nargs="+", choices=DECODERS, default=[*DECODERS])
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--chains", type=int, default=16)
    parser.add_argument(
        "--moves", type=int, default=50, help=f"a multiple of {MOVES_PER_CALL}"
    )
    parser.add_argument("--leapfrog-steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(
        f"{keras.backend.backend()}: {arguments.images} images x {arguments.chains} "
        f"chains x {arguments.moves} moves x {arguments.leapfrog_steps} leapfrog "
        f"steps; medians of {arguments.rounds} rounds\n\n"
        "| decoder | AIS, s | bare, NumPy, s | bare, backend, s | GFLOP/s, NumPy "
        "| AIS / NumPy | AIS / backend |\n|---|---|---|---|---|---|---|"
    )
    ratios = [
        compare(
            name,
            arguments.images,
            arguments.chains,
            arguments.moves,
            arguments.leapfrog_steps,
            arguments.rounds,
        )
        for name in arguments.decoders
    ]
    verdict = "met" if max(ratios) <= TARGET else "missed"
    print(f"\ntarget on JAX, at most {TARGET:g} times NumPy's products: {verdict}")


if __name__ == "__main__":
    main()
