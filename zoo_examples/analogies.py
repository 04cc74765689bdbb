"""Content apart from style: what a conditional VAE's latents are left with.

    KERAS_BACKEND=jax python zoo_examples/analogies.py
    KERAS_BACKEND=jax python zoo_examples/analogies.py --data fashion_mnist

Both networks of a `ConditionalVAE` see the label, so the latents hold what the label
does not say (Kingma, Mohamed, Rezende and Welling, Semi-supervised Learning with Deep
Generative Models, 2014, figure 1). Two models are trained. With 2 latents: `plane.png`
walks their plane with the label held fixed. With more: `analogies.png`, in each row a
test image and then its style with every label.

Expected (JAX, 2 minutes of one core). Measured with 5,000 of the 60,000 training
digits, 500 of each class; the steps are as many with all of them.

             test ELBO, nats per image
    2 latents    -135
    8 latents    -108

Plane: every picture is a 4. To the right it leans more and more to the right; upwards
it grows narrow and its top closes. Analogies: along a row slant, width and thickness
stay. Where they fail it is mostly the 1, which has no width to take over from a broad
digit. `benchmarks/conditional_digits.py` puts numbers on them.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import ConditionalVAE, data, networks
from keras_genzoo.latent import label_analogies, latent_grid
from keras_genzoo.visualization import save_png, strip

BATCH = 100
# The KL term's weight. At 1 the styles of a class fill less of the prior, and a style
# of one class may be none of another.
BETA = 2.0
# Digits are nearly black and white: bits, drawn at every visit. Clothes are grey: a
# Gaussian whose noise is learned.
LIKELIHOODS = {
    "mnist": {"likelihood": "bernoulli", "pixels": "binarized"},
    "fashion_mnist": {"likelihood": "gaussian", "noise": "learned"},
}


def train(
    name: str, dataset: data.ImageDataset, latent_dim: int, steps: int
) -> ConditionalVAE:
    shape, classes = dataset.image_shape, len(dataset.label_names)
    model = ConditionalVAE(
        networks.mlp_encoder(shape, latent_dim, num_classes=classes, seed=0),
        networks.mlp_decoder(shape, latent_dim, num_classes=classes, seed=1),
        num_classes=classes,
        beta=BETA,
        seed=0,
        **LIKELIHOODS[name],
    )
    # Whole batches: a smaller last one would be compiled for itself.
    whole = len(dataset) // BATCH * BATCH
    epochs = max(1, round(steps * BATCH / whole))
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * whole // BATCH)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    start = time.perf_counter()
    order = np.random.default_rng(0).permutation(len(dataset))[:whole]
    model.fit(
        dataset.images[order],
        dataset.labels[order],
        batch_size=BATCH,
        epochs=epochs,
        verbose=2,
    )
    seconds = time.perf_counter() - start
    print(f"{latent_dim} latents: {epochs} epochs in {seconds:.0f} s")
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=LIKELIHOODS, default="mnist")
    parser.add_argument("--label", type=int, default=4, help="of the plane")
    parser.add_argument("--latents", type=int, default=8, help="of the analogies")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--out", type=Path, help="default: analogies_DATA")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    out = arguments.out or Path(f"analogies_{arguments.data}")
    try:
        dataset, test = (data.load(arguments.data, s) for s in ("train", "test"))
    except ConnectionError as error:
        parser.error(str(error))

    plane = train(arguments.data, dataset, 2, arguments.steps)
    grid = latent_grid(plane, steps=15, labels=arguments.label)
    save_png(out / "plane.png", strip(grid, padding=0, scale=2))

    model = train(arguments.data, dataset, arguments.latents, arguments.steps)
    # A source of each class.
    chosen = [np.flatnonzero(test.labels == c)[0] for c in range(model.num_classes)]
    sources, labels = test.images[chosen], test.labels[chosen]
    rows = np.concatenate(
        [
            sources[:, None] / np.float32(255),
            label_analogies(model, sources, labels),
        ],
        axis=1,
    )
    save_png(out / "analogies.png", strip(rows, scale=2))
    for name, one, x, y in (
        ("2 latents", plane, test.images, test.labels),
        (f"{arguments.latents} latents", model, test.images, test.labels),
    ):
        elbo = one.elbo(x, y, seed=0).mean()
        print(f"{name}: test ELBO {elbo:.1f} nats per image")


if __name__ == "__main__":
    main()
