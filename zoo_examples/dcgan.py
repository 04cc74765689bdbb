"""DCGAN on emoji or Fashion-MNIST: the unconditional baseline, in pictures.

    KERAS_BACKEND=jax python zoo_examples/dcgan.py --data emoji
    KERAS_BACKEND=jax python zoo_examples/dcgan.py --data fashion_mnist

The paper's networks, optimizers and cost (Radford, Metz and Chintala, 2016), with two
later additions: an averaged generator, and for the emoji differentiable augmentation
(Zhao et al., 2020), without which the discriminator knows so few images by heart. Of
the emoji it learns the smileys alone, in both styles: all 1,711 at once would take
hours. Training is backed up every epoch: the same command goes on where it was cut off.

Writes to `--out`: a grid of samples every few epochs, `samples.png`, `losses.png`,
`gan.keras`.

Expected, about (JAX, emoji, 2,700 steps, 4 to 8 minutes on two cores): a discriminator
that is right about 90 % of the real and 93 % of the generated images, and samples that
are faces with eyes and a mouth, and hearts; details are smeared.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import GAN, data, networks
from keras_genzoo.callbacks import Backup, SampleGrid
from keras_genzoo.visualization import image_grid, loss_curves, save_png

BATCH = 64
# Epochs, half-life of the averaged generator in images, augmentation.
SETTINGS = {
    "emoji": (100, 20_000, ("color", "translation")),
    "fashion_mnist": (10, 50_000, None),
}


def load_images(name: str) -> np.ndarray:
    """uint8 images, whole batches of them."""
    if name == "emoji":
        train = data.load(name, style="both")
        faces = train.labels == train.label_names.index("Smileys & Emotion")
        # An epoch sees each of the few faces several times.
        images = np.tile(train.images[faces], (6, 1, 1, 1))
    else:
        images = np.asarray(data.load(name).images)
    # A smaller last batch would be compiled for itself.
    return images[: len(images) // BATCH * BATCH]


def build(shape: tuple, width: int, half_life: float, augment: tuple | None) -> GAN:
    model = GAN(
        networks.dcgan_generator(shape, 100, width, seed=0),
        networks.dcgan_discriminator(shape, width, seed=1),
        augment=augment,
        average_half_life=half_life,
        seed=0,
    )
    model.compile()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=SETTINGS, default="emoji")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, help="default: emoji 100, else 10")
    parser.add_argument("--out", type=Path, help="default: dcgan_DATA")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    out = arguments.out or Path(f"dcgan_{arguments.data}")
    epochs, half_life, augment = SETTINGS[arguments.data]
    epochs = arguments.epochs or epochs
    images = load_images(arguments.data)
    model = build(images.shape[1:], arguments.width, half_life, augment)
    start = time.perf_counter()
    history = model.fit(
        images,
        batch_size=BATCH,
        epochs=epochs,
        verbose=2,
        callbacks=[
            SampleGrid(out / "samples", every=max(epochs // 20, 1)),
            Backup(out / "backup"),
        ],
    ).history
    print(f"{epochs} epochs in {time.perf_counter() - start:.0f} s")
    model.save(out / "gan.keras")
    save_png(out / "samples.png", image_grid(model.sample(64, seed=0), scale=2))
    # Nothing was trained where an earlier run had finished.
    if history:
        names = ("discriminator_loss", "generator_loss")
        loss_curves(history, names).savefig(out / "losses.png")


if __name__ == "__main__":
    main()
