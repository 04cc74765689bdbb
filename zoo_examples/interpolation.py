"""Between two emoji: the straight line leaves the shell where the prior lives.

    KERAS_BACKEND=jax python zoo_examples/interpolation.py

Draws of N(0, I) in d dimensions have norms near sqrt(d), 8 for the 64 latents here;
the middle of the line between two of them has a norm near sqrt(d / 2), where the
decoder has hardly ever been trained. The great arc keeps the norm (White, Sampling
Generative Networks, 2016).

Writes to `--out`: `strips.png`, pairs of test emoji, the line above and the arc below
it; `paths.gif` and, where imageio-ffmpeg is installed, `paths.mp4`, the line in the
upper row and the arc in the lower.

Expected, about (JAX, 2 minutes on two cores): a test ELBO of 1,430 nats per image, and

                           norm   contrast
    two draws of the prior
      ends                 7.96   0.188
      middle of the line   5.60   0.144
      middle of the arc    7.96   0.189
    two test emoji, z_mean
      ends                 7.23   0.203
      middle of the line   5.46   0.155
      middle of the arc    7.23   0.165

Half way along the line a picture goes grey, the white ground with it; on the arc the
ground stays white and the colours stay full. All are as blurred as a small VAE's
reconstructions are. Between two encoded emoji contrast drops on the arc too: it keeps
the norm, not what the picture was of.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import VAE, data, networks
from keras_genzoo.latent import interpolate, linear_path, spherical_path
from keras_genzoo.visualization import image_grid, save_gif, save_mp4, save_png, strip

BATCH = 64
LATENT_DIM = 64
SHOWN = 6
STEPS = 9
FRAMES = 25


def build(shape: tuple, steps: int) -> VAE:
    # The noise is learned and starts at 1, where the prior rules, so that the latents
    # fill it. With a small noise from the start the KL term pulls too weakly for so
    # short a training: with 0.25 the norms of z_mean were 5, and 4.2 of that was one
    # vector common to all images.
    model = VAE(
        networks.conv_encoder(shape, LATENT_DIM, seed=0),
        networks.conv_decoder(shape, LATENT_DIM, seed=1),
        noise="learned",
        seed=0,
    )
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    return model


def report(name: str, model: VAE, a: np.ndarray, b: np.ndarray) -> None:
    """Prints for ends and middles the norm and the contrast of what is decoded.

    Contrast is the standard deviation of the pixels within an image.
    """
    points = {
        "ends": np.concatenate([a, b]),
        "middle of the line": linear_path(a, b, 3)[:, 1],
        "middle of the arc": spherical_path(a, b, 3)[:, 1],
    }
    print(name)
    for where, z in points.items():
        norm = np.linalg.norm(z, axis=1).mean()
        contrast = model.decode(z).std(axis=(1, 2)).mean()
        print(f"  {where:18s}  norm {norm:.2f}  contrast {contrast:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("interpolation"))
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    train, test = (data.load("emoji", split) for split in ("train", "test"))
    # With their mirror images: 1,711 are few. Whole batches: a smaller last one would
    # be compiled for itself.
    images = np.concatenate([train.images, train.images[:, :, ::-1]])
    images = images[: len(images) // BATCH * BATCH]
    model = build(train.image_shape, arguments.epochs * len(images) // BATCH)
    start = time.perf_counter()
    model.fit(images, batch_size=BATCH, epochs=arguments.epochs, verbose=2)
    print(f"{arguments.epochs} epochs in {time.perf_counter() - start:.0f} s")
    elbo = model.elbo(test.images, samples=10, seed=0).mean()
    print(f"test ELBO {elbo:.0f} nats per image")

    order = np.random.default_rng(0).permutation(len(test))
    first, second = test.images[np.split(order, 2)]
    print(f"sqrt(d) = {np.sqrt(LATENT_DIM):.2f}")
    prior = np.random.default_rng(1).standard_normal((2, 1000, LATENT_DIM))
    report("two draws of the prior", model, *prior)
    report(
        "two test emoji, z_mean", model, model.encode(first)[0], model.encode(second)[0]
    )

    def walk(steps: int, path: str) -> np.ndarray:
        return interpolate(model, first[:SHOWN], second[:SHOWN], steps, path)

    both = np.stack([walk(STEPS, "linear"), walk(STEPS, "spherical")], axis=1)
    rows = both.reshape(2 * SHOWN, STEPS, *train.image_shape)
    save_png(arguments.out / "strips.png", strip(rows, scale=2))
    both = np.concatenate([walk(FRAMES, "linear"), walk(FRAMES, "spherical")])
    frames = [image_grid(both[:, i], columns=SHOWN, scale=3) for i in range(FRAMES)]
    frames += frames[::-1]
    save_gif(arguments.out / "paths.gif", frames, seconds_per_frame=0.08)
    try:
        save_mp4(arguments.out / "paths.mp4", frames, seconds_per_frame=0.08)
    except ImportError as error:
        print(error)


if __name__ == "__main__":
    main()
