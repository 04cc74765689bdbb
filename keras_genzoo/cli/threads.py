"""Trainings that come out the same on any number of cores."""

from collections.abc import MutableMapping

# What the backends' processors read when they are first used: XLA on the CPU,
# TensorFlow, and PyTorch with its two libraries.
_VARIABLES = (
    "PJRT_NPROC",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def use_one_thread(environ: MutableMapping[str, str]) -> None:
    """Has the backend compute on one thread; to be called before Keras is imported.

    Several threads share a sum among them, and its rounding then depends on how many
    they are. Two players make different losses of that within tens of steps.
    """
    for name in _VARIABLES:
        environ[name] = "1"
