"""Presets made to do harm are refused: nothing runs, nothing is written elsewhere."""

import json
import os
import pickle
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from bad_server import BadServer
from forgery import Forgery
from small_models import conditional_vae

import keras_genzoo as gz
from keras_genzoo.zoo.fetch import Patience
from keras_genzoo.zoo.layout import CONFIG, METADATA, WEIGHTS
from keras_genzoo.zoo.web import web_preset

RAN = []


@keras.saving.register_keras_serializable(package="stranger")
class Stranger(keras.layers.Layer):
    """Registered by another package that happens to be imported."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        RAN.append("Stranger")

    def call(self, x):
        return x


@keras.saving.register_keras_serializable(package="stranger")
def strange(x):
    RAN.append("strange")
    return x


class Bomb:
    def __reduce__(self):
        return RAN.append, ("pickle",)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("original") / "preset"
    return conditional_vae().save_to_preset(folder)


@pytest.fixture
def forged(original, tmp_path):
    return Forgery(original, tmp_path / "forged")


def refused(forged, match=None):
    """Loading fails in the promised way, soon, and nothing of the preset ran."""
    RAN.clear()
    before = files_of(forged.folder.parent)
    begin = time.process_time()
    with pytest.raises(ValueError, match=match) as error:
        gz.from_preset(forged.folder)
    assert time.process_time() - begin < 30
    assert str(forged.folder) in str(error.value)
    assert RAN == []
    assert files_of(forged.folder.parent) == before


def files_of(folder):
    return {p: p.lstat().st_mtime_ns for p in Path(folder).rglob("*")}


def test_the_original_is_not_refused(forged):
    assert isinstance(gz.from_preset(forged.seal().folder), gz.ConditionalVAE)


# Classes and functions in the config.


def layer_of(config, name="Dense"):
    layers = config["config"]["encoder"]["config"]["layers"]
    return next(layer for layer in layers if layer["class_name"] == name)


LAMBDA = {"class_name": "__lambda__", "config": {"value": ["4wAA", None, None]}}
CLASSES = {
    "lambda layer": {
        "class_name": "Lambda",
        "config": {"name": "x", "function": LAMBDA},
    },
    "saved model layer": {
        "class_name": "TFSMLayer",
        "config": {"name": "x", "filepath": "/etc"},
    },
    "torch module, pickled": {
        "class_name": "TorchModuleWrapper",
        "config": {"name": "x", "module": "gASVAA=="},
    },
    "vocabulary from a file": {
        "class_name": "StringLookup",
        "config": {"name": "x", "vocabulary": "/etc/passwd"},
    },
    "a function of the system": {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
    },
    "a class of the system": {
        "module": "subprocess",
        "class_name": "Popen",
        "config": {"args": ["touch", "owned"]},
    },
    "load_model": {
        "module": "keras.models",
        "class_name": "load_model",
        "config": {"filepath": "/tmp/x"},
    },
    "get_file": {
        "module": "keras.utils",
        "class_name": "get_file",
        "config": {"origin": "https://example.com"},
    },
    "a stranger's class": {
        "module": "stranger",
        "class_name": "Stranger",
        "registered_name": "stranger>Stranger",
    },
    "a stranger's class as one of Keras": {
        "registered_name": "stranger>Stranger",
    },
    "a stranger's class as one of ours": {
        "module": "keras_genzoo.layers",
        "class_name": "Stranger",
        "registered_name": "keras_genzoo>Stranger",
    },
    "no module": {"module": None, "class_name": "Lambda"},
    "module of a wrong type": {"module": ["keras.layers"]},
    "class of a wrong type": {"class_name": {"Dense": 1}},
    "a model that compiles": {"compile_config": {"optimizer": "adam"}},
}


@pytest.mark.parametrize("case", CLASSES)
def test_classes_that_no_preset_needs(forged, case):
    config = forged.json()
    layer_of(config).update(CLASSES[case])
    forged.write(config)
    refused(forged)


VALUES = {
    "lambda as activation": LAMBDA,
    "a stranger's function by name": "stranger>strange",
    "a stranger's function": {
        "module": "builtins",
        "class_name": "function",
        "config": "stranger>strange",
        "registered_name": "function",
    },
    "tensor of a strange type": {
        "class_name": "__numpy__",
        "config": {"value": [1], "dtype": "V999999999"},
    },
    "typespec": {
        "class_name": "__typespec__",
        "spec_name": "TensorSpec",
        "module": "tensorflow",
        "config": [[1], "io"],
        "registered_name": None,
    },
    "a list": ["relu"],
    "no such function": "no_such_activation",
}


@pytest.mark.parametrize("case", VALUES)
def test_values_that_would_become_code(forged, case):
    config = forged.json()
    layer_of(config)["config"]["activation"] = VALUES[case]
    forged.write(config)
    refused(forged)


def test_a_stranger_whom_the_user_brings_is_welcome(tmp_path):
    network = keras.Sequential([keras.Input((2,)), Stranger(name="s")])
    folder = tmp_path / "preset"
    with pytest.raises(ValueError, match=r"names 'test_hostile_presets\.Stranger'"):
        gz.zoo.save_preset(network, folder)
    allowed = {"Stranger": Stranger}
    gz.zoo.save_preset(network, folder, custom_objects=allowed)
    with pytest.raises(ValueError, match="custom_objects"):
        gz.from_preset(folder)
    loaded = gz.from_preset(folder, custom_objects=allowed)
    assert type(loaded.layers[0]) is Stranger


# Sizes.


def giant_units(config):
    layer_of(config)["config"]["units"] = 2**24


def giant_in_two_layers(config):
    layers = config["config"]["encoder"]["config"]["layers"]
    for layer in layers:
        if layer["class_name"] == "Dense":
            layer["config"]["units"] = 40_000


def number_beyond_reason(config):
    layer_of(config)["config"]["units"] = 10**12


def long_number(config):
    layer_of(config)["config"]["units"] = 10**4000


def giant_input(config):
    layer_of(config, "InputLayer")["config"]["batch_shape"] = [None, 2**20, 2**20, 8]


@pytest.mark.parametrize(
    "change",
    [giant_units, giant_in_two_layers, number_beyond_reason, long_number, giant_input],
)
def test_giant_shapes_are_never_made(forged, change):
    config = forged.json()
    change(config)
    forged.write(config)
    refused(forged)


def test_json_beyond_all_bounds(forged):
    forged.write('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    refused(forged, "nested too deep")
    forged.write('{"a": ' + "[" * 200 + "]" * 200 + "}")
    refused(forged, "100 deep")
    forged.write(json.dumps({"a": " " * 17_000_000}))
    refused(forged, "the most is")


JSON = {
    "no JSON": "import os",
    "a list": "[]",
    "a number": "7",
    "not a number": '{"config": NaN}',
    "a key twice": '{"class_name": "A", "class_name": "B"}',
    "no text": "\udcff",
    "empty": "",
    "no class": "{}",
    "config of a wrong type": '{"class_name": "VAE", "config": 3}',
    "a layer instead of a model": json.dumps(
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"units": 3},
            "registered_name": None,
        }
    ),
}


@pytest.mark.parametrize("case", JSON)
def test_configs_of_wrong_types(forged, case):
    (forged.folder / CONFIG).write_bytes(JSON[case].encode("utf-8", "surrogateescape"))
    refused(forged.seal())


OWN = {
    "networks as strings": ("encoder", "encoder"),
    "no networks": ("encoder", None),
    "number of a wrong type": ("num_classes", "three"),
    "an argument that is none": ("device", "cuda"),
}


@pytest.mark.parametrize("case", OWN)
def test_models_that_cannot_be(forged, case):
    config, (name, value) = forged.json(), OWN[case]
    config["config"][name] = value
    forged.write(config)
    refused(forged)


# Metadata.


METADATA_ENTRIES = {
    "format of a wrong type": {"format": "1"},
    "a newer format": {"format": 2},
    "files as a list": {"files": []},
    "no files": {"files": {}},
    "count of a wrong type": {"parameter_count": "many"},
    "negative count": {"parameter_count": -1},
    "unknown dtype": {"dtype": "float8"},
    "class of a wrong type": {"class": None},
}


@pytest.mark.parametrize("case", METADATA_ENTRIES)
def test_metadata_of_wrong_types(forged, case):
    refused(forged.metadata(**METADATA_ENTRIES[case]))


def test_a_newer_format_says_what_to_do(forged):
    forged.metadata(format=7, keras_genzoo_version="9.1")
    refused(forged, r"format 7, saved by keras_genzoo 9\.1.*Upgrade")


NAMES = ("../evil", "/etc/passwd", "..\\evil", "a/b", "C:evil", ".", "", "x.py")


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere(forged, name):
    files = forged.json(METADATA)["files"]
    refused(forged.metadata(files={**files, name: files[CONFIG]}), "lists a file")


ENTRIES = {
    "no checksum": {"size": 3},
    "short checksum": {"size": 3, "sha256": "00"},
    "path as checksum": {"size": 3, "sha256": "../" * 21 + "a"},
    "negative size": {"size": -1, "sha256": "0" * 64},
    "endless": {"size": 2**50, "sha256": "0" * 64},
    "size as text": {"size": "3", "sha256": "0" * 64},
    "nothing": None,
}


@pytest.mark.parametrize("case", ENTRIES)
def test_files_of_wrong_types(forged, case):
    files = forged.json(METADATA)["files"]
    refused(forged.metadata(files={**files, WEIGHTS: ENTRIES[case]}))


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_changed_files(forged, name):
    path = forged.folder / name
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    refused(forged, "damaged or was changed")
    path.write_bytes(data + b" ")
    refused(forged, "damaged or was changed")
    path.unlink()
    refused(forged, f"no file {name}")


@pytest.mark.parametrize("name", [CONFIG, METADATA, WEIGHTS])
def test_links_that_lead_out(forged, name, tmp_path):
    path = forged.folder / name
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    refused(forged, "link that leads out")
    path.unlink()
    path.symlink_to("/dev/zero")
    refused(forged, "link that leads out")


# Weights.


def soft_link(file, folder):
    file["encoder/vars/0"] = h5py.SoftLink("/decoder")


def external_link(file, folder):
    file["encoder/vars/0"] = h5py.ExternalLink(str(folder / CONFIG), "/")


def hard_link(file, folder):
    file["encoder/again"] = file["decoder"]


def circle(file, folder):
    file["encoder/layers/up"] = file["encoder"]


def external_values(file, folder):
    file.create_dataset(
        "encoder/x", (9,), "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
    )


def virtual_values(file, folder):
    layout = h5py.VirtualLayout((9,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (9,))
    file.create_virtual_dataset("encoder/x", layout)


def pickled(file, folder):
    data = np.frombuffer(pickle.dumps(Bomb()), "u1")
    file["encoder/x"] = np.void(data.tobytes())


def strings(file, folder):
    file["encoder/x"] = "import os"


def references(file, folder):
    file.create_dataset("encoder/x", data=file["encoder"].ref, dtype=h5py.ref_dtype)


def compound(file, folder):
    file["encoder/x"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def zip_bomb(file, folder):
    file.create_dataset("encoder/x", (2**34,), "f4", chunks=(2**20,), compression=9)


def named_type(file, folder):
    file["encoder/x"] = np.dtype("f4")


def empty(file, folder):
    file["encoder/x"] = h5py.Empty("f4")


STRUCTURES = [
    soft_link,
    external_link,
    hard_link,
    circle,
    external_values,
    virtual_values,
    pickled,
    strings,
    references,
    compound,
    zip_bomb,
    named_type,
    empty,
]


@pytest.mark.parametrize("change", STRUCTURES)
def test_weights_that_are_more_than_numbers(forged, change):
    with forged.weights() as file:
        change(file, forged.folder)
    refused(forged.seal(), WEIGHTS)


def kernel_of(file):
    return file["encoder/layers/dense/vars"]


def other_shape(file):
    del kernel_of(file)["0"]
    kernel_of(file)["0"] = np.zeros((3, 3), "f4")


def missing_array(file):
    del kernel_of(file)["1"]


def missing_layer(file):
    del file["encoder/layers/dense"]


def missing_seeds(file):
    del file["vars/seed_0"]


@pytest.mark.parametrize(
    "change", [other_shape, missing_array, missing_layer, missing_seeds]
)
def test_weights_of_another_model(forged, change):
    with forged.weights() as file:
        change(file)
    refused(forged.seal(), "does not hold the weights")


def test_a_shape_that_does_not_fit_is_named(forged):
    with forged.weights() as file:
        other_shape(file)
    refused(forged.seal(), r"dense/vars/0 has the shape \(3, 3\), expected \(64, 6\)")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_truncated_weights(forged, share):
    path = forged.folder / WEIGHTS
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(forged.seal(), WEIGHTS)


def test_a_pickle_instead_of_weights(forged):
    (forged.folder / WEIGHTS).write_bytes(pickle.dumps(Bomb()))
    refused(forged.seal(), "HDF5")


def test_a_class_that_was_not_asked_for(forged):
    with pytest.raises(ValueError, match=r"preset of GAN, .* is one of ConditionalVAE"):
        gz.GAN.from_preset(forged.folder)
    assert isinstance(gz.VAE.from_preset(forged.folder), gz.ConditionalVAE)


# From the web.


@pytest.mark.parametrize("name", NAMES)
def test_no_download_leaves_the_cache(forged, name, tmp_path, monkeypatch):
    cache = tmp_path / "deep" / "er" / "cache"
    monkeypatch.setenv("KERAS_GENZOO_CACHE", str(cache))
    metadata = forged.json(METADATA)
    metadata["files"][name] = {"size": 4, "sha256": "0" * 64}
    server = BadServer({f"/p/{METADATA}": json.dumps(metadata).encode()})
    try:
        with pytest.raises(ValueError, match="lists a file"):
            web_preset(f"{server.url}/p", patience=Patience(1.0, 1, 0.0))
    finally:
        server.close()
    assert [path for path, _ in server.requests] == [f"/p/{METADATA}"]
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and "deep" in p.parts]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/../../x", "https://h/..%2f..%2fx"])
def test_addresses_name_folders_of_the_cache(url):
    from keras_genzoo.zoo.web import slug

    assert os.sep not in slug(url)
    assert not slug(url).startswith(".")
