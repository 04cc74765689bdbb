"""How speed and memory grow: over threads, batch, image side and width.

    KERAS_BACKEND=jax python benchmarks/scaling.py --json speed/scaling-jax.json

Each point is a process of its own (`fresh_process.py`) that trains a workload for a few
steps: images a second and the most memory that the process held. One number changes at
a time, from a middle point. Beside each curve stands its exponent, the slope of the
seconds a step in the log-log plot, over the upper half of the points, where the fixed
costs are behind; for sides and widths also the exponent of the multiplications that the
networks' dense layers and convolutions take. The plot is written next to the JSON file.

Without `--workloads` a DCGAN is measured; other workloads keep the sides that their
networks can have.
"""

import argparse
import math
from dataclasses import replace
from pathlib import Path

from arithmetic import multiplications
from fresh_process import measure
from machine import cores, describe, write_report
from workloads import WORKLOADS, Workload, build_ours

THREADS = (1, 2)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SIDES = (28, 32, 64, 128)
WIDTHS = (16, 32, 64, 128)
# The middle point.
BATCH, SIDE, WIDTH = 32, 32, 32

_DCGAN = "dcgan64"
# Sides that the kinds' networks can have, of those above; all where it is not said.
_SIDES = {"conv_vae": (32, 64, 128)}


def points(workload: Workload, threads: tuple, largest: int) -> dict[str, list[dict]]:
    """`{what changes: options of each process}`."""
    middle = {"batch": min(BATCH, largest), "side": SIDE, "width": WIDTH}
    sides = _SIDES.get(workload.kind, SIDES)
    swept = {
        "threads": threads,
        "batch": [b for b in BATCHES if b <= largest],
        "side": sides,
        "width": WIDTHS,
    }
    return {
        name: [{"threads": max(threads), **middle, name: v} for v in values]
        for name, values in swept.items()
    }


def exponent(x: list[float], y: list[float]) -> float:
    """The least-squares slope of log y over log x, of the upper half of the points."""
    begin = min(len(x) // 2, len(x) - 2)
    logs = [(math.log(a), math.log(b)) for a, b in zip(x, y, strict=True)][begin:]
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    across = sum((a - mean_x) * (b - mean_y) for a, b in logs)
    return across / sum((a - mean_x) ** 2 for a, _ in logs)


def arithmetic(workload: Workload, side: int, width: int) -> int:
    """Multiplications of one pass of an example through all networks."""
    shape = (side, side, workload.shape[-1])
    model = build_ours(replace(workload, shape=shape, width=width))
    networks = [getattr(model, name) for name in workload.networks]
    return sum(
        multiplications(n, side if len(n.inputs[0].shape) == 4 else None)
        for n in networks
    )


def sweep(workload: Workload, swept: str, options: list[dict], steps: int) -> dict:
    """One curve: its points and its exponents."""
    curve = []
    for each in options:
        each = dict(each)
        batch = each.pop("batch")
        figures = measure(workload.name, batch, steps=steps, **each)
        at = {"batch": batch, **each}[swept]
        images = batch * workload.critic_steps
        curve.append({swept: at, "images_per_second": images / figures["step_s"]})
        curve[-1] |= figures
        print(
            f"{workload.name}, {swept} {at}: {curve[-1]['images_per_second']:.4g} "
            f"images/s, {figures['peak_resident_bytes'] / 2**20:.0f} MiB",
            flush=True,
        )
    x = [point[swept] for point in curve]
    found = {"swept": swept, "points": curve}
    if len(x) > 1:
        found["exponent"] = exponent(x, [point["step_s"] for point in curve])
    if swept in ("side", "width"):
        counts = [arithmetic(workload, o["side"], o["width"]) for o in options]
        found["multiplications"] = counts
        found["arithmetic_exponent"] = exponent(x, counts)
    return found


def plot(workload: Workload, backend: str, curves: list[dict], path: Path) -> None:
    """Speed above, memory below; a column for what changes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        2,
        len(curves),
        figsize=(3.2 * len(curves), 5.6),
        layout="constrained",
        squeeze=False,
    )
    for column, curve in zip(axes.T, curves, strict=True):
        swept = curve["swept"]
        x = [point[swept] for point in curve["points"]]
        speed = [point["images_per_second"] for point in curve["points"]]
        memory = [point["peak_resident_bytes"] / 2**20 for point in curve["points"]]
        for axis, y in zip(column, (speed, memory), strict=True):
            axis.plot(x, y, "o-")
            axis.set_xscale("log", base=2)
            axis.set_xticks(x, [str(v) for v in x])
            axis.minorticks_off()
            axis.grid(alpha=0.3)
            for point in zip(x, y, strict=True):
                axis.annotate(
                    f"{point[1]:.4g}",
                    point,
                    xytext=(0, 5),
                    textcoords="offset points",
                    fontsize="x-small",
                    ha="center",
                )
        column[0].set_yscale("log", base=2)
        column[0].set_yticks([])
        column[1].set_ylim(0, 1.15 * max(memory))
        counts = curve.get("multiplications")
        if counts:
            # What the arithmetic alone would cost, through the last point.
            ideal = [speed[-1] * counts[-1] / c for c in counts]
            column[0].plot(x, ideal, ":", color="grey", label="by arithmetic alone")
            column[0].legend(fontsize="small")
        column[1].set_xlabel(swept)
    axes[0, 0].set_ylabel("images a second")
    axes[1, 0].set_ylabel("peak resident memory, MiB")
    figure.suptitle(f"{workload.name.rstrip('0123456789')} on {backend}")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    images = [w.name for w in WORKLOADS.values() if len(w.shape) == 3]
    parser.add_argument("--workloads", nargs="+", choices=images, default=[_DCGAN])
    parser.add_argument("--sweeps", nargs="+", default=None, help="of what changes")
    parser.add_argument("--largest-batch", type=int, default=BATCHES[-1])
    parser.add_argument("--steps", type=int, default=5, help="timed, after the first")
    parser.add_argument("--json", type=Path, required=True, help="file for the figures")
    arguments = parser.parse_args()
    machine, results = describe(), []
    threads = tuple(t for t in THREADS if t <= cores())
    for name in arguments.workloads:
        workload = WORKLOADS[name]
        every = points(workload, threads, arguments.largest_batch)
        unknown = set(arguments.sweeps or ()) - set(every)
        if unknown:
            parser.error(f"--sweeps must be of {sorted(every)}, got {sorted(unknown)}")
        curves = [
            sweep(workload, swept, options, arguments.steps)
            for swept, options in every.items()
            if arguments.sweeps is None or swept in arguments.sweeps
        ]
        picture = arguments.json.with_name(f"{arguments.json.stem}-{name}.png")
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        plot(workload, machine["backend"], curves, picture)
        results.append({"workload": name, "curves": curves, "plot": picture.name})
        report = {"steps": arguments.steps, "results": results}
        write_report(arguments.json, "scaling", machine, report)


if __name__ == "__main__":
    main()
