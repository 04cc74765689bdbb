"""Where M2 starts: a classifier of the few labels, networks that know what it says.

From random weights the bound on unlabelled images drives the classifier to certainty
about classes that mean nothing yet.
"""

import numpy as np

from keras_genzoo.models import ConditionalVAE, SemiSupervisedVAE
from keras_genzoo.zoo.recipes.build import adam, build_network
from keras_genzoo.zoo.recipes.classifier import ClassifierTraining
from keras_genzoo.zoo.recipes.data import MISSING, RecipeData
from keras_genzoo.zoo.recipes.recipe import Recipe


def warm_start(model: SemiSupervisedVAE, recipe: Recipe, data: RecipeData) -> None:
    """Trains the parts of M2 apart, as the recipe's table `warm_start` says.

    A classifier like M2's, with another dropout, learns the labelled images, as bits
    that are drawn anew at every visit, as M2 reads them. Then encoder and decoder
    learn, as a `ConditionalVAE`, labels that the classifier draws.
    """
    images, labels = data.train.images, data.train.labels
    known = labels != MISSING
    alone = _train_classifier(recipe, images[known], labels[known])
    model.classifier.set_weights(alone.get_weights())
    q = model.class_probabilities(images)
    q[known] = np.eye(model.num_classes)[labels[known]]
    _train_decoder(model, recipe, images, q)


def _train_classifier(recipe: Recipe, images: np.ndarray, labels: np.ndarray):
    table, size, rate = _numbers(recipe)
    network = build_network(
        "classifier",
        {
            **recipe["networks"]["classifier"],
            "dropout": table["classifier_dropout"],
        },
        10 * recipe["seed"] + 2,
    )
    steps = table["classifier_steps"]
    visits = -(-steps * size // len(images))
    rng = np.random.default_rng(recipe["seed"])
    u = rng.random((visits, *images.shape), dtype="float32")
    bits = (u < images / 255.0).astype("float32").reshape(-1, *images.shape[1:])
    training = ClassifierTraining(network)
    training.compile(adam(rate, "warm_start", steps, 1))
    training.fit(
        bits[: steps * size],
        np.tile(labels, visits)[: steps * size],
        batch_size=size,
        shuffle=True,
        verbose=0,
    )
    return network


def _train_decoder(
    model: SemiSupervisedVAE, recipe: Recipe, images: np.ndarray, q: np.ndarray
) -> None:
    table, size, rate = _numbers(recipe)
    draws = table["decoder_draws"]
    u = np.random.default_rng(recipe["seed"]).random((draws, len(images), 1))
    drawn = (q.cumsum(axis=1) > u * q.sum(axis=1, keepdims=True)).argmax(axis=2)
    vae = ConditionalVAE(
        model.encoder,
        model.decoder,
        model.num_classes,
        likelihood="bernoulli",
        pixels="binarized",
        seed=recipe["seed"],
    )
    epochs, steps = table["decoder_epochs"], draws * len(images) // size
    vae.compile(adam(rate, "warm_start", steps, epochs))
    vae.fit(
        np.tile(images, (draws, 1, 1, 1))[: steps * size],
        drawn.reshape(-1).astype("int32")[: steps * size],
        batch_size=size,
        epochs=epochs,
        verbose=0,
    )


def _numbers(recipe: Recipe) -> tuple[dict, int, dict]:
    table = recipe["warm_start"]
    rate = {"rate": table["rate"], "schedule": "cosine"}
    return table, recipe["training"]["batch_size"], rate
