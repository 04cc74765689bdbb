"""Eigen-emoji: a linear autoencoder is PCA; what a deep one adds, and what it does not.

    KERAS_BACKEND=jax python zoo_examples/eigen_emoji.py

Linear and deep autoencoders (ELU perceptrons) of the 1,711 emoji, with bottlenecks of
32 numbers and of 2. The linear one's components are compared with NumPy's singular
vectors; the 200 test emoji pass through all of them; and logistic regression tells an
emoji's category, which no autoencoder was shown, from its 32 numbers.

Writes to `--out`: `components.png`, the mean emoji and 16 components (grey is zero);
`reconstructions.png`, rows: test emoji, linear, deep, at 32 numbers; with matplotlib
`latents.png`, the plane of the deep bottleneck of 2, a colour for each category.

Expected, after 2 minutes of processor time: the 16 components are NumPy's to four
digits (cosine 1.0000) and explain 20 %, 13 %, 8 %, ... of the variance, all 32 of them
77 %. Squared error a pixel, pixels in [0, 1]:

    numbers   linear: train     test   deep: train     test
         32         0.01634  0.01693       0.01584  0.01689
          2         0.05021  0.05066       0.04351  0.04449

With 2 numbers a curved surface is worth 12 % on test emoji; with 32, and so few images,
nothing: both blur alike. Category of test emoji: 0.615 from the linear numbers, 0.630
from the deep ones (a difference of three emoji), 0.215 for always the largest category.
In the plane most flags, many symbols and the round yellow faces stand apart; other
categories overlap.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import data, networks
from keras_genzoo.models import Autoencoder
from keras_genzoo.visualization import image_grid, latent_scatter, save_png, strip

SHOWN = 16
# Numbers in the bottleneck -> hidden layers of the deep encoder and decoder.
BOTTLENECKS = {32: (512,), 2: (256, 64)}


def train(
    model: Autoencoder, images: np.ndarray, rate: float, batch: int, epochs: int
) -> Autoencoder:
    steps = epochs * -(-len(images) // batch)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(optimizer=keras.optimizers.Adam(schedule))
    start = time.perf_counter()
    model.fit(images, batch_size=batch, epochs=epochs, verbose=0)
    kind = "linear" if model.linear else "deep"
    seconds = time.perf_counter() - start
    print(f"{kind}, {model.latent_dim} numbers: {epochs} epochs in {seconds:.0f} s")
    return model


def linear(images: np.ndarray, latent_dim: int) -> Autoencoder:
    shape = images.shape[1:]
    model = Autoencoder(linear=True, example_shape=shape, latent_dim=latent_dim, seed=0)
    return train(model, images, 0.3 / np.prod(shape) ** 0.5, 245, 100)


def deep(images: np.ndarray, latent_dim: int, epochs: int) -> Autoencoder:
    shape, hidden = images.shape[1:], BOTTLENECKS[latent_dim]
    model = Autoencoder(
        networks.mlp_encoder(
            shape, latent_dim, hidden, activation="elu", posterior=False, seed=0
        ),
        networks.mlp_decoder(shape, latent_dim, hidden[::-1], activation="elu", seed=1),
    )
    return train(model, images, 1e-3, 32, epochs)


def squared_error(model: Autoencoder, images: np.ndarray) -> float:
    """Mean over pixels and channels, pixels in [0, 1]."""
    return float(np.mean(np.square(model.reconstruct(images) - images / 255.0)))


def compare_with_singular_vectors(model: Autoencoder, images: np.ndarray) -> None:
    """Prints shares of the variance and angles to NumPy's components."""
    flat = images.reshape(len(images), -1) / 255.0
    _, values, vectors = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    shares = values**2 / np.sum(values**2)
    ours = model.explained_variance_ratio()
    axes = model.components().reshape(model.latent_dim, -1)
    print("component  share of the variance  of NumPy's  cosine of both")
    for i in range(SHOWN):
        cosine = abs(axes[i] @ vectors[i])
        print(f"{i + 1:9}  {ours[i]:21.4f}  {shares[i]:10.4f}  {cosine:14.4f}")
    q = model.latent_dim
    print(f"first {q:3}  {ours.sum():21.4f}  {shares[:q].sum():10.4f}")


def eigen_emoji(model: Autoencoder, images: np.ndarray) -> np.ndarray:
    """The mean and the first components, each stretched to the range of a picture."""
    components = model.components()[:SHOWN]
    largest = np.abs(components).max(axis=(1, 2, 3), keepdims=True)
    mean = images.mean(axis=0, keepdims=True) / 255.0
    return np.concatenate([mean, 0.5 + 0.5 * components / largest])


def category_accuracy(model: Autoencoder, seen: tuple, unseen: tuple) -> float:
    """Test accuracy of multinomial logistic regression on the latents."""
    features = model.encode(seen[0])
    mean, std = features.mean(axis=0), features.std(axis=0)
    classes = int(seen[1].max()) + 1
    machine = keras.Sequential(
        [
            keras.Input((model.latent_dim,)),
            keras.layers.Dense(classes, kernel_initializer="zeros"),
        ]
    )
    machine.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    machine.fit((features - mean) / std, seen[1], batch_size=256, epochs=100, verbose=0)
    test = (model.encode(unseen[0]) - mean) / std
    logs = machine.evaluate(test, unseen[1], verbose=0, return_dict=True)
    return float(logs["accuracy"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=60, help="of the deep ones")
    parser.add_argument("--out", type=Path, default=Path("eigen_emoji"))
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    train_set, test_set = data.load("emoji"), data.load("emoji", "test")
    images, test = np.asarray(train_set.images), np.asarray(test_set.images)

    models = {}
    for q in BOTTLENECKS:
        models["linear", q] = linear(images, q)
        models["deep", q] = deep(images, q, arguments.epochs)
    wide = {kind: models[kind, 32] for kind in ("linear", "deep")}

    compare_with_singular_vectors(wide["linear"], images)
    save_png(
        arguments.out / "components.png",
        image_grid(eigen_emoji(wide["linear"], images), columns=6, scale=3),
    )

    print("squared error a pixel    numbers     train      test")
    for (kind, q), model in models.items():
        errors = (squared_error(model, x) for x in (images, test))
        print(f"{kind:21}  {q:9}  " + "  ".join(f"{e:8.5f}" for e in errors))
    some = test[:: len(test) // 12][:12]
    rows = [some / 255.0, *(model.reconstruct(some) for model in wide.values())]
    save_png(arguments.out / "reconstructions.png", strip(np.stack(rows), scale=3))

    seen, unseen = (images, train_set.labels), (test, test_set.labels)
    majority = np.mean(test_set.labels == np.bincount(train_set.labels).argmax())
    print(f"category of test emoji, the largest: {majority:.3f}", end="")
    for kind, model in wide.items():
        print(f", {kind}: {category_accuracy(model, seen, unseen):.3f}", end="")
    print()

    try:
        figure = latent_scatter(
            models["deep", 2].encode(images), train_set.labels, train_set.label_names
        )
        figure.savefig(arguments.out / "latents.png", dpi=120)
    except ImportError as error:
        print(error)


if __name__ == "__main__":
    main()
