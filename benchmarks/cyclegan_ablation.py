"""What each part of CycleGAN's loss is for: the five rows of the paper's ablation.

    KERAS_BACKEND=jax python benchmarks/cyclegan_ablation.py --resume ablation.jsonl

Trains every row from several seeds on digits of two looks, never in pairs
(`translated_digits.py`), and scores it with the pairs and labels of the test images:
means over the seeds with their standard errors. "Forward" is the cycle from a (grey)
over b (outlined) back to a, "backward" the other. A line of the JSON file is a run,
written as soon as it is there; the same command goes on with what is missing.
`--test` is the folder of MNIST's two test files where they cannot be downloaded.
`--preset cyclegan_digits` scores a trained model instead.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
from digits_data import load_digits
from mode_coverage import mean_and_error
from translated_digits import ROWS, Judges, train

import keras_genzoo as gz
from keras_genzoo.models.translation import DIRECTIONS

# Name, digits after the point, factor.
COLUMNS = {
    "error": ("error", 4, 1),
    "kept": ("digit kept %", 1, 100),
    "styled": ("of the other look %", 1, 100),
    "cycle_error": ("cycle error", 4, 1),
}


def make_table(records: list[dict], judges: dict) -> str:
    """Markdown; a row for each row of the ablation, and what to compare it with."""
    names = [f"{d} {name}" for d in DIRECTIONS for name, _, _ in COLUMNS.values()]
    lines = [["row", "runs", *names]]
    for row in ROWS:
        mine = [r for r in records if r["row"] == row]
        cells = [
            mean_and_error([factor * r["scores"][d][key] for r in mine], digits)
            for d in DIRECTIONS
            for key, (_, digits, factor) in COLUMNS.items()
        ]
        lines.append([row, str(len(mine)), *cells])
    readers = [f"{100 * x:.1f}" for x in judges["accuracy"][::-1]]
    lines.append(["true counterparts", "-"])
    for reader in readers:
        lines[-1] += ["0", reader, "100", "-"]
    lines.append(["left alone", "-"])
    for _ in DIRECTIONS:
        lines[-1] += [f"{judges['left_alone']:.4f}", "-", "0", "0"]
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([rows[0], "|" + "---|" * len(lines[0]), *rows[1:]])


def print_scores(judges: Judges, model: gz.CycleGAN) -> None:
    """The columns of the table for one model, beside what the readers have."""
    readers = judges.accuracy()[::-1]
    for (direction, scores), reader in zip(
        judges.score(model).items(), readers, strict=True
    ):
        cells = [
            f"{name} {factor * scores[key]:.{places}f}"
            for key, (name, places, factor) in COLUMNS.items()
        ]
        print(f"{direction}: {', '.join(cells)}; real ones are read {reader:.1%} right")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--images", type=int, default=2000, help="test images")
    parser.add_argument("--resume", type=Path, default=Path("ablation.jsonl"))
    parser.add_argument("--test", type=Path, help="folder of MNIST's test files")
    parser.add_argument("--preset", help="of a CycleGAN, which is scored as it is")
    return parser.parse_args()


def main() -> int:
    arguments = read_arguments()
    keras.utils.set_random_seed(0)
    digits = load_digits(arguments.test)
    judges = Judges(digits, arguments.images)
    if arguments.preset:
        print_scores(judges, gz.from_preset(arguments.preset))
        return 0
    grey, outlined = (x / 255.0 for x in judges.sides)
    compared = {
        "accuracy": judges.accuracy(),
        "left_alone": float(np.mean(np.abs(grey - outlined))),
    }
    settings = {
        "backend": keras.backend.backend(),
        "epochs": arguments.epochs,
        "images": arguments.images,
    }
    records = []
    if arguments.resume.exists():
        lines = [json.loads(s) for s in arguments.resume.read_text().splitlines()]
        records = [r for r in lines if settings.items() <= r.items()]
    done = {(r["row"], r["seed"]) for r in records}
    for seed in range(arguments.seeds):
        for row in arguments.rows:
            if (row, seed) in done:
                continue
            start = time.perf_counter()
            model = train(digits, row, seed, epochs=arguments.epochs)
            seconds = round(time.perf_counter() - start)
            record = {"row": row, "seed": seed, "seconds": seconds, **settings}
            record["scores"] = judges.score(model)
            records.append(record)
            with arguments.resume.open("a") as file:
                file.write(json.dumps(record) + "\n")
            kept = [record["scores"][d]["kept"] for d in DIRECTIONS]
            error = [record["scores"][d]["error"] for d in DIRECTIONS]
            print(
                f"{row}, seed {seed}: error {error[0]:.4f} and {error[1]:.4f}, kept "
                f"{kept[0]:.1%} and {kept[1]:.1%}, {seconds} s",
                flush=True,
            )
    print()
    print(make_table(records, compared))
    return 0


if __name__ == "__main__":
    sys.exit(main())
