"""A class-conditional GAN, and whether its samples are of the class asked for.

    KERAS_BACKEND=jax python zoo_examples/conditional_gan.py --data fashion_mnist
    KERAS_BACKEND=jax python zoo_examples/conditional_gan.py --data emoji

Hinge objective, projection discriminator with spectral normalisation, conditional
batch normalisation in the generator, averaged weights (Miyato and Koyama, 2018; Brock
et al., 2019), with the cheap convolutions of DCGAN or, with `--networks biggan`,
BigGAN's residual blocks. Of the emoji it learns smileys, people and flags, each in two
styles, Noto and Twemoji, a class a style, with differentiable augmentation. Training
is backed up every epoch: the same command goes on where it was cut off, and takes
`gan.keras` where that is there, on any backend. A classifier is then trained on the
real images alone, and asked about 1,000 samples of each class.

Writes to `--out`: a grid of samples after every epoch, a column a class; `gan.keras`;
`numbers.json`.

Expected on Fashion-MNIST (JAX, 10 epochs, 9,370 steps, 9 minutes on two CPU cores): a
classifier with 91.4 % accuracy on the 10,000 test images gives 91.4 % of the samples
the class asked for, 88 % or more in eight classes; the others are those that it
confuses itself: coats 84 % (real ones 87 %), shirts 63 % (71 %). Latents truncated at
0.5 give typical samples: 99.5 %, every class 95 % or more.

On emoji (JAX, 100 epochs, 4,500 steps of 0.1 to 0.3 s): a classifier with 94.0 %
accuracy on the held-out emoji gives 91.3 % of the samples the class asked for, 99.6 %
with truncation. Smileys and flags are recognised at a glance, people are faces and
figures; details are smeared.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

from keras_genzoo import ConditionalGAN, data, networks
from keras_genzoo.callbacks import Backup, SampleGrid
from keras_genzoo.visualization import image_grid, save_png

BATCH = 64
EMOJI = ("Smileys & Emotion", "People & Body", "Flags")
SAMPLES_OF_A_CLASS = 1000
TRUNCATION = 0.5


class Settings(NamedTuple):
    """How long to train and to average, in images; how to augment."""

    epochs: int
    half_life: int
    augment: tuple | None
    classifier_epochs: int


SETTINGS = {
    "fashion_mnist": Settings(10, 50_000, None, 6),
    "emoji": Settings(100, 20_000, ("color", "translation"), 30),
}


def load(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """uint8 images and their classes."""
    if name == "emoji":
        return load_emoji(split)
    loaded = data.load(name, split)
    return np.asarray(loaded.images), np.asarray(loaded.labels)


def load_emoji(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Emoji of the chosen categories; a class is a category in one style."""
    images, classes = [], []
    for style_number, style in enumerate(("noto", "twemoji")):
        loaded = data.load("emoji", split, style=style)
        for number, category in enumerate(EMOJI):
            own = loaded.labels == loaded.label_names.index(category)
            images.append(loaded.images[own])
            classes += [2 * number + style_number] * int(own.sum())
    # An epoch of training sees each of the few images several times.
    times = 2 if split == "train" else 1
    return np.tile(np.concatenate(images), (times, 1, 1, 1)), np.tile(classes, times)


def build(
    family: str,
    shape: tuple,
    num_classes: int,
    width: int,
    settings: Settings,
    steps: int,
) -> ConditionalGAN:
    """The model, compiled: rates fall along half a cosine to a tenth."""
    if family == "biggan":
        generator = networks.biggan_generator(shape, num_classes, width=width, seed=0)
        discriminator = networks.biggan_discriminator(
            shape, num_classes, width=width, seed=1
        )
    else:
        generator = networks.dcgan_generator(
            shape, 64, width, num_classes=num_classes, seed=0
        )
        discriminator = networks.dcgan_discriminator(
            shape, width, num_classes, batch_norm=False, spectral=True, seed=1
        )
    model = ConditionalGAN(
        generator,
        discriminator,
        num_classes,
        average_half_life=settings.half_life,
        augment=settings.augment,
        seed=0,
    )

    def adam(rate: float) -> keras.optimizers.Optimizer:
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.1)
        return keras.optimizers.Adam(schedule, beta_1=0.0, beta_2=0.9, epsilon=1e-8)

    model.compile(discriminator_optimizer=adam(4e-4), generator_optimizer=adam(2e-4))
    return model


