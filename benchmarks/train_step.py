"""How fast `fit` trains, against a loop written by hand in the same framework.

    KERAS_BACKEND=jax python benchmarks/train_step.py
    KERAS_BACKEND=torch python benchmarks/train_step.py --workloads mlp_vae \
        --batch 64 --json speed/train_step-torch.json

Compared are whole epochs: one call of our model's `fit(images, epochs=1, verbose=0)`,
with everything that it does (shuffling, batches, logged means, callbacks), and one
epoch of the loops in `handwritten/`, which are written as each framework's users
write them and use no Keras. Architecture, starting weights, images, batch size and
optimizer are the same, and before any timing a check trains both sides a few steps
and compares losses and weights (`check.py`).

Each round runs one epoch of ours and, right after it, one by hand; a ratio belongs to
one round, so that a machine that slows down slows both. Above 1 ours is the faster.
Quote the median ratio together with its range. The device is the framework's default.

Where an operating system sometimes packs a framework's threads onto one core, epochs
take one of two lengths, on both sides. `best` then tells more: the ratio of each side's
fastest epoch; so does the ratio of processor times.
"""

import argparse
import importlib
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import keras
from check import check_same_training
from machine import describe, write_report
from workloads import WORKLOADS, Workload, build_ours, make_data, read_weights

# Steps of the shortest epoch that is timed: one would have no second to start with.
FEWEST_STEPS = 2
# A fast device would need more images for a long round than memory is worth.
MOST_BYTES = 2**29


class Spent(NamedTuple):
    """What a call took: seconds on the wall, and of processor time over all cores."""

    wall: float
    processor: float


