"""How long a training takes to its first step, and what a compilation cache saves.

    KERAS_BACKEND=jax python benchmarks/first_step.py --json speed/first_step-jax.json

Each figure is of a fresh process: seconds from its start until the packages are
imported, the networks built and compiled, and the first step done, compilation
included. On JAX three times: without a persistent compilation cache, with an empty one
(which is written) and with a full one (which is read). TensorFlow and PyTorch keep no
compiled programs between processes on a CPU: TensorFlow traces a graph anew and runs
prebuilt kernels, PyTorch runs eagerly; there the first row is all there is.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import keras
from fresh_process import measure
from machine import describe, write_report
from workloads import WORKLOADS

_NO_CACHE = {"JAX_ENABLE_COMPILATION_CACHE": "false"}


def _with_cache(folder: str) -> dict[str, str]:
    return {
        "JAX_ENABLE_COMPILATION_CACHE": "true",
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _runs(name: str, batch: int) -> dict[str, dict]:
    """`{cache: figures}` of one round."""
    if keras.backend.backend() != "jax":
        return {"none": measure(name, batch)}
    with tempfile.TemporaryDirectory() as folder:
        return {
            "none": measure(name, batch, _NO_CACHE),
            "empty": measure(name, batch, _with_cache(folder)),
            "full": measure(name, batch, _with_cache(folder)),
        }


def _median(figures: list[dict]) -> dict:
    names = ("import_s", "build_s", "first_step_s")
    return {n: statistics.median(f[n] for f in figures) for n in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--workloads", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS)
    )
    parser.add_argument("--batch", type=int, help="the smallest of each unless given")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each kind")
    parser.add_argument("--json", type=Path, help="file for every figure")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {arguments.rounds}")
    machine, results = describe(), []
    print(", ".join(f"{k} {v}" for k, v in machine.items()))
    print("seconds; workload, batch, cache: import, build, first step", flush=True)
    for name in arguments.workloads:
        batch = arguments.batch or min(WORKLOADS[name].batches)
        rounds = [_runs(name, batch) for _ in range(arguments.rounds)]
        for cache in rounds[0]:
            figures = _median([each[cache] for each in rounds])
            results.append(
                {"workload": name, "batch": batch, "cache": cache, **figures}
            )
            seconds = (f"{v:.2f}" for v in figures.values())
            print(f"{name}, {batch}, {cache}: {', '.join(seconds)}", flush=True)
        if arguments.json:
            write_report(arguments.json, "first_step", machine, {"results": results})


if __name__ == "__main__":
    main()
