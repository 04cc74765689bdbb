"""A workload's first steps in a process of their own, for what only a fresh one shows.

`measure(...)` starts this file as a script and returns what it prints: seconds of
importing, building and the first step, then of a step, and the peak of memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path


def measure(
    workload: str, batch: int, environment: dict[str, str] | None = None, **options
) -> dict:
    """One process' figures.

    Args:
        workload: a name in `workloads.WORKLOADS`.
        batch: examples in a step, in each of a critic's turns.
        environment: variables to set; the rest is this process'.
        **options: `by_hand=True` for the hand-written loop; `steps`, how many to time
            after the first; `threads`; `side` and `width` in place of the workload's.

    Raises:
        RuntimeError: the process failed; the message has the end of what it wrote.
    """
    command = [sys.executable, __file__, workload, str(batch)]
    for name, value in options.items():
        if value is True:
            command.append(f"--{name.replace('_', '-')}")
        elif value:
            command += [f"--{name}", str(value)]
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(command, capture_output=True, text=True, env=variables)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workload")
    parser.add_argument("batch", type=int)
    parser.add_argument("--by-hand", action="store_true")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--side", type=int)
    parser.add_argument("--width", type=int)
    return parser.parse_args()


def _use_threads(threads: int) -> None:
    """So many cores for the whole process; before a framework is imported."""
    for name in (
        "OMP_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ):
        os.environ[name] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[:threads]
        os.sched_setaffinity(0, cores)


def main() -> None:
    arguments = _parse()
    if arguments.threads:
        _use_threads(arguments.threads)
    start = time.perf_counter()
    step, figures, wait = _prepare(arguments, start)
    step()
    wait()
    figures["first_step_s"] = time.perf_counter() - start - sum(figures.values())
    seconds = []
    for _ in range(arguments.steps):
        begin = time.perf_counter()
        step()
        wait()
        seconds.append(time.perf_counter() - begin)
    if seconds:
        figures["step_s"] = statistics.median(seconds)
    from machine import peak_resident

    from keras_genzoo.backends import peak_memory

    figures["peak_resident_bytes"] = peak_resident()
    figures["peak_device_bytes"] = peak_memory()
    print(json.dumps(figures))


def _prepare(arguments: argparse.Namespace, start: float) -> tuple:
    """The step, the seconds that it took to get there, and what waits for a device."""
    import importlib
    from dataclasses import replace
    from functools import partial

    import keras
    from workloads import WORKLOADS, build_ours, make_data, read_weights

    loops = importlib.import_module(f"handwritten.{keras.backend.backend()}")
    workload = WORKLOADS[arguments.workload]
    if arguments.side:
        side = arguments.side
        workload = replace(workload, shape=(side, side, workload.shape[-1]))
    if arguments.width:
        workload = replace(workload, width=arguments.width)
    examples = arguments.batch * workload.critic_steps
    data = make_data(workload, examples)
    imported = time.perf_counter()
    model = build_ours(workload)
    figures = {"import_s": imported - start, "build_s": time.perf_counter() - imported}
    if arguments.by_hand:
        loop = loops.build(workload, read_weights(workload, model))
        loop.prepare(data, examples)
        return loop.epoch, figures, lambda: None
    step = partial(model.train_on_batch, *data)
    return step, figures, partial(loops.wait, model)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