def _spent(call: Callable[[], None]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


class Contest:
    """Our `fit` and the loop by hand, on the same images."""

    def __init__(self, workload: Workload, loops, batch: int, jit_compile: bool):
        self.workload, self.loops = workload, loops
        # Each of the critic's turns has a batch of its own.
        self.examples = batch * workload.critic_steps
        self.model = build_ours(workload, jit_compile=jit_compile or "auto")
        weights = read_weights(workload, self.model)
        self.loop = loops.build(workload, weights, jit_compile)

    def prepare(self, steps: int) -> None:
        self.data = make_data(self.workload, steps * self.examples)
        self.loop.prepare(self.data, self.examples)

    def ours(self) -> None:
        self.model.fit(*self.data, batch_size=self.examples, epochs=1, verbose=0)
        self.loops.wait(self.model)

    def by_hand(self) -> None:
        self.loop.epoch()

    def choose_steps(self, seconds: float) -> int:
        """How many steps the faster side needs to fill `seconds`."""
        few = FEWEST_STEPS
        self.prepare(few)
        self.ours()
        self.by_hand()
        step = min(_spent(self.ours).wall, _spent(self.by_hand).wall) / few
        most = MOST_BYTES // (self.examples * math.prod(self.workload.shape))
        return min(max(few, math.ceil(seconds / step)), most)


def measure(contest: Contest, rounds: int, seconds: float, steps: int | None) -> dict:
    """One row's figures; images a second, medians over the rounds."""
    steps = steps or contest.choose_steps(seconds)
    contest.prepare(steps)
    contest.ours()
    contest.by_hand()
    spent = [(_spent(contest.ours), _spent(contest.by_hand)) for _ in range(rounds)]
    times = [(ours.wall, by_hand.wall) for ours, by_hand in spent]
    ratios = [by_hand / ours for ours, by_hand in times]
    # On a machine whose cores others share, processor time is the steadier figure.
    processor = [by_hand.processor / ours.processor for ours, by_hand in spent]
    images = steps * contest.examples
    return {
        "workload": contest.workload.name,
        "batch": contest.examples // contest.workload.critic_steps,
        "steps": steps,
        "ours_images_per_second": statistics.median(images / a for a, _ in times),
        "by_hand_images_per_second": statistics.median(images / b for _, b in times),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "best_ratio": min(b for _, b in times) / min(a for a, _ in times),
        "processor_ratio": statistics.median(processor),
        "seconds": times,
    }


def _row(*cells: str) -> str:
    widths = (12, 6, 6, 8, 10, 11, 7, 14, 7, 9)
    return "  ".join(c.rjust(w) for c, w in zip(cells, widths, strict=True))


_HEAD = (
    "workload",
    "batch",
    "steps",
    "s/round",
    "ours",
    "by hand",
    "ratio",
    "min-max",
    "best",
    "cpu ratio",
)


def _figures(result: dict) -> str:
    return _row(
        result["workload"],
        str(result["batch"]),
        str(result["steps"]),
        f"{statistics.median(sum(t) / 2 for t in result['seconds']):.1f}",
        f"{result['ours_images_per_second']:.4g}",
        f"{result['by_hand_images_per_second']:.4g}",
        f"{result['ratio']:.3f}",
        f"{result['ratio_min']:.3f}-{result['ratio_max']:.3f}",
        f"{result['best_ratio']:.3f}",
        f"{result['processor_ratio']:.3f}",
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Our fit against a loop by hand, on the backend KERAS_BACKEND."
    )
    parser.add_argument(
        "--workloads", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS)
    )
    parser.add_argument(
        "--batch",
        type=int,
        nargs="+",
        help="examples in a step, in each of a critic's turns; several for several "
        "rows; each workload's own unless given",
    )
    parser.add_argument(
        "--jit-compile",
        action="store_true",
        help="both sides' steps by XLA (TensorFlow) or `torch.compile` (PyTorch)",
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="both sides with float32 weights and bfloat16 layers; the check of both "
        "sides stays in float32",
    )
    parser.add_argument("--rounds", type=int, default=7, help="pairs of epochs")
    parser.add_argument(
        "--seconds", type=float, default=6.0, help="the least length of an epoch"
    )
    parser.add_argument(
        "--steps", type=int, help="steps of an epoch, instead of --seconds"
    )
    parser.add_argument("--json", type=Path, help="file for every figure")
    arguments = parser.parse_args()
    for name in ("rounds", "steps"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be at least 1, got {value}")
    if arguments.batch and min(arguments.batch) < 1:
        parser.error(f"--batch must be at least 1, got {min(arguments.batch)}")
    return arguments


def _compute_in(dtype: str, loops: ModuleType) -> None:
    """The precision of what is built from now on, on both sides."""
    keras.config.set_dtype_policy(dtype if dtype == "float32" else f"mixed_{dtype}")
    loops.compute_in(dtype)


def main() -> None:
    arguments = _parse()
    backend = keras.backend.backend()
    loops = importlib.import_module(f"handwritten.{backend}")
    machine = describe(loops.VERSIONS) | {
        "device": loops.device(),
        "jit_compile": arguments.jit_compile,
        "bfloat16": arguments.bfloat16,
    }
    print(", ".join(f"{k} {v}" for k, v in machine.items()), flush=True)
    print("images a second; ratio = ours / by hand\n")
    print(_row(*_HEAD), flush=True)
    results, checks = [], {}
    for name in arguments.workloads:
        workload = WORKLOADS[name]
        _compute_in("float32", loops)
        checks[name] = check_same_training(workload, loops)
        for batch in arguments.batch or workload.batches:
            # Puts the precision back to float32, too.
            keras.backend.clear_session()
            _compute_in("bfloat16" if arguments.bfloat16 else "float32", loops)
            contest = Contest(workload, loops, batch, arguments.jit_compile)
            results.append(
                measure(contest, arguments.rounds, arguments.seconds, arguments.steps)
            )
            print(_figures(results[-1]), flush=True)
            if arguments.json:
                report = {"results": results, "checks": checks}
                write_report(arguments.json, "train_step", machine, report)
    print("\ncheck, the same training on both sides:")
    for name, check in checks.items():
        print(
            f"  {name}: losses within {check['loss_difference']:.1e}, "
            f"weights within {check['distance']:.1e} of the way they went"
        )


if __name__ == "__main__":
    main()
