"""Functions run in processes that hold nothing but freshly imported modules.

Each is forked from one process that has imported them and run nothing; an interpreter
of its own for each would spend more on its imports than most tests on all else.
"""

import multiprocessing
import os
import sys
import traceback

import few_programs

FORKS = multiprocessing.get_context("forkserver")
# Keras imports TensorFlow once it serializes something, wherever that is installed.
FORKS.set_forkserver_preload(
    [
        "keras_genzoo.models",
        "keras_genzoo.callbacks",
        "keras_genzoo.zoo.recipes.train",
        "tensorflow",
    ]
)


def _called(target, arguments, environ, printed, errors):
    os.environ |= environ
    few_programs.install()
    for path, stream in ((printed, sys.stdout), (errors, sys.stderr)):
        if path is not None:
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    try:
        target(*arguments)
    except BaseException:
        traceback.print_exc()
        raise


def start(target, *arguments, environ=None, printed=None, errors=None):
    """The process of `target(*arguments)`.

    `target`: a function of a module that can be imported; `environ`: variables that
    the process sets before; `printed`, `errors`: files for what it writes.
    """
    process = FORKS.Process(
        target=_called, args=(target, arguments, environ or {}, printed, errors)
    )
    process.start()
    return process


def ended(process, timeout=300):
    """How it ended: an exit status, or minus the number of a signal."""
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"still running after {timeout} s")
    return process.exitcode


def run(target, *arguments, **settings):
    return ended(start(target, *arguments, **settings))
