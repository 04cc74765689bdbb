"""A recipe becomes a preset; interrupted it becomes the same one."""

import json
import platform
import signal

import keras
import numpy as np
import pytest
import tiny
from clean_process import run
from PIL import Image
from train_worker import NAMES, leg

import keras_genzoo as gz
from keras_genzoo.zoo.recipes import find_recipe, override
from keras_genzoo.zoo.recipes.build import build_model
from keras_genzoo.zoo.recipes.curve import (
    CurveRecorder,
    differences,
    read_curve,
    write_curve,
)
from keras_genzoo.zoo.recipes.data import load_data, make_batches
from keras_genzoo.zoo.recipes.train import (
    first_losses,
    hardware,
    state_folder,
    train_recipe,
)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path):
    tiny.write(tmp_path)
    assert run(leg, "whole", tmp_path) == 0
    assert run(leg, "broken", tmp_path) == -signal.SIGKILL
    left = {path.name for path in (tmp_path / "broken").iterdir()}
    assert left == {f"{name}.training" for name in NAMES}
    assert run(leg, "resumed", tmp_path) == 0
    for name in NAMES:
        whole, broken = (
            gz.from_preset(tmp_path / place / name) for place in ("whole", "broken")
        )
        for got, expected in zip(broken.weights, whole.weights, strict=True):
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(got), keras.ops.convert_to_numpy(expected)
            )
        one, two = (
            json.loads((tmp_path / place / name / "metadata.json").read_text())
            for place in ("whole", "broken")
        )
        assert one["numbers"] == two["numbers"]
        machine = one["training"]["hardware"]
        assert two["training"]["hardware"] == f"{machine}, then H100; {machine}"
        curves = [
            read_curve(tmp_path / place / name / "curve.json")
            for place in ("whole", "broken")
        ]
        assert curves[0] == curves[1]
        assert not state_folder(tmp_path / "broken" / name).exists()


def test_what_a_training_writes(tmp_path):
    folder = tmp_path / "gan"
    (file,) = tiny.write(tmp_path, "gan")
    train_recipe(find_recipe(str(file)), folder)
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "config.json",
        "curve.json",
        "losses.svg",
        "metadata.json",
        "model.weights.h5",
        "samples.png",
    }
    about = json.loads((folder / "metadata.json").read_text())
    assert about["class"] == "GAN"
    assert about["recipe"] == "gan"
    assert about["settings"]["training"]["epochs"] == 4
    assert about["training"]["steps"] == 20
    assert about["training"]["images"] == 20
    assert about["training"]["backend"] == keras.backend.backend()
    card = (folder / "README.md").read_text()
    for text in ("CC BY 4.0 (Twemoji)", "genzoo train gan", "| steps | 20 |"):
        assert text in card
    model = gz.from_preset(folder)
    shown = np.asarray(Image.open(folder / "samples.png"), "float32") / 255.0
    expected = model.sample(6, seed=3)
    # Two pixels of a margin; every pixel twice.
    np.testing.assert_allclose(shown[4:68:2, 4:68:2], expected[0], atol=0.01)


def test_the_hardware_names_an_accelerator_first(monkeypatch):
    monkeypatch.setattr("keras_genzoo.zoo.recipes.train.accelerator", lambda: None)
    processor = hardware(one_thread=True)
    assert processor.startswith(platform.machine())
    assert "CPU core" in processor
    monkeypatch.setattr("keras_genzoo.zoo.recipes.train.accelerator", lambda: "H100")
    assert hardware(one_thread=True) == f"H100; {processor}"


def test_the_curve_is_each_steps_own_loss(tmp_path):
    recipe = find_recipe(str(tiny.write(tmp_path, "vae")[0]))
    losses = first_losses(recipe, 7)
    assert {name: len(values) for name, values in losses.items()} == {"loss": 7}
    keras.utils.set_random_seed(recipe["seed"])
    data = load_data(recipe)
    batches = make_batches(recipe, data)
    model = build_model(recipe, len(batches))
    expected = []
    for step in range(7):
        batches.epoch, place = divmod(step, len(batches))
        model.reset_metrics()
        logs = model.train_on_batch(*batches[place], return_dict=True)
        expected.append(float(logs["loss"]))
    np.testing.assert_allclose(losses["loss"], expected, rtol=1e-4)


def test_curves_are_compared_by_their_size(tmp_path):
    recorded = {"loss": [1.0, -1.0, 0.0], "a_loss": [2.0, 2.0, 2.0]}
    path = write_curve(tmp_path / "c.json", "jax", recorded)
    found = read_curve(path)
    assert found == {"backend": "jax", "steps": 3, "losses": recorded}
    new = {"loss": [1.0, -1.0], "a_loss": [2.0, 2.1]}
    assert differences(recorded, new) == pytest.approx([0.0, 0.05])
    # The third value is 0: there the mean size 2/3 counts.
    new = {"loss": [1.0, -1.0, 0.1], "a_loss": [2.0, 2.0, 2.0]}
    assert differences(recorded, new) == pytest.approx([0.0, 0.0, 0.15])
    with pytest.raises(ValueError, match="has the losses"):
        differences(recorded, {"loss": [1.0]})


def test_a_recorder_that_joins_late_keeps_what_was_recorded():
    recorder = CurveRecorder(steps=6)
    recorder.losses = {"loss": [1.0, 2.0, 3.0]}
    recorder.set_params({"steps": 3})
    recorder.on_epoch_begin(1)
    for mean in (4.0, 4.5, 5.0):
        recorder.on_train_batch_end(0, {"loss": mean})
    assert recorder.losses["loss"] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_nothing_is_overwritten(tmp_path):
    recipe = find_recipe(str(tiny.write(tmp_path, "vae")[0]))
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match=r"notes\.txt"):
            train_recipe(recipe, folder, overwrite=overwrite)
    (folder / "notes.txt").rename(folder / "metadata.json")
    with pytest.raises(FileExistsError, match="holds a preset already"):
        train_recipe(recipe, folder)
    assert [path.name for path in folder.iterdir()] == ["metadata.json"]


def test_a_training_of_other_settings_is_not_gone_on_with(tmp_path):
    recipe = find_recipe(str(tiny.write(tmp_path, "vae")[0]))

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_recipe(recipe, tmp_path / "out", callbacks=[Stop()])
    other = override(recipe, ["epochs=1"])
    with pytest.raises(FileExistsError, match="other settings"):
        train_recipe(other, tmp_path / "out")
    result = train_recipe(other, tmp_path / "out", overwrite=True)
    assert result["training"]["epochs"] == 1
    assert result["numbers"]["active_units"] in (0, 1, 2)
