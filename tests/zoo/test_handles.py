"""Names, folders and addresses that lead to presets."""

import numpy as np
import pytest
from bad_server import BadServer
from small_models import classifier, gan, outputs, vae
from small_models import with_weights as trained

import keras_genzoo as gz
from keras_genzoo import zoo
from keras_genzoo.zoo import handles, named, web
from keras_genzoo.zoo.fetch import Patience
from keras_genzoo.zoo.layout import METADATA, WEIGHTS

HURRIED = Patience(timeout=1.0, attempts=2, delay=0.001)


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_CACHE", str(tmp_path / "cache"))
    for name in ("KERAS_GENZOO_OFFLINE", "KERAS_GENZOO_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("web_preset", "named_preset"):
        monkeypatch.setattr(handles, name, _hurried(getattr(web, name)))


def _hurried(function):
    return lambda *arguments: function(*arguments, patience=HURRIED)


@pytest.fixture
def server():
    server = BadServer()
    yield server
    server.close()


@pytest.fixture
def model():
    return trained(vae())


@pytest.fixture
def folder(model, tmp_path):
    return model.save_to_preset(tmp_path / "saved" / "my vae")


def serve(server, folder, path):
    server.files.update({f"{path}/{p.name}": p.read_bytes() for p in folder.iterdir()})


@pytest.fixture
def index(monkeypatch):
    entries = {}
    monkeypatch.setattr(named, "_entries", lambda: entries)
    return entries


def test_every_way_of_writing_a_folder(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(folder.parent))
    (tmp_path / "link").symlink_to(folder)
    for handle in (
        folder,
        str(folder),
        "my vae",
        "./my vae",
        "~/my vae",
        tmp_path / "link",
        folder.as_uri(),
        f"file://localhost{folder.as_uri().removeprefix('file://')}",
    ):
        assert zoo.find_preset(handle).folder == folder
    with pytest.raises(ValueError, match="has no file metadata"):
        gz.from_preset(folder.parent)


def test_handles_that_lead_nowhere(index):
    index.update({n: {"class": "GAN"} for n in ("dcgan_emoji", "vae_emoji")})
    with pytest.raises(ValueError, match=r"'dcgan_emojy' is none .*mean 'dcgan_emoji'"):
        gz.from_preset("dcgan_emojy")
    for form in ("name of a preset", "folder", "https://", "hf://", "kaggle://"):
        with pytest.raises(ValueError, match=form):
            gz.from_preset("nothing")
    for handle in ("s3://x/y", "ftp://x/y", "file://elsewhere/x", "", 3, None, b"x"):
        with pytest.raises(ValueError, match="`handle` must be the name"):
            gz.from_preset(handle)
    for handle in (
        "http://example.com/x",
        "https://",
        "https://h/x?a=1",
        "https://h#x",
    ):
        with pytest.raises(ValueError, match="address must b"):
            gz.from_preset(handle)


def test_an_address_is_fetched_once(server, folder, model):
    serve(server, folder, "/zoo/vae")
    handle = f"{server.url}/zoo/vae"
    for _ in range(2):
        loaded = gz.VAE.from_preset(handle)
        np.testing.assert_array_equal(outputs(loaded), outputs(model))
    paths = [path for path, _ in server.requests]
    assert paths.count(f"/zoo/vae/{METADATA}") == 3
    assert paths.count(f"/zoo/vae/{WEIGHTS}") == 1


def test_a_new_version_at_an_address(server, folder, model):
    serve(server, folder, "/v")
    first = gz.from_preset(f"{server.url}/v/")
    other = vae()
    other.save_to_preset(folder)
    serve(server, folder, "/v")
    second = gz.from_preset(f"{server.url}/v/")
    np.testing.assert_array_equal(outputs(first), outputs(model))
    np.testing.assert_array_equal(outputs(second), outputs(other))
    # A server that cannot be reached leaves the last one.
    server.always[f"/v/{METADATA}"] = ("status", 503)
    with pytest.warns(UserWarning, match=r"HTTP 503.*fetched last"):
        third = gz.from_preset(f"{server.url}/v/")
    np.testing.assert_array_equal(outputs(third), outputs(second))


def test_addresses_without_a_preset(server, folder):
    with pytest.raises(ConnectionError, match=r"metadata.json: HTTP 404"):
        gz.from_preset(f"{server.url}/x")
    server.files[f"/x/{METADATA}"] = b"<html>"
    with pytest.raises(ValueError, match=rf"{server.url}/x/metadata.json. must be a"):
        gz.from_preset(f"{server.url}/x")
    server.files[f"/x/{METADATA}"] = b" " * (2**20 + 1)
    with pytest.raises(ConnectionError, match="more than 1,048,576 bytes"):
        gz.from_preset(f"{server.url}/x")
    serve(server, folder, "/x")
    server.plan[f"/x/{METADATA}"] = [("cut", 20)]
    assert isinstance(gz.from_preset(f"{server.url}/x"), gz.VAE)


def test_offline_means_the_cache(server, folder, monkeypatch):
    serve(server, folder, "/v")
    gz.from_preset(f"{server.url}/v")
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    server.requests.clear()
    assert isinstance(gz.from_preset(f"{server.url}/v"), gz.VAE)
    with pytest.raises(ConnectionError, match=r"KERAS_GENZOO_OFFLINE is set.*cache"):
        gz.from_preset(f"{server.url}/w")
    assert server.requests == []


def test_a_name_that_is_downloaded(server, folder, model, index, monkeypatch, tmp_path):
    bases = (f"{server.url}/gone/vae", f"{server.url}/mirror/vae")
    index["vae"] = zoo.index_entry(folder, bases)
    serve(server, folder, "/mirror/vae")
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "yes")
    with pytest.raises(ConnectionError, match=r"'vae'.*KERAS_GENZOO_OFFLINE is set"):
        gz.from_preset("vae")
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "0")
    expected = outputs(model)
    np.testing.assert_array_equal(outputs(gz.from_preset("vae")), expected)
    count = len(server.requests)
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    np.testing.assert_array_equal(outputs(gz.from_preset("vae")), expected)
    assert len(server.requests) == count
    # Nothing but what the index says comes in, whatever the server has become.
    monkeypatch.setenv("KERAS_GENZOO_CACHE", str(tmp_path / "other"))
    monkeypatch.delenv("KERAS_GENZOO_OFFLINE")
    vae().save_to_preset(folder)
    serve(server, folder, "/mirror/vae")
    with pytest.raises(ConnectionError, match=r"'vae'.*sha256|bytes, expected"):
        gz.from_preset("vae")


def test_another_base(server, folder, index, monkeypatch):
    index["vae"] = zoo.index_entry(folder, ("https://192.0.2.1/never/vae",))
    serve(server, folder, "/base/vae")
    monkeypatch.setenv("KERAS_GENZOO_URL", f"{server.url}/base/")
    assert isinstance(gz.from_preset("vae"), gz.VAE)


def test_a_bundled_name_needs_no_network(folder, model, index, monkeypatch):
    monkeypatch.setattr(handles, "BUNDLED", folder.parent)
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    index["my vae"] = zoo.index_entry(folder)
    assert index["my vae"]["bundled"]
    np.testing.assert_array_equal(outputs(gz.from_preset("my vae")), outputs(model))


def test_presets_by_class(index, tmp_path):
    for name, model in (("a", vae()), ("b", gan()), ("c", classifier())):
        index[name] = zoo.index_entry(zoo.save_preset(model, tmp_path / name))
    assert zoo.list_presets() == ["a", "b", "c"]
    assert zoo.list_presets(gz.VAE) == zoo.list_presets("VAE") == ["a"]
    assert zoo.list_presets("Functional") == ["c"]
    zoo.index()["a"]["class"] = "changed"
    assert zoo.index()["a"]["class"] == "VAE"
