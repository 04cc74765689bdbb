"""Which methods find all modes of a mixture, how well and how evenly.

    KERAS_BACKEND=jax python benchmarks/mode_coverage.py --json modes.jsonl
    KERAS_BACKEND=jax python benchmarks/mode_coverage.py --resume modes.jsonl
    KERAS_BACKEND=jax python benchmarks/mode_coverage.py --data ring --methods ns_r1

Trains each method from several seeds on a ring of 8 and a grid of 25 Gaussians, counts
the modes among 2,500 samples (`keras_genzoo.evaluation.mode_coverage`) and prints the
means over the seeds with their standard errors, beside published ones and what a
perfect generator would reach. Each run has a process to itself, of one thread; its
result is a line of the JSON file as soon as it is there.

All methods share their networks: by default perceptrons of 2 x 128 ReLU for
both players and learning rates that fall to 0; with `--networks pacgan` PacGAN's own,
with PacGAN's optimizer and batch for every method. PacGAN trains for 400,000 steps,
the default here is 10,000, so its published numbers are for the eye, not for a test.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, replace
from pathlib import Path

from mixture_runs import MIXTURES, NETWORKS, PACGAN_NUMBERS, SAMPLES, Method, run
from published_modes import PUBLISHED

from keras_genzoo.evaluation import ceiling

R1, R2 = ("R1", {"gamma": 0.1}), ("R2", {"gamma": 0.1})

METHODS = {
    "minimax": Method("minimax"),
    "non_saturating": Method("non_saturating"),
    "least_squares": Method("least_squares"),
    "hinge": Method("hinge"),
    # The weight, the steps and the betas of the paper's released code for points in
    # the plane; two fifths of the length are twice the discriminator's turns of others.
    "wgan_gp": Method(
        "wasserstein",
        (("GradientPenalty", {"weight": 0.1}),),
        discriminator_steps=5,
        learning_rate=1e-3,
        beta_1=0.5,
        beta_2=0.9,
        length=0.4,
    ),
    "ns_r1": Method("non_saturating", (R1,)),
    "relativistic_r1_r2": Method("relativistic", (R1, R2)),
    "relativistic_r1_r2_long": Method("relativistic", (R1, R2), length=2.0),
    "pacgan2": Method("non_saturating", pack=2),
    "pacgan4": Method("non_saturating", pack=4),
    "veegan": Method(veegan=True),
}

# One run is one process of one thread: so small networks gain nothing from more.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def method_of(name: str, networks: str) -> Method:
    method = METHODS[name]
    return replace(method, **PACGAN_NUMBERS) if networks == "pacgan" else method


def task_key(record: dict) -> str:
    """What makes two runs the same, the method's numbers included."""
    names = ("backend", "data", "method", "networks", "numbers", "seed", "steps")
    return json.dumps([record[name] for name in names], sort_keys=True)


def make_tasks(arguments: argparse.Namespace, backend: str) -> list[dict]:
    """The runs, seed by seed, so that a table of few seeds is there early."""
    tasks = [
        {
            "backend": backend,
            "data": data,
            "method": name,
            "networks": arguments.networks,
            "numbers": {
                **asdict(method_of(name, arguments.networks)),
                **asdict(NETWORKS[arguments.networks][1]),
            },
            "seed": seed,
            "steps": arguments.steps,
        }
        for seed in range(arguments.seeds)
        for data in arguments.data
        for name in arguments.methods
    ]
    # Through JSON, so that tuples compare equal to the lists read from a file.
    return json.loads(json.dumps(tasks))


