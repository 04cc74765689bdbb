"""Every bundled preset: what the index says of it is so, and what it makes."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from golden_presets import slice_of
from PIL import Image

import keras_genzoo as gz
from keras_genzoo.zoo.named import BUNDLED, index_entry
from keras_genzoo.zoo.recipes import find_recipe
from keras_genzoo.zoo.recipes.curve import STEPS, differences, read_curve
from keras_genzoo.zoo.recipes.train import first_losses, portable_losses

INDEX = gz.zoo.index()
NAMES = [name for name, entry in INDEX.items() if entry["bundled"]]
GOLDEN = json.loads(Path(__file__).with_name("golden_presets.json").read_text())
# Cheap enough to train a few steps of in every test run.
RERUN = ("autoencoder_mnist_2d", "pca_emoji", "vae_mnist_2d")


def test_the_index_is_what_lies_there():
    assert NAMES
    assert set(NAMES) == {path.name for path in BUNDLED.iterdir()} == set(GOLDEN)
    for name in NAMES:
        assert INDEX[name] == index_entry(BUNDLED / name)
        assert INDEX[name]["size"] <= 5_000_000
    assert sum(INDEX[name]["size"] for name in NAMES) <= 40_000_000


@pytest.mark.backend_free
def test_the_readme_names_what_the_models_can_do():
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    table = readme.partition("<!-- presets -->")[2].partition("<!-- end")[0]
    commands = {
        name: command for command, name in re.findall(r"`genzoo (\w+) (\w+)", table)
    }
    assert set(commands) == set(NAMES)
    for name, command in commands.items():
        cls = INDEX[name]["class"]
        model = keras.Model if cls == "Functional" else getattr(gz, cls)
        assert command == "info" or callable(getattr(model, command, None)), name


@pytest.mark.parametrize("name", NAMES)
def test_the_outputs_for_fixed_inputs(name):
    # The same numbers on every backend.
    got = slice_of(gz.from_preset(name))
    np.testing.assert_allclose(got, GOLDEN[name], atol=1e-4)
    assert np.std(GOLDEN[name]) > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_the_card_tells_data_licence_and_numbers(name):
    recipe = find_recipe(name)
    card = (BUNDLED / name / "README.md").read_text(encoding="utf-8")
    assert recipe["data"]["licence"] in card
    assert " ".join(recipe["data"]["attribution"].split()) in " ".join(card.split())
    entry = INDEX[name]
    assert entry["numbers"]
    for key, value in entry["numbers"].items():
        assert f"| {key.replace('_', ' ')} | {value:,g} |" in card
    assert min(Image.open(BUNDLED / name / "samples.png").size) >= 200


@pytest.mark.parametrize("name", NAMES)
def test_what_was_trained_is_what_the_recipe_says(name):
    about = json.loads((BUNDLED / name / "metadata.json").read_text())
    assert about["settings"] == json.loads(json.dumps(find_recipe(name).tables))
    recipe = find_recipe(name)
    for path in (recipe.curve_path, recipe.portable_curve_path):
        curve = read_curve(path)
        assert curve["backend"] == about["training"]["backend"]
        assert curve["steps"] == min(STEPS, about["training"]["steps"])


@pytest.mark.parametrize("name", [n for n in RERUN if n in NAMES])
def test_the_first_steps_give_the_recorded_losses(name):
    recipe = find_recipe(name)
    recorded = read_curve(recipe.curve_path)
    losses = first_losses(recipe, 3)
    difference = differences(recorded["losses"], losses).max()
    if keras.backend.backend() == recorded["backend"]:
        assert difference < 1e-3
    else:
        # The same weights, other draws of the noise.
        assert difference < 0.2


@pytest.mark.parametrize("name", [n for n in RERUN if n in NAMES])
def test_in_portable_arithmetic_they_do_on_every_machine(name):
    recipe = find_recipe(name)
    recorded = read_curve(recipe.portable_curve_path)
    if keras.backend.backend() != recorded["backend"]:
        pytest.skip(f"recorded on {recorded['backend']}")
    losses = portable_losses(recipe, 10)
    assert differences(recorded["losses"], losses).max() < 1e-6
