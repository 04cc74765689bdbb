"""The numbers of `genzoo evaluate`, where they are known."""

import json

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.evaluation import frechet_distance, precision_recall
from keras_genzoo.reports import EvaluationOptions, ReportData, Subject, evaluate_model
from tests.models.linear_gaussian import linear_vae
from tests.reports.small_subjects import (
    Showing,
    ShowingClasses,
    brightness_features,
    data,
    images,
    subject,
    two_classes,
)


def measure(model, given=None, features=None, **options):
    return evaluate_model(
        subject(model),
        given or data(),
        features or brightness_features(),
        EvaluationOptions(**options),
    )


def test_new_images_of_the_same_kind_stand_at_the_floor():
    shown, _ = two_classes(40, 30)
    features = brightness_features()
    result = measure(Showing(shown))
    given = data()
    expected = frechet_distance(given.test, shown, features).value
    assert result["Fréchet distance"].value == pytest.approx(expected, rel=1e-4)
    floor = [i * 80 // 40 for i in range(40)]
    beside = frechet_distance(given.test, given.train[floor], features).value
    assert result["Fréchet distance"].beside == pytest.approx(beside, rel=1e-4)
    scores = precision_recall(given.test, given.train[floor], features)
    assert result["recall"].beside == scores.recall.value
    assert result["classes that occur"].value == 2
    # As many dark as bright ones, on both sides.
    assert result["KL of class shares (nats)"].value == pytest.approx(0, abs=1e-9)
    missed = result["test images that no sample covers"]
    assert missed.value == pytest.approx(1 - result["coverage"].value)
    assert missed.beside == pytest.approx(1 - result["coverage"].beside)


def test_copies_and_dropped_classes_are_found():
    given = data()
    dark = given.train[:40]
    result = measure(Showing(dark), given)
    copied = result[
        "probability that a sample is nearer to training images than new data (pixels)"
    ]
    assert copied.value == 1.0
    assert copied.beside == 0.5
    assert result["classes that occur"].value == 1
    assert result["test images that no sample covers"].value >= 0.5
    titles = [p.title for p in result.pictures]
    assert titles[0] == "Samples"
    assert "Test images that no sample covers" in titles


def test_a_conditional_model_is_asked_for_classes():
    shown, _ = two_classes(40, 30)
    result = measure(ShowingClasses(shown))
    asked = result["share of samples read as the class asked for"]
    assert asked.value == 0.75
    assert asked.beside == 1.0


def test_test_images_among_the_training_images_are_left_out():
    given = data()
    notes = []
    mixed = ReportData(
        "mixed",
        given.train,
        np.concatenate([given.test, given.train[:3]]),
        given.train_labels,
        np.concatenate([given.test_labels, given.train_labels[:3]]),
        given.label_names,
    )
    shown, _ = two_classes(40, 30)
    result = measure(Showing(shown), mixed, note=notes.append)
    assert result.about["test_images_left_out"] == 3
    assert "3 test images" in notes[0]
    plain = measure(Showing(shown), given)
    assert result["Fréchet distance"].value == plain["Fréchet distance"].value


def test_a_vae_has_bounds_and_reconstructions_too():
    vae = gz.VAE(
        networks.mlp_encoder((4, 4, 1), 2, (3,), seed=0),
        networks.mlp_decoder((4, 4, 1), 2, (3,), seed=1),
        noise=0.5,
        seed=0,
    )
    given = data()
    result = measure(
        vae, given, bound_samples=5, ais_images=3, ais_chains=50, ais_distributions=20
    )
    elbo = vae.elbo(given.test, seed=0).mean()
    assert result["ELBO"].value == pytest.approx(elbo, rel=1e-5)
    train = vae.elbo(given.train[np.linspace(0, 79, 40).astype(int)], seed=0).mean()
    assert result["ELBO"].beside == pytest.approx(train, rel=1e-5)
    bound = result["importance-weighted bound (5 samples)"]
    assert bound.value > result["ELBO"].value
    error = np.mean((vae.reconstruct(given.test) - given.test / 255.0) ** 2)
    assert result["squared error of reconstructions"].value == pytest.approx(error)
    ais = result["log-likelihood by annealed importance sampling"].value
    three = given.test[np.linspace(0, 39, 3).astype(int)]
    # Few latents and a large noise: many samples are near log p(x).
    near = vae.importance_weighted_bound(three, samples=2000, seed=1).mean()
    assert ais == pytest.approx(near, abs=0.3)
    assert json.loads(json.dumps(result.to_dict()))["model"] == "VAE"


def test_an_autoencoder_has_its_error():
    model = gz.Autoencoder(
        networks.mlp_encoder((4, 4, 1), 2, (3,), posterior=False, seed=0),
        networks.mlp_decoder((4, 4, 1), 2, (3,), seed=1),
    )
    result = measure(model)
    given = data()
    error = np.mean((model.reconstruct(given.test) - given.test / 255.0) ** 2)
    assert result["squared error of reconstructions"].value == pytest.approx(error)
    assert [m.name for m in result.measured] == ["squared error of reconstructions"]


def test_a_cyclegan_is_measured_in_both_directions():
    model = gz.CycleGAN(
        networks.cyclegan_generator(1, 1, width=2, blocks=1, seed=0),
        networks.cyclegan_generator(1, 1, width=2, blocks=1, seed=1),
        networks.patchgan_discriminator(1, width=2, depth=1, seed=2),
        networks.patchgan_discriminator(1, width=2, depth=1, seed=3),
        image_size=8,
    )
    rng = np.random.default_rng(0)
    sides = rng.integers(0, 256, (4, 12, 8, 8, 1), dtype="uint8")
    given = ReportData("two", (sides[0], sides[1]), (sides[2], sides[3]))

    def features(batch):
        scale = 255.0 if batch.dtype == np.uint8 else 1.0
        return np.asarray(batch / scale, "float64").mean(axis=(2, 3))[:, :3]

    result = measure(model, given, features)
    for direction, source in (("a_to_b", sides[2]), ("b_to_a", sides[3])):
        cycled = model.cycle(source, direction)
        error = np.abs(cycled - source / 255.0).mean()
        name = f"cycle error, {direction} and back"
        assert result[name].value == pytest.approx(error, rel=1e-5)
    expected = frechet_distance(sides[3], model.translate(sides[2]), features).value
    assert result["Fréchet distance, a_to_b"].value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: measure(Showing(images(8, 0)), split="all"), "`split`"),
        (lambda: measure(Showing(images(8, 0)), samples=1), "`samples`"),
        (lambda: measure(Showing(images(8, 0)), ais_images=1), "--ais"),
        (
            lambda: measure(Showing(images(8, 0)), data(4), seed=0),
            "`reference`.*examples",
        ),
        (
            lambda: measure(keras.Sequential([keras.Input((1,))])),
            "HANDLE must be a model that samples",
        ),
        (lambda: measure(linear_vae(3, 2, 0.5)), "HANDLE must be a model of images"),
        (
            lambda: measure(
                Showing(images(8, 0)),
                ReportData("all known", images(9, 0), images(9, 0)),
            ),
            "test images that are not in the training set",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_subject_keeps_its_kind():
    assert Subject(keras.Sequential([keras.Input((1,))]), "x", {}).kind == "Sequential"
