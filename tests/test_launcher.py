import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import genzoo

ALL = ("jax", "torch", "tensorflow")


@pytest.fixture
def keras_home(tmp_path):
    """A folder for Keras' config file, and how to fill it."""

    def write(config=None):
        if config is not None:
            text = config if isinstance(config, str) else json.dumps(config)
            (tmp_path / "keras.json").write_text(text)
        return {"KERAS_HOME": str(tmp_path)}

    return write


def command(*arguments, **environ):
    """Runs `genzoo` in a fresh process with these variables set or removed."""
    merged = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, genzoo.__file__, *arguments],
        env={key: value for key, value in merged.items() if value is not None},
        capture_output=True,
        text=True,
    )


def without(tmp_path, *backends):
    """Environment in which these backends seem not to be installed."""
    blocked = json.dumps(backends)
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, package=None: "
        f"None if name in {blocked} else find(name, package)\n"
    )
    return {"PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize("name", ALL)
def test_the_variable_is_followed(keras_home, name):
    environ = keras_home({"backend": "torch"}) | {"KERAS_BACKEND": name}
    assert genzoo.choose_backend(environ, ALL) == (name, "")


def test_the_config_file_is_next(keras_home):
    environ = keras_home({"backend": "torch"})
    assert genzoo.choose_backend(environ, ALL) == ("torch", "")
    environ["KERAS_BACKEND"] = ""
    assert genzoo.choose_backend(environ, ALL) == ("torch", "")


@pytest.mark.parametrize("config", [None, {}, {"floatx": "float32"}, "{ broken", "[]"])
def test_keras_default_is_last(keras_home, config):
    assert genzoo.choose_backend(keras_home(config), ALL) == ("tensorflow", "")


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (("torch", "jax"), "jax"),
        (("torch",), "torch"),
        (("jax",), "jax"),
    ],
)
def test_a_missing_default_is_replaced_with_a_word(keras_home, installed, chosen):
    choice = genzoo.choose_backend(keras_home(), installed)
    assert choice.backend == chosen
    assert choice.note == (
        "the backend 'tensorflow' (Keras' default) is not installed; using "
        f"'{chosen}'. Set KERAS_BACKEND to choose."
    )


def test_keras_own_config_file_counts_as_its_default(keras_home):
    choice = genzoo.choose_backend(keras_home({"backend": "tensorflow"}), ["jax"])
    assert "(Keras' default)" in choice.note


def test_the_note_says_where_the_wish_came_from(keras_home):
    environ = keras_home({"backend": "torch"})
    choice = genzoo.choose_backend(environ, ["jax", "tensorflow"])
    assert choice.backend == "jax"
    assert str(Path(environ["KERAS_HOME"], "keras.json")) in choice.note
    environ["KERAS_BACKEND"] = "tensorflow"
    choice = genzoo.choose_backend(environ, ["torch"])
    assert choice.backend == "torch"
    assert "'tensorflow' (KERAS_BACKEND)" in choice.note


def test_a_config_file_that_names_no_trainer(keras_home):
    choice = genzoo.choose_backend(keras_home({"backend": "numpy"}), ["torch"])
    assert choice.backend == "torch"
    assert "'numpy'" in choice.note
    assert "cannot train" in choice.note


def test_an_unknown_name_is_an_error(keras_home):
    with pytest.raises(ValueError, match=r"jax.*torch.*tensorflow.*'theano'"):
        genzoo.choose_backend(keras_home() | {"KERAS_BACKEND": "theano"}, ALL)


def test_none_installed(keras_home):
    assert genzoo.choose_backend(keras_home(), ()) is None


def test_config_path_without_a_variable():
    assert genzoo.config_path({}) == Path.home() / ".keras" / "keras.json"
    assert genzoo.config_path({"KERAS_HOME": "~/k"}) == Path.home() / "k/keras.json"


@pytest.mark.backend_free
def test_programs_are_kept_where_the_user_wants_them():
    environ = {}
    genzoo.keep_programs(environ, Path("here"))
    assert environ.pop("JAX_COMPILATION_CACHE_DIR") == "here"
    # Of any size, and as many as fit 256 MiB.
    assert sorted(environ.values()) == ["0", "268435456"]
    chosen = {"JAX_COMPILATION_CACHE_DIR": "there"}
    genzoo.keep_programs(chosen, Path("here"))
    assert chosen == {"JAX_COMPILATION_CACHE_DIR": "there"}


def test_the_module_imports_nothing_of_keras():
    code = (
        "import sys, genzoo; genzoo.installed_backends();"
        "sys.exit(any(m in sys.modules for m in "
        "('keras', 'keras_genzoo', 'jax', 'torch', 'tensorflow', 'numpy')))"
    )
    folder = Path(genzoo.__file__).parent
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)


@pytest.mark.backend_free
def test_command_with_an_unknown_name():
    done = command("--version", KERAS_BACKEND="theano")
    assert done.returncode == 2
    assert done.stderr.startswith("genzoo: KERAS_BACKEND must be one of")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.backend_free
def test_command_without_any_backend(tmp_path):
    done = command("--version", KERAS_BACKEND=None, **without(tmp_path, *ALL))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'pip install "keras-genzoo[jax]"' in done.stderr


def test_command_replaces_a_missing_default(tmp_path, keras_home):
    running = os.environ.get("KERAS_BACKEND") or "tensorflow"
    # Whatever backend these tests run on is the only one there.
    others = [name for name in ALL if name != running]
    wish = others[0]
    done = command(
        "--version",
        **without(tmp_path, *others),
        **keras_home({"backend": wish}),
        KERAS_BACKEND=None,
    )
    assert done.returncode == 0, done.stderr
    assert f"backend {running})" in done.stdout
    assert f"genzoo: the backend '{wish}'" in done.stderr
    assert f"using '{running}'" in done.stderr


def test_command_says_nothing_where_there_is_no_surprise():
    # TensorFlow has a message of its own on processors where it uses oneDNN.
    done = command("--version", TF_ENABLE_ONEDNN_OPTS="0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("keras_genzoo ")
    assert done.stderr == ""
