"""Writes `RESULTS.md` from the files that the speed benchmarks left with `--json`.

    python benchmarks/results.py speed/*.json --output benchmarks/RESULTS.md

A section a benchmark and device, a row for what was measured, with the backends side
by side; below, the machines and the commands. The plots of `scaling.py` are copied
beside it.
"""

import argparse
import json
import shutil
from pathlib import Path

BACKENDS = ("jax", "tensorflow", "torch")
_MIB = 2**20


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table, as lines."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def column(machine: dict) -> str:
    """Where a figure belongs: its backend, and what is not float32 and plain."""
    parts = [
        machine["backend"],
        "bfloat16" if machine.get("bfloat16") else "",
        "compiled" if machine.get("jit_compile") else "",
    ]
    return ", ".join(part for part in parts if part)


def _accelerator(machine: dict) -> str:
    """Its name; nothing for a CPU."""
    device = machine.get("device", "cpu")
    return "" if device.lower().startswith("cpu") else device


def _columns(reports: list[dict]) -> list[str]:
    """Plain ones first, in the backends' order."""
    found = {column(r["machine"]): r["machine"]["backend"] for r in reports}
    return sorted(found, key=lambda c: (c.count(","), BACKENDS.index(found[c]), c))


def _by_key(reports: list[dict], names: tuple[str, ...]) -> dict[tuple, dict]:
    """`{values of these names: {column: result}}`, in the order of the files."""
    found: dict[tuple, dict] = {}
    for report in reports:
        for result in report["results"]:
            key = tuple(result[name] for name in names)
            found.setdefault(key, {})[column(report["machine"])] = result
    return found


def _rows(found: dict[tuple, dict], columns: list[str], cell) -> list[list[str]]:
    return [
        [
            *(str(k) for k in key),
            *(cell(each[b]) if b in each else "-" for b in columns),
        ]
        for key, each in found.items()
    ]


def _train_step(reports: list[dict], columns: list[str]) -> list[str]:
    def cell(r: dict) -> str:
        return (
            f"{r['ratio']:.2f} ({r['ratio_min']:.2f}-{r['ratio_max']:.2f}; "
            f"cpu {r['processor_ratio']:.2f}); {r['ours_images_per_second']:.4g}"
        )

    found = _by_key(reports, ("workload", "batch"))
    lines = [
        "## `fit` against loops by hand",
        "",
        "Ratio of images a second, `fit` over the loop, the median of interleaved "
        "rounds (least and most; of processor time); then `fit`'s images a second.",
        "",
        *table(["workload", "batch", *columns], _rows(found, columns, cell)),
        "Both sides were checked to compute the same: the largest relative difference "
        "of a loss, and of an array of weights as a share of the way that it went.",
        "",
    ]
    names = dict.fromkeys(n for report in reports for n in report["checks"])
    checks = {
        (n,): {
            column(report["machine"]): report["checks"][n]
            for report in reports
            if n in report["checks"]
        }
        for n in names
    }
    rows = _rows(
        checks,
        columns,
        lambda c: f"{c['loss_difference']:.1e}, {c['distance']:.1e}",
    )
    return [*lines, *table(["workload", *columns], rows)]


def _step_overhead(reports: list[dict], columns: list[str]) -> list[str]:
    def cell(r: dict) -> str:
        return f"{r['added_us']:.0f} ({r['fit_us']:.0f} - {r['bare_us']:.0f})"

    found = _by_key(reports, ("model",))
    return [
        "## What `fit` adds to a step",
        "",
        "Microseconds, medians: a step of `fit` less the bare compiled step, of tiny "
        "models.",
        "",
        *table(["model", *columns], _rows(found, columns, cell)),
    ]


def _first_step(reports: list[dict], columns: list[str]) -> list[str]:
    def cell(r: dict) -> str:
        return f"{r['build_s']:.2f} + {r['first_step_s']:.2f}"

    lines = [
        "## The first step",
        "",
        "Seconds in a fresh process to build and compile the model, and of the first "
        "step with its compilation; JAX without a persistent compilation cache, with "
        "an empty and with a full one. TensorFlow and PyTorch have none on a CPU.",
        "",
    ]
    found = _by_key(reports, ("workload", "batch", "cache"))
    head = ["workload", "batch", "cache", *columns]
    lines += table(head, _rows(found, columns, cell))
    saved = [
        [name, f"{1 - full / found[name, batch, 'none'][b]['first_step_s']:.0%}"]
        for (name, batch, cache), each in found.items()
        if cache == "full"
        for b, full in ((b, r["first_step_s"]) for b, r in each.items())
    ]
    if saved:
        lines += ["What a full cache saves of the first step on JAX:", ""]
        lines += table(["workload", "saved"], saved)
    return lines


