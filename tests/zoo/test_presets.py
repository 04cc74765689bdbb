"""Presets on disk: what is saved comes back, and nothing else is touched."""

import json
import os

import h5py
import keras
import numpy as np
import pytest
from forgery import Forgery
from keras import ops
from small_models import (
    LATENTS,
    MODELS,
    classifier,
    cycle_gan,
    data,
    discriminator,
    gan,
    generator,
    outputs,
    vae,
)
from small_models import with_weights as trained

import keras_genzoo as gz
from keras_genzoo import zoo
from keras_genzoo.zoo.layout import (
    CARD,
    CONFIG,
    METADATA,
    OPTIMIZER,
    OPTIMIZER_WEIGHTS,
    WEIGHTS,
)
from keras_genzoo.zoo.save import model_config


def values(variables):
    return [ops.convert_to_numpy(v) for v in variables]


def assert_same(got, expected):
    for a, b in zip(values(got), values(expected), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "preset"


@pytest.mark.parametrize("name", MODELS)
def test_every_class_comes_back(name, folder):
    model = trained(MODELS[name]())
    assert model.save_to_preset(folder) == folder
    loaded = getattr(gz, name).from_preset(folder)
    assert type(gz.from_preset(str(folder))) is type(loaded) is type(model)
    assert model_config(loaded, None) == model_config(model, None)
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    assert_same(
        *([w for w in m.weights if "pool" not in w.path] for m in (loaded, model))
    )
    assert sorted(p.name for p in folder.iterdir()) == [
        CARD,
        CONFIG,
        METADATA,
        WEIGHTS,
    ]


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_preset_is_trained_further(name, folder):
    model = MODELS[name]()
    model.save_to_preset(folder)
    loaded = getattr(gz, name).from_preset(folder)
    x, y = data(loaded)
    logs = []
    for trained_on in (model, loaded):
        keras.utils.set_random_seed(0)
        trained_on.compile()
        history = trained_on.fit(x, y, batch_size=6, epochs=2, shuffle=False, verbose=0)
        logs.append(history.history["loss"])
    np.testing.assert_allclose(logs[1], logs[0], rtol=1e-5)
    assert np.isfinite(logs[1]).all()


@pytest.mark.parametrize("name", ["GAN", "SemiSupervisedVAE", "CycleGAN"])
def test_training_goes_on_as_if_never_stopped(name, folder):
    def fit(model, begin, end):
        x, y = data(model)
        keras.utils.set_random_seed(end)
        model.fit(x, y, 4, initial_epoch=begin, epochs=end, shuffle=False, verbose=0)

    model = MODELS[name]()
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 5, 0.9)
    model.compile(
        {
            model.phases[0]: keras.optimizers.Adam(schedule, clipnorm=1.0),
            model.phases[-1]: keras.optimizers.RMSprop(1e-3, use_ema=True),
        }
    )
    fit(model, 0, 2)
    model.save_to_preset(folder, optimizer=True)
    loaded = gz.from_preset(folder)
    assert_same(loaded.optimizer.variables, model.optimizer.variables)
    for trained_on in (model, loaded):
        fit(trained_on, 2, 3)
    assert_same(loaded.variables, model.variables)
    assert_same(loaded.optimizer.variables, model.optimizer.variables)


def test_an_image_pool_is_training_state(folder):
    model = cycle_gan()
    model.compile()
    x, y = data(model)
    model.fit(x, y, batch_size=4, verbose=0)
    model.save_to_preset(folder)
    assert gz.from_preset(folder).pool_a.fill == 0
    # Nor does it tie a preset to the size it was trained on.
    loaded = gz.CycleGAN.from_preset(folder, image_size=12, pool_size=7)
    assert loaded.pool_a.images.shape == (7, 12, 12, 1)
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    model.save_to_preset(folder, optimizer=True)
    assert_same([gz.from_preset(folder).pool_a.images], [model.pool_a.images])


def test_halves_in_the_file_are_floats_in_memory(folder):
    model = trained(gan())
    model.generator.weights[0].assign(model.generator.weights[0] * 1e6)
    model.save_to_preset(folder, dtype="float16")
    with h5py.File(folder / WEIGHTS) as file:
        dtypes = {}
        file.visititems(
            lambda name, x: (
                dtypes.update({name: x.dtype.name})
                if isinstance(x, h5py.Dataset) and x.dtype.kind == "f"
                else None
            )
        )
        ranks = {name: file[name].ndim for name in dtypes}
        large = [name for name in dtypes if np.max(np.abs(file[name][()])) > 65504]
    assert large == ["generator/layers/dense/vars/0"]
    for name, dtype in dtypes.items():
        half = ranks[name] >= 2 and name not in large
        assert dtype == ("float16" if half else "float32"), name
    loaded = gz.from_preset(folder)
    for got, expected in zip(loaded.weights, model.weights, strict=True):
        assert got.dtype == expected.dtype
        got, expected = values([got, expected])
        if expected.ndim >= 2 and np.max(np.abs(expected)) <= 65504:
            expected = expected.astype("float16")
        np.testing.assert_array_equal(got, expected)


