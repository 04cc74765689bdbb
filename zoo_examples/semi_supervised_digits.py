"""A hundred labels and thousands of digits without: M2 beside its classifier alone.

    KERAS_BACKEND=jax python zoo_examples/semi_supervised_digits.py

5,000 MNIST images, of which 10 of each class keep their label. The same perceptron is
trained on those 100 alone, and as the classifier of a `SemiSupervisedVAE` (M2; Kingma,
Mohamed, Rezende and Welling, Semi-supervised Learning with Deep Generative Models,
2014) on all of them; y = -1 says that a label is missing.

Writes to `--out`: `errors.png`, the test error after every epoch of both;
`samples.png`, a row a style, drawn from the prior, a column a class.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from keras_genzoo import SemiSupervisedVAE, data, networks
from keras_genzoo.latent import label_analogies
from keras_genzoo.visualization import loss_curves, save_png, strip

IMAGES_OF_A_CLASS = 500
LABELS_OF_A_CLASS = 10
CLASSES = 10
LATENT_DIM = 50
BATCH = 100
RATE = 1e-3
# A labelled image's cross-entropy weighs ALPHA N / N_labelled.
ALPHA = 1.0


class TestError(keras.callbacks.Callback):
    """The share of the test images, in %, that is read wrong after each epoch."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, classifier: keras.Model):
        super().__init__()
        self.images = (images / 255.0).astype("float32")
        self.labels = labels
        self.classifier = classifier
        self.errors = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logits = self.classifier.predict(self.images, batch_size=500, verbose=0)
        self.errors.append(100.0 * np.mean(logits.argmax(axis=-1) != self.labels))
        print(f"epoch {epoch + 1}: test error {self.errors[-1]:.2f} %", flush=True)


def choose(labels: np.ndarray, of_a_class: int, seed: int) -> np.ndarray:
    """The places of so many examples of each class, drawn at random."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [
            rng.choice(np.flatnonzero(labels == label), of_a_class, replace=False)
            for label in range(CLASSES)
        ]
    )


def classifier(shape: tuple) -> keras.Model:
    return networks.mlp_classifier(shape, CLASSES, dropout=0.5, seed=2)


def adam(steps: int) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps))


def train_alone(images, labels, epochs: int, test) -> list[float]:
    """The classifier on labelled images alone; its test errors."""
    model = classifier(images.shape[1:])
    steps = 20
    model.compile(
        adam(epochs * steps),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    errors = TestError(*test, model)
    # The same images over and over make epochs of as many steps as `steps`.
    x = np.tile((images / 255.0).astype("float32"), (steps, 1, 1, 1))
    y = np.tile(labels, steps)
    model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[errors])
    return errors.errors


def train_m2(
    images, labels, epochs: int, test
) -> tuple[SemiSupervisedVAE, list[float]]:
    """M2 on all images, and its test errors."""
    shape = images.shape[1:]
    model = SemiSupervisedVAE(
        networks.mlp_encoder(shape, LATENT_DIM, (500,), num_classes=CLASSES, seed=0),
        networks.mlp_decoder(shape, LATENT_DIM, (500,), num_classes=CLASSES, seed=1),
        classifier(shape),
        pixels="binarized",
        alpha=ALPHA,
        seed=0,
    )
    model.compile(adam(epochs * -(-len(images) // BATCH)))
    errors = TestError(*test, model.classifier)
    model.fit(
        images, labels, batch_size=BATCH, epochs=epochs, verbose=2, callbacks=[errors]
    )
    return model, errors.errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="chooses the 100 labels")
    parser.add_argument("--out", type=Path, default=Path("semi_supervised_digits"))
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    train, test = (data.load("mnist", split) for split in ("train", "test"))
    few = choose(train.labels, IMAGES_OF_A_CLASS, seed=0)
    images, labels = train.images[few], train.labels[few]
    known = choose(labels, LABELS_OF_A_CLASS, arguments.seed)
    missing = np.ones(len(labels), bool)
    missing[known] = False
    unseen = (test.images, test.labels)

    print(f"{len(known)} labelled images alone")
    alone = train_alone(images[known], labels[known], arguments.epochs, unseen)
    print(f"M2, with {missing.sum()} more that have no label")
    start = time.perf_counter()
    y = np.where(missing, -1, labels)
    model, errors = train_m2(images, y, arguments.epochs, unseen)
    print(f"{arguments.epochs} epochs of M2 in {time.perf_counter() - start:.0f} s")
    print(f"test error: {alone[-1]:.2f} % alone, {errors[-1]:.2f} % M2")

    styles = np.random.default_rng(0).standard_normal((10, LATENT_DIM))
    save_png(
        arguments.out / "samples.png", strip(label_analogies(model, styles), scale=2)
    )
    curves = {f"{len(known)} labelled images alone": alone, "M2": errors}
    figure = loss_curves(curves, ylabel="test error, %")
    figure.savefig(arguments.out / "errors.png", dpi=120)


if __name__ == "__main__":
    main()
