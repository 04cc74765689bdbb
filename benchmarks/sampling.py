"""Images a second of `sample`, `decode` and `translate`, by the number asked for.

    KERAS_BACKEND=jax python benchmarks/sampling.py --json speed/sampling-jax.json

`sample` of a GAN, `decode` of a VAE, `translate` of a CycleGAN, 64x64 pixels, the
workloads' networks; NumPy in and NumPy out, checks and all. `--batch`, powers of two,
is the number asked for and the `batch_size`, of `translate` 256 at most. The first call
of a number, which may compile, is timed apart; so is one that asks for an image fewer,
which is padded and compiles nothing. The median is that of the calls that `--seconds`
have room for.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from machine import describe, write_report
from workloads import WORKLOADS, build_ours, make_data

BATCHES = (1, 16, 64, 256, 1024)
LARGEST_TRANSLATED = 256


# Called with the number of images and the size of a batch.
Call = Callable[[int, int], np.ndarray]


def _sample() -> Call:
    model = build_ours(WORKLOADS["dcgan64"])
    return lambda n, size: model.sample(n, seed=0, batch_size=size)


def _decode() -> Call:
    workload = WORKLOADS["conv_vae64"]
    model = build_ours(workload)
    z = np.random.default_rng(0).standard_normal((max(BATCHES), workload.latent_dim))
    z = z.astype("float32")
    return lambda n, size: model.decode(np.resize(z, (n, z.shape[1])), batch_size=size)


def _translate() -> Call:
    workload = WORKLOADS["cyclegan64"]
    model = build_ours(workload)
    images, _ = make_data(workload, 64)
    shape = images.shape[1:]

    def translate(n: int, size: int) -> np.ndarray:
        # XLA lays out the 7x7 patches of a whole batch: of 1,024 images 26 GB.
        size = min(size, LARGEST_TRANSLATED)
        return model.translate(np.resize(images, (n, *shape)), batch_size=size)

    return translate


CALLS = {"sample": _sample, "decode": _decode, "translate": _translate}


def _seconds(call: Call, n: int, size: int) -> float:
    begin = time.perf_counter()
    call(n, size)
    return time.perf_counter() - begin


def measure(call: Call, n: int, seconds: float) -> dict:
    """The figures of one number of images."""
    first = _seconds(call, n, n)
    fewer = _seconds(call, n - 1, n) if n > 1 else None
    times = []
    while not times or (sum(times) < seconds and len(times) < 1000):
        times.append(_seconds(call, n, n))
    return {
        "batch": n,
        "images_per_second": n / statistics.median(times),
        "median_s": statistics.median(times),
        "first_s": first,
        "one_fewer_s": fewer,
        "calls": len(times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", nargs="+", choices=list(CALLS), default=list(CALLS))
    parser.add_argument("--batch", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="the least time for each number"
    )
    parser.add_argument("--json", type=Path, help="file for every figure")
    arguments = parser.parse_args()
    if min(arguments.batch) < 1:
        parser.error(f"--batch must be at least 1, got {min(arguments.batch)}")
    machine, results = describe(), []
    print(", ".join(f"{k} {v}" for k, v in machine.items()))
    print("images a second; seconds of the first call; of one image fewer", flush=True)
    for name in arguments.calls:
        keras.backend.clear_session()
        call = CALLS[name]()
        for n in arguments.batch:
            result = measure(call, n, arguments.seconds)
            results.append({"call": name, **result})
            fewer = result["one_fewer_s"]
            print(
                f"{name} {n}: {result['images_per_second']:.4g}, "
                f"{result['first_s']:.2f}, {'-' if fewer is None else f'{fewer:.2f}'}",
                flush=True,
            )
        if arguments.json:
            write_report(arguments.json, "sampling", machine, {"results": results})


if __name__ == "__main__":
    main()