def test_plain_networks_come_back(folder):
    for number, network in enumerate(
        (
            classifier(),
            keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()]),
        )
    ):
        trained(network)
        zoo.save_preset(network, folder / str(number), dtype="float32")
        loaded = gz.from_preset(folder / str(number))
        np.testing.assert_array_equal(outputs(loaded), outputs(network))
    with pytest.raises(ValueError, match="`optimizer` must be False for a model that"):
        zoo.save_preset(classifier(), folder / "x", optimizer=True)
    with pytest.raises(
        ValueError, match=r"got \['objective'\], which a Model does not"
    ):
        gz.from_preset(folder / "0", objective="hinge")
    assert gz.from_preset(folder / "0", name="features").name == "features"


def test_overrides_are_arguments_of_the_class(folder):
    model = trained(gan())
    model.save_to_preset(folder)
    loaded = gz.GAN.from_preset(folder, objective="hinge", regularizer=None, seed=5)
    assert loaded.objective == "hinge"
    assert not loaded.regularizers
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    # The draws are those of the new seed, not of the one in the file.
    other = gan(seed=5, objective="hinge", regularizer=None)
    np.testing.assert_array_equal(
        *values([loaded.latent_seeds.state, other.latent_seeds.state])
    )
    with pytest.raises(ValueError, match=r"got \['latent_dim'\].*discriminator_steps"):
        gz.from_preset(folder, latent_dim=3)
    with pytest.raises(ValueError, match="with objective: `objective` must be"):
        gz.from_preset(folder, objective="best")
    # A network less is fine, one more has no weights.
    plain = gz.GAN.from_preset(folder, average_half_life=None)
    np.testing.assert_array_equal(outputs(plain), model.decode(LATENTS, averaged=False))
    plain.save_to_preset(folder)
    with pytest.raises(
        ValueError,
        match=r"with average_half_life: average_generator/.* has no array",
    ):
        gz.from_preset(folder, average_half_life=9)


def test_the_same_architecture_with_new_weights(folder):
    model = trained(vae())
    model.save_to_preset(folder)
    fresh = gz.VAE.from_preset(folder, load_weights=False)
    assert model_config(fresh, None) == model_config(model, None)
    kernels, saved = (values(m.encoder.trainable_weights) for m in (fresh, model))
    # Drawn, as HeNormal draws them, not left as zeros.
    assert np.std(kernels[2]) == pytest.approx((2 / 32) ** 0.5, rel=0.2)
    assert all(np.abs(a - b).max() > 0.01 for a, b in zip(kernels, saved, strict=True))


def test_what_the_metadata_says(folder, tmp_path):
    model = cycle_gan()
    told = {
        "description": "Grey into grey.",
        "data": "noise",
        "licence": "CC0-1.0",
        "numbers": {"cycle error": 0.25},
        "training": {"steps": 7, "seed": None},
    }
    picture = gz.visualization.save_png(tmp_path / "x.png", np.zeros((4, 4)))
    model.save_to_preset(folder, metadata=told, samples=picture, dtype="float16")
    metadata = json.loads((folder / METADATA).read_text())
    assert {k: metadata[k] for k in told} == told
    assert metadata["class"] == "CycleGAN"
    assert metadata["dtype"] == "float16"
    assert metadata["backend"] == keras.backend.backend()
    networks = (
        model.a_to_b,
        model.b_to_a,
        model.discriminator_a,
        model.discriminator_b,
    )
    assert metadata["parameter_count"] == sum(n.count_params() for n in networks)
    card = (folder / CARD).read_text()
    for text in ("Grey into grey.", "CC0-1.0", "cycle error: 0.25", "samples.png"):
        assert text in card
    entry = zoo.index_entry(folder)
    assert entry["size"] == sum(p.stat().st_size for p in folder.iterdir())
    assert entry["files"].keys() == {p.name for p in folder.iterdir()}
    assert entry["numbers"] == told["numbers"]
    model.save_to_preset(folder, card="My own words.")
    assert (folder / CARD).read_text() == "My own words."
    assert "description" not in json.loads((folder / METADATA).read_text())


# What must not happen.


def test_nothing_of_the_users_is_overwritten(tmp_path):
    model = vae()
    file = tmp_path / "file"
    file.write_text("mine")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").write_text("mine")
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / METADATA).write_text('{"dataset": "mine"}')
    mixed = model.save_to_preset(tmp_path / "mixed")
    (mixed / "notes.txt").write_text("mine")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for target in (file, photos, fake, mixed):
        with pytest.raises(FileExistsError, match=r"Nothing was written|it is a file"):
            model.save_to_preset(target)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    empty = tmp_path / "empty"
    empty.mkdir()
    model.save_to_preset(empty)
    (mixed / "notes.txt").unlink()
    trained(model).save_to_preset(mixed)
    np.testing.assert_array_equal(outputs(gz.from_preset(mixed)), outputs(model))


