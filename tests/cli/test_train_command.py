"""`genzoo train`: from a recipe's file to a preset; a check against a curve."""

import json

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo.zoo.recipes import find_recipe
from keras_genzoo.zoo.recipes.curve import read_curve, write_curve
from keras_genzoo.zoo.recipes.train import first_losses, portable_losses

RECIPE = """
title = "Tiny"
model = "VAE"
seed = 1
backend = "jax"
storage = "float16"

[data]
name = "emoji"
limit = 12
licence = "Apache License 2.0"
attribution = "Noto Emoji, copyright Google LLC."

[networks.encoder]
function = "mlp_encoder"
input_shape = [32, 32, 3]
latent_dim = 2
hidden = [4]

[networks.decoder]
function = "mlp_decoder"
output_shape = [32, 32, 3]
latent_dim = 2
hidden = [4]

[training]
batch_size = 4
epochs = 2

[samples]
picture = "samples"
count = 4

[measure]
numbers = ["test_elbo"]
"""


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return "tiny.toml"


def test_a_preset_from_a_recipe(genzoo, recipe, tmp_path):
    done = genzoo("train", recipe, "epochs=3", "latent_dim=5", "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["folder"] == "tiny"
    assert result["training"]["epochs"] == 3
    model = gz.from_preset(tmp_path / "tiny")
    assert model.latent_dim == 5
    test = gz.data.load("emoji", "test").images
    elbo = float(model.elbo(test, seed=1).mean())
    assert result["numbers"]["test_elbo"] == pytest.approx(elbo, rel=1e-3)
    card = (tmp_path / "tiny" / "README.md").read_text()
    assert "genzoo train tiny.toml epochs=3 latent_dim=5" in card
    again = genzoo("train", recipe)
    assert again.exit_code == 4
    assert again.stderr.strip().endswith("--overwrite.")
    done = genzoo("train", recipe, "-o", "other", "epochs=1")
    assert done.stdout == "other\n"
    assert "test elbo" in done.stderr


def test_the_first_steps_are_compared_with_the_recorded_ones(genzoo, recipe, tmp_path):
    running = keras.backend.backend()
    missing = genzoo("train", recipe, "--check")
    assert missing.exit_code == 3
    assert not genzoo("train", recipe).exit_code
    recorded = read_curve(tmp_path / "tiny" / "curve.json")
    assert recorded["steps"] == 6
    assert recorded["backend"] == running
    path = tmp_path / "curves" / "tiny.json"
    write_curve(path, running, recorded["losses"])
    done = genzoo("train", recipe, "--check", "--steps", 4, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["steps"] == 4
    assert result["difference"] < 1e-4
    assert result["agreeing_steps"] == 4
    wrong = {
        name: [*vs[:2], *(1.1 * v for v in vs[2:])]
        for name, vs in recorded["losses"].items()
    }
    write_curve(path, running, wrong)
    done = genzoo("train", recipe, "--check")
    assert done.exit_code == 1
    message = " ".join(done.stderr.split())
    assert "the losses differ by 0.09" in message
    assert "they agree for the first 2 steps of 6" in message
    other = "torch" if running != "torch" else "jax"
    write_curve(path, other, recorded["losses"])
    done = genzoo("train", recipe, "--check")
    assert done.exit_code == 2
    assert f"give --backend {other}" in done.stderr


def test_portable_arithmetic_tells_rounding_from_another_training(
    genzoo, recipe, tmp_path
):
    running = keras.backend.backend()
    found = find_recipe(str(tmp_path / recipe))
    losses = {name: np.array(vs) for name, vs in first_losses(found, 6).items()}
    portable = portable_losses(found, 6)

    def check(training, portable):
        write_curve(found.curve_path, running, training)
        write_curve(found.portable_curve_path, running, portable)
        return genzoo("train", recipe, "--check", "--json")

    other = {name: [*vs[:2], *(1.1 * vs[2:])] for name, vs in losses.items()}
    done = check(other, portable)
    assert done.exit_code == 0, done.output
    assert "agree for the first 2 steps of 6" in " ".join(done.stderr.split())
    result = json.loads(done.stdout)
    assert result["difference"] == pytest.approx(1 / 11, rel=1e-3)
    assert result["portable_difference"] < 1e-6
    # No rounding does that.
    done = check(
        other, {name: [1.001 * v for v in vs] for name, vs in portable.items()}
    )
    assert done.exit_code == 1
    assert "in portable arithmetic differ by 0.001" in " ".join(done.stderr.split())
    done = check({name: [*(1.1 * vs)] for name, vs in losses.items()}, portable)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["portable_difference"] is None


def test_what_cannot_be_trained(genzoo, recipe):
    for arguments, code, message in (
        (["vae_emojy"], 3, "did you mean 'vae_emoji'"),
        ([recipe, "epoch=1"], 2, "did you mean `epochs`"),
        ([recipe, "networks.encoder.hiden=[3]"], 2, "'hidden'"),
    ):
        done = genzoo("train", *arguments)
        assert done.exit_code == code
        assert message in done.stderr
        assert done.stderr.splitlines()[-1].startswith("genzoo: ")


def test_an_interrupted_training_says_how_it_goes_on(genzoo, recipe, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_genzoo.zoo.recipes.train.train_recipe", interrupt)
    done = genzoo("train", recipe)
    assert done.exit_code == 130
    assert 'the same command goes on from "tiny.training"' in done.stderr


def test_a_recipe_is_shown_with_its_new_values(genzoo, recipe):
    shown = json.loads(genzoo("train", recipe, "batch_size=7", "--show").stdout)
    assert shown["training"] == {"batch_size": 7, "epochs": 2}
