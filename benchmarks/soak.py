"""Trains for an hour a model, and looks whether memory, speed and losses hold.

    KERAS_BACKEND=jax python benchmarks/soak.py --minutes 60
    KERAS_BACKEND=torch python benchmarks/soak.py --models gan --minutes 2

A GAN (averaged generator, augmentation) and a CycleGAN (pools) train on random images,
in epochs of `--steps` steps, with `StopOnNaN` and a `Backup` every tenth epoch. After
every epoch the process's resident memory and the images a second are noted. The first
quarter is left out as warming up; of the rest are given

- `growth_mib_per_hour`: the slope of a line through the resident memory, and
  `growth_percent` of its mean over the time that was measured;
- `slowing_percent`: how much fewer images a second the last third has than the first
  third, medians;
- `finite`: whether every loss was.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.callbacks import Backup, StopOnNaN

MODELS = ("gan", "cyclegan")
BATCH = {"gan": 64, "cyclegan": 4}


def build(name: str, steps: int) -> tuple[keras.Model, object]:
    """The model, compiled, and an epoch's data."""
    draw = np.random.default_rng(0)
    count = BATCH[name] * steps
    images = draw.integers(0, 256, (count, 32, 32, 3), dtype="uint8")
    if name == "gan":
        model = gz.GAN(
            networks.dcgan_generator((32, 32, 3), 16, width=8, seed=0),
            networks.dcgan_discriminator((32, 32, 3), width=8, seed=1),
            average_half_life=1000.0,
            augment=("color", "translation"),
            seed=2,
        )
        model.compile()
        return model, images
    model = gz.CycleGAN(
        *(networks.cyclegan_generator(width=4, blocks=1, seed=s) for s in (0, 1)),
        *(networks.patchgan_discriminator(width=4, depth=2, seed=s) for s in (2, 3)),
        image_size=32,
        seed=4,
    )
    model.compile()
    other = draw.integers(0, 256, images.shape, dtype="uint8")
    return model, gz.data.unpaired(images, other, BATCH[name], flip=True)


def resident() -> float:
    """The process's resident memory, MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status names no VmRSS.")


class Watch(keras.callbacks.Callback):
    """Notes time, memory and losses after every epoch; stops when the time is over."""

    def __init__(self, minutes: float):
        super().__init__()
        self.rows: list[tuple[float, float, float]] = []
        self.finite = True
        self._begin = time.monotonic()
        self._last = self._begin
        self._end = self._begin + 60 * minutes
        self._shown = self._begin

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        seen = self.model.examples_seen
        now = time.monotonic()
        self.rows.append((now - self._begin, resident(), seen / (now - self._last)))
        self._last = now
        self.finite &= all(np.isfinite(v) for v in logs.values())
        if now - self._shown > 15:
            self._shown = now
            seconds, memory, speed = self.rows[-1]
            print(
                f"{seconds:.0f} s, epoch {epoch + 1}: {memory:.0f} MiB, "
                f"{speed:.0f} images/s",
                file=sys.stderr,
            )
        if now > self._end:
            self.model.stop_training = True


def soak(name: str, minutes: float, steps: int) -> dict:
    """Trains one model and says what became of it."""
    keras.utils.set_random_seed(0)
    model, data = build(name, steps)
    watch = Watch(minutes)
    with tempfile.TemporaryDirectory() as folder:
        model.fit(
            data,
            batch_size=BATCH[name] if name == "gan" else None,
            epochs=10**9,
            verbose=0,
            callbacks=[StopOnNaN(), watch, Backup(folder, every=10)],
        )
    rows = np.array(watch.rows)
    rows = rows[len(rows) // 4 :]
    if len(rows) < 6:
        raise SystemExit(f"{name}: {minutes} minutes are too short for this machine.")
    seconds, memory, speed = rows.T
    slope, _ = np.polyfit(seconds / 3600, memory, 1)
    hours = (seconds[-1] - seconds[0]) / 3600
    first, *_, last = np.array_split(speed, 3)
    return {
        "backend": keras.backend.backend(),
        "model": name,
        "minutes": round(watch.rows[-1][0] / 60, 1),
        "epochs": len(watch.rows),
        "steps": len(watch.rows) * steps,
        "resident_mib": round(float(memory.mean()), 1),
        "growth_mib_per_hour": round(float(slope), 1),
        "growth_percent": round(float(100 * slope * hours / memory.mean()), 2),
        "images_per_second": round(float(np.median(speed)), 1),
        "slowing_percent": round(
            float(100 * (1 - np.median(last) / np.median(first))), 1
        ),
        "finite": watch.finite,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--minutes", type=float, default=60.0, help="for each model")
    parser.add_argument("--steps", type=int, default=50, help="of an epoch")
    parser.add_argument("--json", type=Path, help="also write the results there")
    arguments = parser.parse_args()
    results = []
    for name in arguments.models:
        results.append(soak(name, arguments.minutes, arguments.steps))
        print(json.dumps(results[-1]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return int(not all(result["finite"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