def train_classifier(
    images: np.ndarray, labels: np.ndarray, epochs: int
) -> keras.Model:
    """A small convolutional classifier of images in [0, 1]."""
    inputs = keras.Input(images.shape[1:])
    x = inputs
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.25, seed=0)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.4, seed=1)(x)
    model = keras.Model(inputs, layers.Dense(int(labels.max()) + 1)(x))
    batch = 128
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * (len(images) // batch))
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=batch, epochs=epochs, verbose=2)
    return model


def read(classifier: keras.Model, images: np.ndarray) -> np.ndarray:
    """The class that the classifier gives each image."""
    return classifier.predict(images, batch_size=500, verbose=0).argmax(axis=-1)


def agreement(
    model: ConditionalGAN, classifier: keras.Model, truncation: float | None = None
) -> list[float]:
    """The share of each class' samples that the classifier gives this class."""
    shares = []
    for label in range(model.num_classes):
        samples = model.sample(
            SAMPLES_OF_A_CLASS, labels=label, seed=label, truncation=truncation
        )
        shares.append(float(np.mean(read(classifier, samples) == label)))
    return shares


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=SETTINGS, default="fashion_mnist")
    parser.add_argument("--networks", choices=["dcgan", "biggan"], default="dcgan")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, help="default: 10, emoji 100")
    parser.add_argument("--out", type=Path, help="default: conditional_gan_DATA")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    keras.utils.set_random_seed(0)
    out = arguments.out or Path(f"conditional_gan_{arguments.data}")
    settings = SETTINGS[arguments.data]
    epochs = arguments.epochs or settings.epochs
    images, labels = load(arguments.data, "train")
    # Whole batches: a smaller last one would be compiled for itself.
    whole = len(images) // BATCH * BATCH
    num_classes = int(labels.max()) + 1
    model = build(
        arguments.networks,
        images.shape[1:],
        num_classes,
        arguments.width,
        settings,
        epochs * (whole // BATCH),
    )
    columns = np.tile(np.arange(num_classes), 8)
    numbers = {
        "data": arguments.data,
        "networks": arguments.networks,
        "width": arguments.width,
        "epochs": epochs,
    }
    if (out / "gan.keras").exists():
        model = keras.saving.load_model(out / "gan.keras")
    else:
        start = time.perf_counter()
        model.fit(
            images[:whole],
            labels[:whole],
            batch_size=BATCH,
            epochs=epochs,
            verbose=2,
            callbacks=[
                SampleGrid(
                    out / "samples",
                    every=max(epochs // 30, 1),
                    n=len(columns),
                    columns=num_classes,
                    sample_arguments={"labels": columns},
                ),
                Backup(out / "backup"),
            ],
        )
        numbers["fit_backend"] = keras.backend.backend()
        numbers["fit_seconds"] = round(time.perf_counter() - start)
        model.save(out / "gan.keras")
    samples = model.sample(labels=columns, seed=0)
    save_png(out / "samples.png", image_grid(samples, columns=num_classes, scale=2))
    if (out / "classifier.keras").exists():
        classifier = keras.saving.load_model(out / "classifier.keras")
    else:
        classifier = train_classifier(
            images.astype("float32") / 255.0, labels, settings.classifier_epochs
        )
        classifier.save(out / "classifier.keras")
    unseen, expected = load(arguments.data, "test")
    right = read(classifier, unseen.astype("float32") / 255.0) == expected
    numbers["classifier_test_accuracy"] = round(float(right.mean()), 4)
    by_class = {
        "classifier_on_real": [
            float(right[expected == label].mean()) for label in range(num_classes)
        ],
        "agreement": agreement(model, classifier),
        f"agreement_truncation_{TRUNCATION}": agreement(model, classifier, TRUNCATION),
    }
    for name, shares in by_class.items():
        numbers[name] = round(float(np.mean(shares)), 4)
        numbers[f"{name}_by_class"] = [round(s, 3) for s in shares]
    (out / "numbers.json").write_text(json.dumps(numbers, indent=2) + "\n")
    print(json.dumps(numbers, indent=2))


if __name__ == "__main__":
    main()
