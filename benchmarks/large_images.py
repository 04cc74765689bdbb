"""CycleGAN on large images: seconds and memory of a translation and of a training step.

    KERAS_BACKEND=jax python benchmarks/large_images.py translate
    KERAS_BACKEND=jax python benchmarks/large_images.py train

The paper's networks, 9 blocks of width 64, with new weights: one image of 1024x1024
translated, or steps of one image of 256x256 a side. The median of five after a first
one that compiles, and the process' peak resident memory, with what it held before.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import keras
import numpy as np
from machine import peak_resident

from keras_genzoo import CycleGAN, data, networks

ROUNDS = 5


def paper_model() -> CycleGAN:
    return CycleGAN(
        *(networks.cyclegan_generator(3, width=64, blocks=9, seed=s) for s in (0, 1)),
        *(networks.patchgan_discriminator(3, 64, seed=s) for s in (2, 3)),
        image_size=256,
        seed=0,
    )


def translation(model: CycleGAN) -> Callable[[], object]:
    images = np.random.default_rng(0).random((1, 1024, 1024, 3), dtype="float32")
    return lambda: model.translate(images)


def training_step(model: CycleGAN) -> Callable[[], object]:
    image = np.random.default_rng(0).integers(0, 256, (1, 256, 256, 3), dtype="uint8")
    # `unpaired` wants more than one image a side.
    side = np.concatenate([image, image[:, ::-1]])
    batches = data.unpaired(side, side, 1, seed=0)
    model.compile()
    return lambda: model.fit(batches, epochs=1, steps_per_epoch=1, verbose=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("translate", "train"))
    what = parser.parse_args().what
    model = paper_model()
    run = (translation if what == "translate" else training_step)(model)
    before = peak_resident()
    run()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(
        f"{keras.backend.backend()}, {what}: {statistics.median(seconds):.2f} s "
        f"({min(seconds):.2f} to {max(seconds):.2f}), "
        f"peak {peak_resident() / 2**20:.0f} MiB, {before / 2**20:.0f} of them before"
    )


if __name__ == "__main__":
    main()