def run_in_process(task: dict) -> dict:
    """Runs a task in a process of its own and returns its record."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} {XLA_ONE_THREAD}".strip()
    done = subprocess.run(
        [sys.executable, __file__, "--task", json.dumps(task)],
        env={**os.environ, **ONE_THREAD, "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{task['method']} on {task['data']}: {done.stderr[-2000:]}")
    return {**task, **json.loads(done.stdout.splitlines()[-1])}


def run_all(tasks: list[dict], processes: int, path: Path | None) -> list[dict]:
    """The records of all tasks that succeed; prints each, and the errors."""
    records = []
    with ThreadPoolExecutor(processes) as pool:
        futures = [pool.submit(run_in_process, task) for task in tasks]
        for i, future in enumerate(as_completed(futures), 1):
            try:
                record = future.result()
            except RuntimeError as error:
                print(f"FAILED {error}", file=sys.stderr)
                continue
            records.append(record)
            if path is not None:
                with path.open("a") as file:
                    file.write(json.dumps(record) + "\n")
            print(
                f"[{i}/{len(tasks)}] {record['data']} {record['method']} seed "
                f"{record['seed']}: {record['modes']} modes, "
                f"{record['high_quality']:.1%} high quality, "
                f"{record['seconds']:.0f} s",
                flush=True,
            )
    return records


def mean_and_error(values: list[float], digits: int) -> str:
    """`mean±standard error`; the mean alone of a single value, "-" of none."""
    if not values:
        return "-"
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    error = statistics.stdev(values) / len(values) ** 0.5
    return f"{mean}±{error:.{digits}f}"


def cells(records: list[dict]) -> tuple[str, str, str]:
    """Modes, high quality in % and reverse KL of one method on one mixture."""
    # Where no sample is near a mode there is no KL; the share of high quality says it.
    kls = [r["reverse_kl"] for r in records if r["reverse_kl"] is not None]
    return (
        mean_and_error([r["modes"] for r in records], 1),
        mean_and_error([100 * r["high_quality"] for r in records], 1),
        mean_and_error(kls, 3),
    )


def make_table(records: list[dict], data: list[str], methods: list[str]) -> str:
    """The measured rows, the ceiling and the published rows, in Markdown."""
    columns = ("modes", "high quality %", "reverse KL")
    rows = [
        ["method", "source", *(f"{d} {column}" for d in data for column in columns)]
    ]
    for method in methods:
        mine = [r for r in records if r["method"] == method]
        parts = [[r for r in mine if r["data"] == d] for d in data]
        runs = "/".join(str(len(part)) for part in parts)
        rows.append(
            [method, f"{runs} runs", *(c for part in parts for c in cells(part))]
        )
    tops = [ceiling(MIXTURES[d](), SAMPLES) for d in data]
    rows.append(["perfect generator", "closed form"])
    for top in tops:
        rows[-1] += [
            f"{top.modes:.0f}",
            f"{100 * top.high_quality:.2f}",
            f"{top.reverse_kl:.4f}",
        ]
    for row in PUBLISHED:
        published = [c or "-" for d in data for c in getattr(row, d)]
        rows.append([row.method, f"{row.source}, table 1", *published])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", choices=MIXTURES, default=list(MIXTURES))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--networks", choices=NETWORKS, default="mlp")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--json", type=Path, help="file for the results, a new one")
    files.add_argument("--resume", type=Path, help="file whose runs are not repeated")
    parser.add_argument("--task", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name in ("seeds", "steps", "processes"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name} must be 1 or more")
    if arguments.json is not None and arguments.json.exists():
        parser.error(f"{arguments.json} is there already: go on with --resume")
    return arguments


def main() -> int:
    arguments = read_arguments()
    if arguments.task is not None:
        task = arguments.task
        method = method_of(task["method"], task["networks"])
        result = run(
            task["data"], method, task["networks"], task["steps"], task["seed"]
        )
        print(json.dumps(result))
        return 0
    import keras

    tasks = make_tasks(arguments, keras.backend.backend())
    path = arguments.json or arguments.resume
    records = []
    if arguments.resume is not None and path.exists():
        wanted = {task_key(task) for task in tasks}
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        records = [r for r in lines if task_key(r) in wanted]
    done = {task_key(r) for r in records}
    left = [task for task in tasks if task_key(task) not in done]
    records += run_all(left, arguments.processes, path)
    print()
    print(make_table(records, arguments.data, arguments.methods))
    return int(len(records) < len(tasks))


if __name__ == "__main__":
    sys.exit(main())
