"""A VAE, a GAN or a CycleGAN of emoji, on all devices of the machine.

    KERAS_BACKEND=jax python zoo_examples/train_distributed.py --model gan
    KERAS_BACKEND=tensorflow python zoo_examples/train_distributed.py --model gan
    KERAS_BACKEND=torch torchrun --standalone --nproc-per-node 2 --max-restarts 3 \
        zoo_examples/train_distributed.py --model gan

`devices` says on what; the rest is as on one device, and so is the result, to rounding:
`--batch` is that of all devices together (docs/many_devices.md). To try it where there
is one CPU: `XLA_FLAGS=--xla_force_host_platform_device_count=2` on JAX.

Writes to `--out`: losses as `log.csv`, for VAE and GAN samples every epoch, the model,
and a backup from which the same command goes on where it was cut off.
"""

import argparse
import contextlib
import os
from contextlib import AbstractContextManager
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import keras_genzoo as gz
from keras_genzoo import networks


def devices() -> AbstractContextManager:
    """All there are; what models are to be built within."""
    if keras.backend.backend() == "tensorflow":
        from tensorflow.distribute import MirroredStrategy

        return MirroredStrategy().scope()
    if keras.backend.backend() == "torch":
        from torch import cuda, distributed

        if cuda.is_available():
            cuda.set_device(int(os.environ["LOCAL_RANK"]))
        distributed.init_process_group()
    else:
        keras.distribution.set_distribution(keras.distribution.DataParallel())
    return contextlib.nullcontext()


SHAPE = (32, 32, 3)


def faces(style: str) -> np.ndarray:
    """The smileys, uint8 `(n, 32, 32, 3)`."""
    train = gz.data.load("emoji", style=style)
    return train.images[train.labels == train.label_names.index("Smileys & Emotion")]


def build(name: str, width: int) -> keras.Model:
    if name == "vae":
        model = gz.VAE(
            networks.conv_encoder(SHAPE, 32, width, seed=0),
            networks.conv_decoder(SHAPE, 32, width, seed=1),
            seed=0,
        )
    elif name == "gan":
        model = gz.GAN(
            networks.dcgan_generator(SHAPE, 100, width, seed=0),
            networks.dcgan_discriminator(SHAPE, width, seed=1),
            augment=("color", "translation"),
            average_half_life=20_000,
            seed=0,
        )
    else:
        model = gz.CycleGAN(
            networks.cyclegan_generator(width=width, blocks=3, seed=0),
            networks.cyclegan_generator(width=width, blocks=3, seed=1),
            networks.patchgan_discriminator(width=width, depth=2, seed=2),
            networks.patchgan_discriminator(width=width, depth=2, seed=3),
            image_size=32,
            seed=0,
        )
    model.compile()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", choices=("vae", "gan", "cycle_gan"), default="gan")
    parser.add_argument("--batch", type=int, default=64, help="of all devices")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--examples", type=int, help="of each epoch; default: all")
    parser.add_argument("--out", type=Path, default=Path("train_distributed"))
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    with devices():
        model = build(arguments.model, arguments.width)
    out = arguments.out / arguments.model
    out.mkdir(parents=True, exist_ok=True)
    callbacks = [
        gz.callbacks.Backup(out / "backup"),
        keras.callbacks.CSVLogger(out / "log.csv", append=True),
    ]
    if arguments.model == "cycle_gan":
        sides = [faces(style)[: arguments.examples] for style in ("noto", "twemoji")]
        # The same seed, so the same batches, in every process.
        data = {"x": gz.data.unpaired(*sides, batch_size=arguments.batch, seed=0)}
    else:
        images = faces("both")[: arguments.examples]
        data = {"x": images, "batch_size": arguments.batch}
        callbacks.append(gz.callbacks.SampleGrid(out / "samples", n=16, scale=2))
    model.fit(**data, epochs=arguments.epochs, verbose=2, callbacks=callbacks)
    if gz.training.process_index() == 0:
        model.save(out / "model.keras")


if __name__ == "__main__":
    main()
