"""Hugging Face through its own client, against a stand-in; Kaggle by its cache."""

import json
import sys
import types

import numpy as np
import pytest
from hub_server import HubServer
from huggingface_hub import constants
from small_models import outputs, vae
from small_models import with_weights as trained

import keras_genzoo as gz
from keras_genzoo import zoo
from keras_genzoo.zoo.layout import METADATA, WEIGHTS


@pytest.fixture
def hub(tmp_path, monkeypatch):
    server = HubServer()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_TOKEN", "hf_a_token")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    yield server
    server.close()


def test_a_preset_goes_to_the_hub_and_back(hub):
    model = trained(vae())
    handle = model.push_to_hub("ann/my-vae", dtype="float16", metadata={"data": "no"})
    assert handle == f"hf://ann/my-vae@{hub.oid('ann/my-vae', 0)}"
    files = hub.repos["ann/my-vae"][0]
    assert sorted(files) == ["README.md", "config.json", METADATA, WEIGHTS]
    assert json.loads(files[METADATA])["data"] == "no"
    assert '"my-vae"' in files["README.md"].decode()
    for name in (handle, "hf://ann/my-vae", "hf://ann/my-vae@v0"):
        np.testing.assert_allclose(
            outputs(gz.VAE.from_preset(name)), outputs(model), atol=1e-3
        )


def test_revisions(hub, tmp_path):
    models = [vae(), trained(vae())]
    for model in models:
        model.save_to_preset(tmp_path / "vae")
        zoo.push_to_hub(tmp_path / "vae", "ann/vae")
    for number, model in enumerate(models):
        for revision in (f"v{number}", hub.oid("ann/vae", number)):
            loaded = gz.from_preset(f"hf://ann/vae@{revision}")
            np.testing.assert_array_equal(outputs(loaded), outputs(model))
    np.testing.assert_array_equal(
        outputs(gz.from_preset("hf://ann/vae")), outputs(models[1])
    )


def test_offline_means_the_cache(hub, monkeypatch):
    vae().push_to_hub("ann/vae")
    gz.from_preset("hf://ann/vae")
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    hub.requests.clear()
    assert isinstance(gz.from_preset("hf://ann/vae"), gz.VAE)
    with pytest.raises(ConnectionError, match="KERAS_GENZOO_OFFLINE is set"):
        gz.from_preset("hf://ann/other")
    assert hub.requests == []


def test_what_is_not_there(hub):
    vae().push_to_hub("ann/vae")
    with pytest.raises(ConnectionError, match=r"no such repository, or it is private"):
        gz.from_preset("hf://ann/nothing")
    with pytest.raises(ConnectionError, match=r"no revision 'v9'"):
        gz.from_preset("hf://ann/vae@v9")
    hub.repos["bob/text"] = [{"README.md": b"#", "model.safetensors": b"0"}]
    with pytest.raises(ValueError, match=r"must be a preset, it has no metadata.json"):
        gz.from_preset("hf://bob/text")
    hub.repos["bob/large"] = [{METADATA: b" " * (2**20 + 1)}]
    with pytest.raises(ValueError, match=r"1,048,577 bytes; the most is 1,048,576"):
        gz.from_preset("hf://bob/large")
    assert not [
        path for _, path in hub.requests if "/bob/" in path and "resolve" in path
    ]
    hub.close()
    with pytest.raises(ConnectionError, match="hf://ann/other could not be downloaded"):
        gz.from_preset("hf://ann/other")


def test_what_was_changed_on_the_hub_is_refused(hub):
    vae().push_to_hub("ann/vae")
    files = hub.repos["ann/vae"][0]
    hub.repos["ann/vae"].append({**files, "README.md": b"# A better card"})
    assert isinstance(gz.from_preset("hf://ann/vae"), gz.VAE)
    changed = bytearray(files[WEIGHTS])
    changed[-9] ^= 1
    hub.repos["ann/vae"].append({**files, WEIGHTS: bytes(changed)})
    with pytest.raises(ValueError, match="damaged or was changed"):
        gz.from_preset("hf://ann/vae")


def test_pushing_what_is_no_preset(hub, tmp_path):
    for repo in ("vae", "a/b/c", "../x", 3):
        with pytest.raises(ValueError, match="`repo` must be"):
            zoo.push_to_hub(vae(), repo)
    with pytest.raises(ValueError, match="`preset` must be a model or a folder"):
        zoo.push_to_hub(tmp_path / "nothing", "ann/x")
    with pytest.raises(ValueError, match="no file metadata"):
        zoo.push_to_hub(tmp_path, "ann/x")
    assert hub.repos == {}
    hub.close()
    with pytest.raises(ConnectionError, match="could not be uploaded to hf://ann/x"):
        vae().push_to_hub("ann/x")


FORMS = (
    "hf://",
    "hf://vae",
    "hf://a/b/c",
    "hf://../x",
    "hf://a/b@",
    "kaggle://a/b",
    "kaggle://a/b/keras/../1",
    "kaggle://a/b/c/d/e",
)


@pytest.mark.parametrize("handle", FORMS)
def test_handles_of_another_form(handle):
    with pytest.raises(ValueError, match="`handle` must be"):
        gz.from_preset(handle)


def test_a_missing_client_says_how_to_get_it(monkeypatch):
    for module, handle, extra in (
        ("huggingface_hub", "hf://ann/vae", "hf"),
        ("kagglehub", "kaggle://ann/vae/keras/small", "kaggle"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=rf"keras-genzoo\[{extra}\]"):
            gz.from_preset(handle)


def test_kaggle(tmp_path, monkeypatch):
    model = trained(vae())
    # Where kagglehub keeps a version of a model.
    folder = tmp_path / "models" / "ann" / "vae" / "keras" / "small" / "2"
    model.save_to_preset(folder)
    asked = []

    def model_download(handle):
        asked.append(handle)
        if "private" in handle:
            raise RuntimeError("403 Client Error.\nYou are not allowed to see it.")
        return str(folder)

    client = types.SimpleNamespace(model_download=model_download)
    monkeypatch.setitem(sys.modules, "kagglehub", client)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    loaded = gz.from_preset("kaggle://ann/vae/keras/small")
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    with pytest.raises(ConnectionError, match=r"downloaded \(403 Client Error\. You"):
        gz.from_preset("kaggle://ann/private/keras/small")
    assert asked == ["ann/vae/keras/small", "ann/private/keras/small"]
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    loaded = gz.from_preset("kaggle://ann/vae/keras/small/2")
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    with pytest.raises(ConnectionError, match="not in Kaggle's cache"):
        gz.from_preset("kaggle://ann/vae/keras/small/1")
    assert len(asked) == 2
