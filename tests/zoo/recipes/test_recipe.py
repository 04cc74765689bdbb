"""What a recipe's file may say, and what the command line may change."""

import pytest
import tiny

from keras_genzoo.zoo.recipes import find_recipe, list_recipes, override

pytestmark = pytest.mark.backend_free

NAMES = {
    "autoencoder_mnist_2d",
    "classifier_emoji",
    "classifier_fashion_mnist",
    "classifier_mnist",
    "conditional_gan_emoji",
    "conditional_gan_fashion_mnist",
    "conditional_vae_mnist",
    "cyclegan_digits",
    "cyclegan_emoji",
    "dcgan_emoji",
    "dcgan_fashion_mnist",
    "dcgan_mnist",
    "pca_emoji",
    "semi_supervised_mnist",
    "vae_emoji",
    "vae_fashion_mnist",
    "vae_mnist_2d",
}


@pytest.fixture
def gan(tmp_path):
    return find_recipe(str(tiny.write(tmp_path, "gan")[0]))


def test_every_bundled_recipe_reads_and_tells_its_licence():
    assert set(list_recipes()) == NAMES
    for name in NAMES:
        recipe = find_recipe(name)
        assert recipe.name == name
        data = recipe["data"]
        assert data["licence"]
        if "mnist" in name and "fashion" not in name:
            # Nobody is to take 5,000 digits for MNIST.
            assert "5,000 of MNIST's 60,000 training images" in data["attribution"]


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("epochs=7", ("training", "epochs"), 7),
        ("training.epochs=7", ("training", "epochs"), 7),
        ("seed=9", ("seed",), 9),
        ("rate=1", ("optimizers", "discriminator", "rate"), 1.0),
        ("flip=false", ("training", "flip"), False),
        ("objective=minimax", ("arguments", "objective"), "minimax"),
        ("augment=['cutout']", ("arguments", "augment"), ["cutout"]),
        ("arguments.label_smoothing=0.1", ("arguments", "label_smoothing"), 0.1),
        ("data.repeat=3", ("data", "repeat"), 3),
        (
            "networks.generator.upsample=nearest",
            ("networks", "generator", "upsample"),
            "nearest",
        ),
    ],
)
def test_a_value_is_replaced_and_no_other(gan, assignment, path, value):
    changed = override(gan, [assignment])
    found, before = changed.tables, gan.tables
    for key in path:
        found = found[key]
    assert found == value
    assert type(found) is type(value)
    assert before == find_recipe(str(gan.path)).tables
    restored = override(changed, [])
    assert restored == changed


def test_equal_values_of_one_name_change_together(gan):
    networks = override(gan, ["width=5"])["networks"]
    assert networks["generator"]["width"] == networks["discriminator"]["width"] == 5
    apart = override(gan, ["networks.generator.width=5"])
    with pytest.raises(ValueError, match=r"`width` stands for several values"):
        override(apart, ["width=3"])


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", r"'epochs' must be KEY=VALUE"),
        ("=3", r"must be KEY=VALUE"),
        ("epoch=3", r"no key `epoch`, did you mean `epochs`"),
        ("trainig.epochs=3", r"did you mean `training.epochs`"),
        ("epochs=three", r"`training.epochs` must be a whole number, got 'three'"),
        ("epochs=true", r"`training.epochs` must be a whole number, got True"),
        ("epochs=-1", r"`training.epochs` must not be negative"),
        ("storage=float64", r"`storage` must be one of"),
        ("backend=theano", r"`backend` must be one of"),
        ("networks.generatr.width=3", r"no key"),
        ("licence=mine", r"no key"),
    ],
)
def test_values_that_cannot_be(gan, assignment, message):
    with pytest.raises(ValueError, match=message):
        override(gan, [assignment])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs = 4", "epoch = 4", r"`training.epoch` is unknown.*training.epochs"),
        ("epochs = 4", "", r"`training.epochs` is missing"),
        ("[training]", "[trainin]", r"`trainin` is unknown.*'training'"),
        ("seed = 3", "seed = 'a'", r"`seed` must be a whole number"),
        ("seed = 3", "seed = ", r"is no TOML file"),
        ("picture =", "pictures =", r"samples.pictures"),
    ],
)
def test_files_that_are_no_recipes(tmp_path, old, new, message):
    path = tiny.write(tmp_path, "gan")[0]
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=message):
        find_recipe(str(path))


@pytest.mark.parametrize(
    ("name", "message"),
    [("dcgan_emojis", "did you mean 'dcgan_emoji'"), ("none.toml", "does not exist")],
)
def test_a_recipe_that_there_is_not(name, message):
    with pytest.raises(FileNotFoundError, match=message):
        find_recipe(name)
