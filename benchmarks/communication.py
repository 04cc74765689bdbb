"""What a step sends between devices, and from which batch on that costs nothing.

    OMP_NUM_THREADS=1 KERAS_BACKEND=torch python benchmarks/communication.py --gbits 10

For each recipe of the zoo: the bytes of gradients that a step all-reduces. They are
those of the weights that its phases train, as often as each takes its turn. Nothing
else of a step grows with the networks: the logs are a few hundred bytes, and the images
that CycleGAN's pools gather depend on the batch alone.

A ring of n devices sends 2 (n - 1) / n times the gradients through each device's link.
The batch in the table is that of one device at which computing a step, measured here
by `fit` on one device (on a CPU in processor time: give it one thread), takes as long
as sending at `--gbits`. From nine times that batch on, sending is a tenth of a step.
(Nothing overlaps: a phase waits for the weights of the one before.) A device k times as
fast as the one measured needs k times the batch.
"""

import argparse
import itertools
import time
from collections.abc import Iterator

import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.zoo.recipes.data import load_data
from keras_genzoo.zoo.recipes.recipe import find_recipe, list_recipes
from keras_genzoo.zoo.recipes.train import prepare


def gradient_bytes(model: keras.Model) -> int:
    """All-reduced in each training step."""
    return sum(
        model.phase_repeats(phase)
        * sum(
            int(np.prod(v.shape)) * np.dtype(v.dtype).itemsize
            for v in model.phase_variables(phase)
        )
        for phase in model.phases
    )


def seconds_per_example(model: keras.Model, batches: keras.utils.PyDataset) -> float:
    """Of training, at the recipe's batch; the median of five steps after two."""
    on_cpu = all(d.startswith("cpu") for d in backends.list_devices())
    # Whatever else the machine does at the moment.
    clock = time.process_time if on_cpu else time.perf_counter
    batch = batches[0]
    first = keras.tree.flatten(batch)[0]
    ends = []

    def repeated() -> Iterator:
        for _ in range(7):
            yield batch

    stamp = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(clock())
    )
    model.fit(repeated(), steps_per_epoch=7, verbose=0, callbacks=[stamp])
    steps = [b - a for a, b in itertools.pairwise(ends[1:])]
    return float(np.median(steps)) / len(first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gbits", type=float, default=10.0, help="per second, a link")
    parser.add_argument("--devices", type=int, default=4)
    parser.add_argument("recipes", nargs="*", default=list_recipes())
    arguments = parser.parse_args()
    ring = 2.0 * (arguments.devices - 1) / arguments.devices
    print(
        f"{keras.backend.backend()}, {arguments.devices} devices in a ring of "
        f"{arguments.gbits:g} Gbit/s links\n"
    )
    columns = (
        "recipe",
        "MB all-reduced a step",
        "sending, ms",
        "computing, ms an example",
        "batch of a device",
    )
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in arguments.recipes:
        recipe = find_recipe(name)
        model, batches = prepare(recipe, load_data(recipe, test=False))
        size = gradient_bytes(model)
        sending = ring * size * 8 / (arguments.gbits * 1e9)
        computing = seconds_per_example(model, batches)
        print(
            f"| {name} | {size / 1e6:.2f} | {1e3 * sending:.1f} | "
            f"{1e3 * computing:.2f} | {int(np.ceil(sending / computing))} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