def _sampling(reports: list[dict], columns: list[str]) -> list[str]:
    def cell(r: dict) -> str:
        fewer = r["one_fewer_s"]
        again = "" if fewer is None else f", {fewer:.3f}"
        return f"{r['images_per_second']:.4g} ({r['first_s']:.2f}{again})"

    found = _by_key(reports, ("call", "batch"))
    return [
        "## Sampling",
        "",
        "Images a second, 64x64 (seconds of the first call, which compiles, and of one "
        "for an image fewer, which compiles nothing).",
        "",
        *table(["call", "images", *columns], _rows(found, columns, cell)),
    ]


def _memory(reports: list[dict], columns: list[str]) -> list[str]:
    def cell(r: dict) -> str:
        kind = "device" if "device_ratio" in r else "resident"
        ours, by_hand = (r[f"{kind}_{side}"] / _MIB for side in ("ours", "by_hand"))
        return f"{r[f'{kind}_ratio']:.2f} ({ours:.0f} / {by_hand:.0f})"

    found = _by_key(reports, ("workload", "batch"))
    return [
        "## Memory",
        "",
        "Peak memory, ours over the loop's (MiB); resident, on a GPU the device's.",
        "",
        *table(["workload", "batch", *columns], _rows(found, columns, cell)),
    ]


def _scaling(reports: list[dict], columns: list[str]) -> list[str]:
    lines = [
        "## How cost grows",
        "",
        "Exponents of the seconds a step, over the upper half of the points; beside "
        "them those of the networks' multiplications.",
        "",
    ]
    found: dict[tuple, dict] = {}
    plots = []
    for report in reports:
        for result in report["results"]:
            plots.append(result["plot"])
            for curve in result["curves"]:
                key = (result["workload"], curve["swept"])
                found.setdefault(key, {})[column(report["machine"])] = curve
    rows = []
    for key, each in found.items():
        paper = next(iter(each.values())).get("arithmetic_exponent")
        expected = "1.00" if key[1] == "batch" else "-"
        cells = (
            f"{each[b]['exponent']:.2f}" if "exponent" in each.get(b, {}) else "-"
            for b in columns
        )
        rows.append([*key, expected if paper is None else f"{paper:.2f}", *cells])
    lines += table(["workload", "of what", "arithmetic", *columns], rows)
    return [*lines, *(f"![{p}]({p})" for p in plots), ""]


_SECTIONS = {
    "train_step": _train_step,
    "step_overhead": _step_overhead,
    "first_step": _first_step,
    "sampling": _sampling,
    "memory": _memory,
    "scaling": _scaling,
}


def write(reports: list[dict]) -> str:
    """The text of `RESULTS.md`."""
    lines = [
        "# Results",
        "",
        "Written by `benchmarks/results.py` from what the commands below measured.",
        "",
    ]
    for name, section in _SECTIONS.items():
        own = [r for r in reports if r["benchmark"] == name]
        for device in sorted({_accelerator(r["machine"]) for r in own}):
            here = [r for r in own if _accelerator(r["machine"]) == device]
            title, *text = section(here, _columns(here))
            lines += [f"{title}, {device}" if device else title, *text]
    lines += ["## Machine and commands", ""]
    machines = (
        ", ".join(f"{k} {v}" for k, v in r["machine"].items() if v is not False)
        for r in reports
    )
    lines += [f"- {m}" for m in dict.fromkeys(machines)]
    commands = [r["command"] for r in reports]
    return "\n".join([*lines, "", "```sh", *commands, "```", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).with_name("RESULTS.md")
    )
    arguments = parser.parse_args()
    reports = []
    for path in arguments.files:
        report = json.loads(path.read_text())
        if report.get("benchmark") not in _SECTIONS:
            parser.error(f"{path} is not a file of one of {sorted(_SECTIONS)}")
        reports.append(report)
        for result in report["results"]:
            picture = result.get("plot")
            if picture and path.parent.resolve() != arguments.output.parent.resolve():
                shutil.copy(path.with_name(picture), arguments.output.parent)
    arguments.output.write_text(write(reports))


if __name__ == "__main__":
    main()
