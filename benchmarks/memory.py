"""The most memory that a training holds: ours against the loop by hand.

    KERAS_BACKEND=jax python benchmarks/memory.py --json speed/memory-jax.json

Each figure is of a process of its own that trains for a few steps: its peak resident
memory, packages and compilation included, and on an accelerator the peak of the
device's. Both sides import Keras, whose networks give the loop its weights.
"""

import argparse
from pathlib import Path

from fresh_process import measure
from machine import describe, write_report
from workloads import WORKLOADS

# The most that we promise, of the loop's.
TARGET = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--workloads", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS)
    )
    parser.add_argument("--batch", type=int, help="the largest of each unless given")
    parser.add_argument("--steps", type=int, default=3, help="after the first")
    parser.add_argument("--json", type=Path, help="file for every figure")
    arguments = parser.parse_args()
    machine, results = describe(), []
    print(", ".join(f"{k} {v}" for k, v in machine.items()))
    print("workload, batch: MiB of ours, by hand, ratio", flush=True)
    for name in arguments.workloads:
        batch = arguments.batch or max(WORKLOADS[name].batches)
        ours, by_hand = (
            measure(name, batch, steps=arguments.steps, by_hand=side)
            for side in (False, True)
        )
        result = {"workload": name, "batch": batch}
        for kind in ("resident", "device"):
            pair = [side[f"peak_{kind}_bytes"] for side in (ours, by_hand)]
            if None not in pair:
                result[f"{kind}_ours"], result[f"{kind}_by_hand"] = pair
                result[f"{kind}_ratio"] = pair[0] / pair[1]
        results.append(result)
        print(
            f"{name}, {batch}: {result['resident_ours'] / 2**20:.0f}, "
            f"{result['resident_by_hand'] / 2**20:.0f}, "
            f"{result['resident_ratio']:.2f}",
            flush=True,
        )
        if arguments.json:
            report = {"target": TARGET, "results": results}
            write_report(arguments.json, "memory", machine, report)


if __name__ == "__main__":
    main()
