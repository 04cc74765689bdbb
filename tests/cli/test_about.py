"""`genzoo list`, `info`, `download`, `doctor`; the launcher's part."""

import json
import os
import subprocess
import sys

import keras
import pytest

import genzoo as launcher
import keras_genzoo as gz
from keras_genzoo import cli

QUICK = (
    ["--help"],
    ["list"],
    ["list", "--recipes", "--json"],
    ["info", "--help"],
    ["train", "--help"],
    ["train", "vae_emoji", "--show"],
    ["doctor", "--no-devices"],
)


@pytest.mark.backend_free
@pytest.mark.parametrize("arguments", QUICK, ids=" ".join)
def test_what_needs_no_keras_imports_none(arguments):
    code = (
        "import sys, genzoo\n"
        f"sys.argv = ['genzoo', *{arguments!r}]\n"
        "try:\n"
        "    genzoo.main()\n"
        "except SystemExit as error:\n"
        "    assert not error.code, error.code\n"
        "late = {'keras', 'jax', 'torch', 'tensorflow', 'numpy'} & set(sys.modules)\n"
        "assert not late, late\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.backend_free
def test_the_package_is_whole_where_it_is_held_back():
    code = (
        "import genzoo\n"
        "genzoo.hold_back_package()\n"
        "import keras_genzoo as gz\n"
        "assert gz.zoo.list_recipes()\n"
        "assert gz.networks.mlp_encoder\n"
        "assert gz.VAE.__name__ == 'VAE' and gz.from_preset\n"
        "import pytest\n"
        "pytest.raises(AttributeError, lambda: gz.nothing)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_list_is_the_index(genzoo):
    found = json.loads(genzoo("list", "--json").stdout)
    assert found == gz.zoo.index()
    text = genzoo("list").stdout
    for name, entry in found.items():
        (line,) = [line for line in text.splitlines() if line.split()[0] == name]
        assert entry["class"] in line
        assert ("bundled" in line) == entry["bundled"]
    recipes = json.loads(genzoo("list", "--recipes", "--json").stdout)
    assert set(recipes) == set(gz.zoo.list_recipes())
    gans = json.loads(genzoo("list", "--recipes", "--model", "GAN", "--json").stdout)
    assert set(gans) == {"dcgan_emoji", "dcgan_fashion_mnist", "dcgan_mnist"}


def test_info(zoo, genzoo):
    handle = zoo[0] / "conditional"
    about = json.loads(genzoo("info", handle, "--json").stdout)
    assert about["class"] == "ConditionalGAN"
    assert about["numbers"] == {"x": 1.5}
    text = genzoo("info", handle).stdout
    for line in ("class: ConditionalGAN", "licence: CC0", "  x: 1.5"):
        assert line in text.splitlines()
    missing = genzoo("info", "dcgan_emojo")
    assert missing.exit_code == 3
    assert missing.stderr.count("\n") == 1


def test_download_of_what_is_there_names_its_folder(zoo, genzoo):
    done = genzoo("download", zoo[0] / "vae", "--json")
    found = json.loads(done.stdout)
    assert found["folder"] == str((zoo[0] / "vae").resolve())
    size = (zoo[0] / "vae" / "model.weights.h5").stat().st_size
    assert found["files"]["model.weights.h5"] == size


def test_a_download_that_cannot_be(genzoo, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_OFFLINE", "1")
    done = genzoo("download", "https://example.com/preset")
    assert done.exit_code == 5
    assert "https://example.com/preset" in done.stderr


def test_doctor(genzoo, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_GENZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "file").write_bytes(b"1234")
    found = json.loads(genzoo("doctor", "--json").stdout)
    running = keras.backend.backend()
    assert found["versions"]["keras"] == keras.__version__
    assert found["versions"]["keras_genzoo"] == gz.__version__
    assert found["backends"][running]
    assert found["devices"] == gz.backends.list_devices()
    assert all(":" in device for device in found["devices"])
    assert found["cache"] == {
        "folder": str(tmp_path / "cache"),
        "files": 1,
        "bytes": 4,
    }
    text = genzoo("doctor", "--no-devices").stdout
    assert str(tmp_path / "cache") in text
    assert "devices" not in text


def test_every_command_has_an_example_that_parses(genzoo):
    for name, _, example in cli.COMMANDS:
        done = genzoo(name, "--help")
        assert done.exit_code == 0
        words = example.split()
        assert words[:2] == ["genzoo", name]
        assert words[-1] in done.stdout
        options = [w.partition("=")[0] for w in words if w.startswith("-")]
        assert all(option in done.stdout for option in options)


@pytest.mark.parametrize(
    ("arguments", "backend"),
    [
        (["sample", "x", "--backend", "torch"], "torch"),
        (["--backend=jax", "list"], "jax"),
        (["train", "x", "--", "--backend", "torch"], None),
        (["list"], None),
    ],
)
def test_the_launcher_finds_the_backend(arguments, backend):
    assert launcher.backend_option(arguments) == backend


def test_a_backend_that_is_demanded_is_not_replaced():
    choice = launcher.choose_backend(
        {"KERAS_BACKEND": "jax"}, ("jax", "torch"), "torch"
    )
    assert choice == ("torch", "")
    with pytest.raises(ValueError, match=r"--backend torch.*not installed.*\[torch\]"):
        launcher.choose_backend({}, ("jax",), "torch")


def test_the_command_runs_on_the_backend_it_is_given():
    running = os.environ.get("KERAS_BACKEND") or "tensorflow"
    other = "torch" if running != "torch" else "jax"
    done = subprocess.run(
        [sys.executable, launcher.__file__, "--backend", running, "--version"],
        env={**os.environ, "KERAS_BACKEND": other},
        capture_output=True,
        text=True,
    )
    assert f"backend {running})" in done.stdout
