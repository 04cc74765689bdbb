"""What ran where, and the files that measurements are kept in."""

import json
import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path

import keras

import keras_genzoo

_PACKAGES = {
    "jax": ("jax", "jaxlib"),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "torch": ("torch",),
}


def describe(versions: dict | None = None) -> dict:
    """The machine and the versions; those of the backend's packages unless given."""
    backend = keras.backend.backend()
    return {
        "backend": backend,
        "cpu": cpu_model(),
        "cores": cores(),
        "python": platform.python_version(),
        "keras_genzoo": keras_genzoo.__version__,
        "keras": keras.__version__,
        "numpy": version("numpy"),
        **(_versions(backend) if versions is None else versions),
    }


def _versions(backend: str) -> dict:
    found = {}
    for package in _PACKAGES[backend]:
        try:
            found[package] = version(package)
        except ImportError:  # TensorFlow has one of two names
            continue
    return found


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_model() -> str:
    """The processor's name, as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def peak_resident() -> int:
    """The most bytes that this process has held in memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def write_report(path: Path, benchmark: str, machine: dict, report: dict) -> None:
    """Everything measured, with the command that measured it, as `results.py` reads."""
    command = f"KERAS_BACKEND={machine['backend']} python " + " ".join(
        [f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"benchmark": benchmark, "machine": machine, "command": command, **report}
    path.write_text(json.dumps(whole, indent=2) + "\n")
