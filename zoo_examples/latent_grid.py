"""The plane of a VAE with two latents: what it decodes to, and where the data lie.

    KERAS_BACKEND=jax python zoo_examples/latent_grid.py
    KERAS_BACKEND=jax python zoo_examples/latent_grid.py --data emoji

`grid.png` walks the plane through the Gaussian's quantiles, so that between two
neighbours lies the same share of the prior (Kingma and Welling, 2014, figure 4).
`scatter.png` shows the posterior means of the test set, coloured by a label that the
model has never seen.

Prints the test ELBO in nats per image, that of a density of pixels in [0, 1], which may
well be positive; and the variance of each z_mean, 1 where the data fill the prior.

Expected, about (JAX, 1 to 2 minutes on two cores):

                     test ELBO   variance of z_mean
    fashion_mnist    333         1.0 and 0.9
    emoji            500         1.5 and 3.1

Fashion-MNIST: trousers, dresses and T-shirts have a sector each, bags two; shirts,
pullovers and coats share theirs, and so do sandals, sneakers and some boots. Where
sectors meet, the grid shows ghosts of both.
Emoji: two numbers are too few. Flags and faces come out, most else is a blur in
between, symbols lie far outside; the ELBO in training is 654, and the test set has only
200 pictures.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

from keras_genzoo import VAE, data, networks
from keras_genzoo.latent import latent_grid
from keras_genzoo.visualization import latent_scatter, save_png, strip

# Epochs, batch size.
SETTINGS = {"fashion_mnist": (15, 128), "emoji": (100, 64)}


def build(shape: tuple, steps: int) -> VAE:
    # The noise is learned and starts at 1, where the prior rules: both latents fill it
    # before the pictures sharpen.
    model = VAE(
        networks.mlp_encoder(shape, 2, seed=0),
        networks.mlp_decoder(shape, 2, seed=1),
        noise="learned",
        seed=0,
    )
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=SETTINGS, default="fashion_mnist")
    parser.add_argument(
        "--epochs", type=int, help="default: fashion_mnist 15, else 100"
    )
    parser.add_argument("--out", type=Path, help="default: latent_grid_DATA")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    out = arguments.out or Path(f"latent_grid_{arguments.data}")
    epochs, batch = SETTINGS[arguments.data]
    epochs = arguments.epochs or epochs
    train, test = (data.load(arguments.data, split) for split in ("train", "test"))
    # Whole batches: a smaller last one would be compiled for itself.
    images = train.images[: len(train) // batch * batch]
    model = build(train.image_shape, epochs * len(images) // batch)
    start = time.perf_counter()
    model.fit(images, batch_size=batch, epochs=epochs, verbose=2)
    print(f"{epochs} epochs in {time.perf_counter() - start:.0f} s")
    elbo = model.elbo(test.images, samples=10, seed=0).mean()
    z_mean, _ = model.encode(test.images)
    print(f"test ELBO {elbo:.1f} nats per image")
    print(f"variance of z_mean {z_mean.var(axis=0).round(2)}")
    plane = latent_grid(model, steps=15)
    save_png(out / "grid.png", strip(plane, padding=0, scale=2))
    figure = latent_scatter(z_mean, test.labels, test.label_names, "test set, z_mean")
    figure.savefig(out / "scatter.png", dpi=120)


if __name__ == "__main__":
    main()
