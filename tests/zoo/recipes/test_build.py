"""From the tables of a recipe to data, networks and optimizers."""

import keras
import numpy as np
import pytest
import tiny

import keras_genzoo as gz
from keras_genzoo.data import load, outlined
from keras_genzoo.zoo.recipes import data, find_recipe, override
from keras_genzoo.zoo.recipes.build import adam, build_model
from keras_genzoo.zoo.recipes.data import load_data, make_batches
from keras_genzoo.zoo.recipes.looks import look
from keras_genzoo.zoo.recipes.measure import Measurement, measure


def recipe(folder, name, *values):
    return override(find_recipe(str(tiny.write(folder, name)[0])), values)


def test_networks_are_those_of_their_functions(tmp_path):
    model = build_model(recipe(tmp_path, "gan"), 5)
    expected = gz.networks.dcgan_discriminator(
        (32, 32, 3), 2, batch_norm=False, spectral=True, seed=31
    )
    for got, want in zip(
        model.discriminator.get_weights(), expected.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(got, want)
    assert model.objective == "hinge"
    assert model.average_half_life == 30.0
    rate = model.optimizer["discriminator"].get_config()["learning_rate"]
    assert rate["config"]["decay_steps"] == 20
    # A phase without a table keeps the default of the paper.
    assert float(model.optimizer["generator"].learning_rate) == pytest.approx(2e-4)


def test_rates_over_the_training():
    cosine = adam({"rate": 1e-2, "schedule": "cosine", "final": 0.1}, "x", 10, 4)
    schedule = cosine._learning_rate
    got = [float(schedule(step)) for step in (0, 20, 40)]
    np.testing.assert_allclose(got, [1e-2, 1e-2 * (0.1 + 0.9 / 2), 1e-3], rtol=1e-5)
    linear = adam({"rate": 1e-2, "schedule": "linear"}, "x", 10, 4)._learning_rate
    got = [float(linear(10 * epoch)) for epoch in range(4)]
    # Constant for two epochs, then CycleGAN's line, which would be 0 one epoch later.
    np.testing.assert_allclose(got, [1e-2, 1e-2, 2e-2 / 3, 1e-2 / 3], rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["model=GANN"], r"`model` must be one of"),
        (["networks.generator.function=dcgan_generater"], r"dcgan_generator"),
        (["networks.generator.widht=3"], r"`networks.generator.widht`.*'width'"),
        (["arguments.objectiv=hinge"], r"`arguments.objectiv`.*'objective'"),
        (["optimizers.discriminator.beta1=0"], r"`optimizers.discriminator.beta1`"),
        (["schedule=step"], r"`optimizers.discriminator.schedule` must be one of"),
    ],
)
def test_what_no_model_takes(tmp_path, values, message):
    with pytest.raises(ValueError, match=message):
        build_model(recipe(tmp_path, "gan", *values), 5)


def test_classes_of_categories_and_styles():
    chosen = load_data(find_recipe("conditional_gan_emoji"))
    train = chosen.train
    assert train.label_names[:2] == [
        "Smileys & Emotion, Noto",
        "Smileys & Emotion, Twemoji",
    ]
    whole = load("emoji", style="both")
    for number, name in enumerate(train.label_names):
        category, style = name.split(", ")
        own = whole.labels == whole.label_names.index(category)
        half = np.arange(len(own)) >= len(own) // 2
        own &= half == (style == "Twemoji")
        np.testing.assert_array_equal(
            train.images[train.labels == number], whole.images[own]
        )


@pytest.mark.backend_free
def test_labels_are_kept_from_m2():
    # Its test images have to be downloaded.
    recipe = find_recipe("semi_supervised_mnist")
    labels = load_data(recipe, test=False).train.labels
    assert np.bincount(labels + 1).tolist() == [4900, *[10] * 10]


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["semi_supervised_mnist", "cyclegan_digits"])
def test_images_to_measure_with_are_loaded_only_where_they_are_wanted(
    monkeypatch, name
):
    def load(name, split, **options):
        assert split == "train"
        return original(name, split, **options)

    original = data.load
    monkeypatch.setattr(data, "load", load)
    loaded = load_data(find_recipe(name), test=False)
    assert loaded.test is None
    assert loaded.test_sides is None
    assert loaded.count == 5000


@pytest.mark.backend_free
def test_the_sides_share_no_emoji():
    a, b = load_data(find_recipe("cyclegan_emoji")).sides
    noto, twemoji = (load("emoji", style=s).images for s in ("noto", "twemoji"))
    place = {image.tobytes(): i for i, image in enumerate(noto)}
    other = {image.tobytes(): i for i, image in enumerate(twemoji)}
    assert len(a) + len(b) == len(noto)
    seen = {place[image.tobytes()] for image in a}
    # The same picture may stand for two emoji.
    assert len(seen & {other[image.tobytes()] for image in b}) < 10


def test_the_order_depends_on_the_epoch_alone(tmp_path):
    chosen = recipe(tmp_path, "gan")
    data = load_data(chosen)
    one, two = make_batches(chosen, data), make_batches(chosen, data)
    one.epoch, two.epoch = 2, 2
    np.testing.assert_array_equal(one[1][0], two[1][0])
    two.epoch = 3
    assert not np.array_equal(one[1][0], two[1][0])
    assert len(one) == 5


def test_looks():
    image = np.zeros((1, 4, 4, 1), "uint8")
    image[0, 1:, 1:] = 200
    assert look("as_is", image) is image
    np.testing.assert_array_equal(look("inverted", image), 255 - image)
    np.testing.assert_array_equal(look("outlined", image), outlined(image))
    with pytest.raises(ValueError, match="`look` must be one of"):
        look("painted", image)


def test_numbers_of_a_model_that_knows_the_answer(tmp_path):
    chosen = recipe(tmp_path, "vae")
    data = load_data(chosen)

    class Perfect:
        """Reconstructs all but a tenth."""

        latent_dim = 2

        def reconstruct(self, images):
            return np.abs(images / 255.0 - 0.1)

        def active_units(self, images):
            return 2

    found = Measurement(Perfect(), chosen, data, None)
    numbers = measure(found, ["test_squared_error", "active_units"])
    x = data.test.images / 255.0
    expected = np.mean(np.square(np.abs(x - 0.1) - x))
    assert numbers["test_squared_error"] == pytest.approx(expected, rel=1e-3)
    assert numbers["active_units"] == 2
    with pytest.raises(ValueError, match=r"`measure.numbers` must be some of"):
        measure(found, ["beauty"])


def test_the_classifier_reads_only_the_classes_of_the_data():
    chosen = override(
        find_recipe("conditional_gan_emoji"), ["measure.classifier=classifier_emoji"]
    )
    data = load_data(chosen)
    inputs = keras.Input((32, 32, 3))
    bias = np.arange(20.0)[::-1]
    network = keras.Sequential(
        [
            inputs,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(20, kernel_initializer="zeros"),
        ]
    )
    network.layers[-1].bias.assign(bias)
    found = Measurement(None, chosen, data, lambda name: network)
    names = load_data(find_recipe("classifier_emoji")).test.label_names
    own = [names.index(name) for name in data.test.label_names]
    expected = int(np.argmax(bias[own]))
    read = found.read(data.test.images[:3])
    np.testing.assert_array_equal(read, [expected] * 3)