def test_a_failure_leaves_the_old_preset(folder, monkeypatch):
    model = vae()
    model.save_to_preset(folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    moves = []

    def broken(source, target):
        moves.append(target)
        if len(moves) == 2:
            raise OSError("the disk is gone")
        return os.rename(source, target)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        trained(model).save_to_preset(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in folder.parent.iterdir()] == ["preset"]


def test_saving_does_not_touch_the_model(folder):
    model = trained(gan())
    model.compile()
    before = values([*model.variables, *model.optimizer.variables])
    model.save_to_preset(folder, dtype="float16")
    for a, b in zip(
        values([*model.variables, *model.optimizer.variables]), before, strict=True
    ):
        np.testing.assert_array_equal(a, b)
    assert model.compiled
    names = {p.name for p in folder.iterdir()}
    assert not names & {OPTIMIZER, OPTIMIZER_WEIGHTS}
    assert not gz.from_preset(folder).compiled


BAD = {
    "dtype": ({"dtype": "float8"}, "`dtype` must be one of"),
    "halves and optimizer": (
        {"dtype": "float16", "optimizer": True},
        "`dtype` must be 'float32' with `optimizer=True`",
    ),
    "metadata of ours": ({"metadata": {"files": {}}}, r"leave \['files'\] alone"),
    "metadata no JSON": ({"metadata": {"a": {1, 2}}}, "`metadata` must be JSON"),
    "metadata NaN": ({"metadata": {"a": float("nan")}}, "`metadata` must be JSON"),
    "metadata a list": ({"metadata": ["a"]}, "`metadata` must be a dictionary"),
    "card": ({"card": 3}, "`card` must be a string"),
    "samples": ({"samples": "no.png"}, "`samples` must be a PNG file"),
    "objects": ({"custom_objects": [1]}, "`custom_objects` must be a dictionary"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_named(folder, case):
    arguments, match = BAD[case]
    model = vae()
    model.compile()
    with pytest.raises(ValueError, match=match):
        model.save_to_preset(folder, **arguments)
    assert list(folder.parent.iterdir()) == []


def test_models_that_are_no_presets(folder):
    class Subclassed(keras.Model):
        pass

    unbuilt = keras.Sequential([keras.layers.Dense(3)])
    function = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)]
    )
    for model in (3, Subclassed(), unbuilt, function):
        with pytest.raises(ValueError, match="model"):
            zoo.save_preset(model, folder)
    with pytest.raises(ValueError, match=r"`optimizer` must be False.*not compiled"):
        vae().save_to_preset(folder, optimizer=True)
    assert not folder.exists()


class MyGAN(gz.GAN):
    """A user's own model."""


def test_a_users_own_class(folder):
    model = MyGAN(gan().generator, gan().discriminator, seed=0)
    model.save_to_preset(folder)
    loaded = MyGAN.from_preset(folder)
    assert type(loaded) is MyGAN
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    assert type(gz.from_preset(folder, custom_objects={"MyGAN": MyGAN})) is MyGAN
    with pytest.raises(ValueError, match="custom_objects"):
        gz.from_preset(folder)


@pytest.mark.parametrize("name", MODELS)
def test_what_draws_alone_draws_what_the_model_draws(name, folder):
    model = trained(MODELS[name]())
    model.save_to_preset(folder)
    alone = zoo.load_generator(folder)
    if not hasattr(model, "discriminator"):
        assert type(alone) is type(model)
        np.testing.assert_array_equal(outputs(alone), outputs(model))
        return
    assert not isinstance(alone, keras.Model)
    loaded = gz.from_preset(folder)
    for seed in (3, None):
        got = alone.sample(4, seed=seed)
        np.testing.assert_array_equal(got, loaded.sample(4, seed=seed))
        assert np.std(got) > 1e-3
    labels = {"labels": [0, 2, 1, 1, 0]} if name == "ConditionalGAN" else {}
    np.testing.assert_array_equal(
        alone.decode(LATENTS, **labels), model.decode(LATENTS, **labels)
    )


def test_a_class_made_from_a_gan_draws_its_own_way(folder):
    class Darker(gz.GAN):
        def sample(self, *args, **kwargs):
            return super().sample(*args, **kwargs) / 2

    model = trained(Darker(generator(), discriminator(), seed=0))
    model.save_to_preset(folder, custom_objects={"Darker": Darker})
    alone = zoo.load_generator(folder, custom_objects={"Darker": Darker})
    assert type(alone) is Darker
    np.testing.assert_array_equal(alone.sample(2, seed=1), model.sample(2, seed=1))


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("average_generator", "weights of `average_generator`, it has none"),
        ("average_generator/layers/dense/vars/0", "layers/dense/vars/0 has no array"),
    ],
)
def test_a_generator_without_its_weights_is_refused(folder, name, match):
    gan().save_to_preset(folder)
    forged = Forgery(folder, folder.with_name("forged"))
    with forged.weights() as file:
        del file[name]
    forged.seal()
    with pytest.raises(ValueError, match=match):
        zoo.load_generator(forged.folder)
