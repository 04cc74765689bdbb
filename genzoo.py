"""The command `genzoo`, which chooses a backend before Keras is imported.

Keras reads its backend once, when it is imported, and fails if that backend is not
installed. This module therefore stands outside the package and imports nothing of
Keras until the choice is made.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

# In the order of preference where Keras' own choice is not installed.
BACKENDS = ("jax", "torch", "tensorflow")
KERAS_DEFAULT = "tensorflow"


class Choice(NamedTuple):
    """A backend, and what to tell the user of it (empty if there is no surprise)."""

    backend: str
    note: str = ""


def installed_backends() -> tuple[str, ...]:
    """Returns the names of the installed backends without importing them."""
    return tuple(
        name for name in BACKENDS if importlib.util.find_spec(name) is not None
    )


def config_path(environ: Mapping[str, str]) -> Path:
    """Returns where Keras looks for its config file."""
    folder = environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(folder, "keras.json").expanduser()


def wanted_backend(environ: Mapping[str, str]) -> tuple[str, str]:
    """Returns the backend that Keras would take, and where that is written.

    Raises:
        ValueError: If `KERAS_BACKEND` names none of the three backends.
    """
    name = environ.get("KERAS_BACKEND", "")
    if name:
        if name not in BACKENDS:
            raise ValueError(
                "KERAS_BACKEND must be one of 'jax', 'torch' and 'tensorflow'. "
                f"Received: {name!r}."
            )
        return name, "KERAS_BACKEND"
    path = config_path(environ)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    # Keras, too, goes on with its defaults where the file is missing or broken.
    except (OSError, ValueError):
        config = {}
    if isinstance(config, dict) and "backend" in config:
        # Keras writes its default into the file; only another name was chosen.
        name = str(config["backend"])
        return name, "Keras' default" if name == KERAS_DEFAULT else str(path)
    return KERAS_DEFAULT, "Keras' default"


def choose_backend(
    environ: Mapping[str, str],
    installed: Collection[str],
    demanded: str | None = None,
) -> Choice | None:
    """Returns the backend to use, or `None` if none is installed.

    The wanted one is `KERAS_BACKEND`, else the one in Keras' config file, else Keras'
    default. Where it is not installed, the first installed one of `BACKENDS` takes
    its place.

    Args:
        environ: The environment variables.
        installed: The names of the installed backends.
        demanded: The backend that the command line names, which no other replaces.

    Raises:
        ValueError: If `KERAS_BACKEND` names none of the three backends, or the one
            demanded is not installed.
    """
    if demanded is not None:
        if demanded not in installed:
            raise ValueError(
                f"--backend {demanded}: this backend is not installed. "
                f'pip install "keras-genzoo[{demanded}]"'
            )
        return Choice(demanded)
    wanted, source = wanted_backend(environ)
    if wanted in installed:
        return Choice(wanted)
    present = [name for name in BACKENDS if name in installed]
    if not present:
        return None
    reason = "is not installed" if wanted in BACKENDS else "cannot train these models"
    return Choice(
        present[0],
        f"the backend {wanted!r} ({source}) {reason}; using {present[0]!r}. "
        "Set KERAS_BACKEND to choose.",
    )


def backend_option(arguments: Sequence[str]) -> str | None:
    """The backend that `--backend NAME` or `--backend=NAME` names, or None.

    Raises:
        ValueError: a name that is none of the three backends.
    """
    name = None
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--backend" and position + 1 < len(arguments):
            name = arguments[position + 1]
        elif argument.startswith("--backend="):
            name = argument.removeprefix("--backend=")
    if name is not None and name not in BACKENDS:
        raise ValueError(
            "--backend must be one of 'jax', 'torch' and 'tensorflow'. "
            f"Received: {name!r}."
        )
    return name


def keep_programs(environ: MutableMapping[str, str], folder: Path) -> None:
    """Has JAX keep what it compiles in a folder, unless the user has chosen one.

    A command is a new process each time, and without this compiles the same again.
    """
    if "JAX_COMPILATION_CACHE_DIR" in environ:
        return
    environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    # Small programs too: a model is built and drawn from by dozens of them.
    environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(2**28))


def hold_back_package() -> None:
    """Lets modules of `keras_genzoo` be imported without the package's own `__init__`.

    That one imports Keras and every model, which takes seconds; `genzoo --help` and
    `genzoo list` need neither. It runs as soon as somebody asks the package for one
    of its own names.
    """
    spec = importlib.util.find_spec("keras_genzoo")
    package = importlib.util.module_from_spec(spec)

    def missing(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = f"{spec.name}.{name}"
        if importlib.util.find_spec(module) is not None:
            return importlib.import_module(module)
        del package.__getattr__
        spec.loader.exec_module(package)
        return getattr(package, name)

    package.__getattr__ = missing
    sys.modules[spec.name] = package


def main() -> int:
    """Runs the command line; returns the exit code."""
    try:
        choice = choose_backend(
            os.environ, installed_backends(), backend_option(sys.argv[1:])
        )
    except ValueError as error:
        print(f"genzoo: {error}", file=sys.stderr)
        return 2
    if choice is None:
        print(
            "genzoo: none of the backends jax, torch and tensorflow is installed. "
            'Install one, for example: pip install "keras-genzoo[jax]"',
            file=sys.stderr,
        )
        return 1
    if choice.note:
        print(f"genzoo: {choice.note}", file=sys.stderr)
    os.environ["KERAS_BACKEND"] = choice.backend
    # TensorFlow's C++ library greets with lines about the processor; errors reach
    # the user as Python exceptions all the same.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # PyTorch's threads wait for each other by spinning; where another program wants
    # the same cores, a training step then takes many times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    hold_back_package()

    from keras_genzoo.cli import app
    from keras_genzoo.zoo.settings import cache_folder

    if choice.backend == "jax":
        keep_programs(os.environ, cache_folder() / "jax")
    app()
    return 0


if __name__ == "__main__":
    sys.exit(main())
