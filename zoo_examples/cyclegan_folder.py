"""CycleGAN on your own two folders of images, with the paper's settings.

    KERAS_BACKEND=jax python zoo_examples/cyclegan_folder.py horse2zebra
    KERAS_BACKEND=jax python zoo_examples/cyclegan_folder.py photos --a day --b night

The folder has the sub-folders `trainA` and `trainB`, or others (`--a` and `--b`).
The data sets of the paper have this layout, and with tensorflow-datasets installed they
are downloaded by name (a GPU is wanted: 200 epochs of batch 1 at 256x256 pixels, 9
blocks):

    python zoo_examples/cyclegan_folder.py tfds:cycle_gan/horse2zebra
    python zoo_examples/cyclegan_folder.py tfds:cycle_gan/maps
    python zoo_examples/cyclegan_folder.py tfds:cycle_gan/cityscapes

For a trial on a CPU: `--crop 64 --resize 72 --width 16 --blocks 3 --epochs 5`.

Training is backed up every epoch: the same command goes on where it was cut off. Writes
to `--out`: round trips of a few images after every epoch, `cyclegan.keras`, and one
file for each direction, `a_to_b.keras` and `b_to_a.keras`. Then

    genzoo translate OUT/a_to_b.keras my_photos translated
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import CycleGAN, data, networks
from keras_genzoo.callbacks import Backup, SampleGrid, StopOnNaN
from keras_genzoo.training import LinearDecay

SHOWN = 4


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="a folder, or tfds:cycle_gan/NAME")
    parser.add_argument("--a", help="sub-folder of side a; default: trainA")
    parser.add_argument("--b", help="sub-folder of side b; default: trainB")
    parser.add_argument("--resize", type=int, default=286)
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument(
        "--blocks", type=int, help="default: 9 from 256 pixels on, or 6"
    )
    parser.add_argument("--upsample", choices=["transpose", "nearest"])
    parser.add_argument("--identity", type=float, default=0.5)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=100, help="at the full rate")
    parser.add_argument("--decay-epochs", type=int, help="default: as many")
    parser.add_argument("--out", type=Path, default=Path("cyclegan"))
    parser.set_defaults(upsample="transpose")
    return parser.parse_args()


def load_batches(arguments: argparse.Namespace) -> data.UnpairedBatches:
    options = {"resize": arguments.resize, "crop": arguments.crop, "flip": True}
    if arguments.a is None and arguments.b is None:
        return data.unpaired(arguments.data, batch_size=arguments.batch, **options)
    root = Path(arguments.data)
    sides = (root / (arguments.a or "trainA"), root / (arguments.b or "trainB"))
    return data.unpaired(*sides, arguments.batch, **options)


def main() -> None:
    arguments = read_arguments()
    keras.utils.set_random_seed(0)
    batches = load_batches(arguments)
    blocks = arguments.blocks or (9 if arguments.crop >= 256 else 6)
    depth = 3 if arguments.crop >= 128 else 2
    model = CycleGAN(
        *[
            networks.cyclegan_generator(
                3, None, arguments.width, blocks, arguments.upsample, seed=seed
            )
            for seed in (0, 1)
        ],
        *[
            networks.patchgan_discriminator(3, arguments.width, depth, seed=seed)
            for seed in (2, 3)
        ],
        image_size=arguments.crop,
        identity_weight=arguments.identity,
        seed=0,
    )
    decay = arguments.decay_epochs or arguments.epochs
    model.compile(
        learning_rate=LinearDecay(2e-4, len(batches), arguments.epochs, decay)
    )
    shown = np.concatenate([batches[i % len(batches)][0] for i in range(SHOWN)])
    model.fit(
        batches,
        epochs=arguments.epochs + decay,
        callbacks=[
            SampleGrid(
                arguments.out / "samples",
                n=SHOWN,
                columns=3,
                sample_arguments={"images": shown},
            ),
            StopOnNaN(),
            Backup(arguments.out / "backup"),
        ],
    )
    model.save(arguments.out / "cyclegan.keras")
    for direction in ("a_to_b", "b_to_a"):
        model.translator(direction).save(arguments.out / f"{direction}.keras")


if __name__ == "__main__":
    main()
