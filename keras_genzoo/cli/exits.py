"""How a command ends: an exit code, and one line on stderr where it failed."""

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NoReturn

import typer

from keras_genzoo.cli.models import RefusedPreset


class Exit(IntEnum):
    """Exit codes of `genzoo`; 0 is success."""

    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    EXISTS = 4
    DOWNLOAD = 5
    REFUSED = 6
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 an argument that cannot be used, 3 no such "
    "preset, recipe or file, 4 the output exists already, 5 a download failed, 6 a "
    "preset was refused, 130 interrupted, 143 ended by SIGTERM."
)

# The first that fits counts, so a subclass stands before its base.
_CODES: tuple[tuple[type[BaseException], Exit], ...] = (
    (RefusedPreset, Exit.REFUSED),
    (FileNotFoundError, Exit.NOT_FOUND),
    (FileExistsError, Exit.EXISTS),
    (ConnectionError, Exit.DOWNLOAD),
    (KeyboardInterrupt, Exit.INTERRUPTED),
    (ValueError, Exit.USAGE),
    (TypeError, Exit.USAGE),
    (ImportError, Exit.FAILED),
    (FloatingPointError, Exit.FAILED),
    (OSError, Exit.FAILED),
)


def code_of(error: BaseException) -> Exit | None:
    """The exit code for an error, or None for one that is a fault of the program."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return None


def guarded(command: Callable) -> Callable:
    """The command, ending with one line and an exit code where it raises an error."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            # Whoever read the results has seen enough.
            _close_stdout()
            raise typer.Exit(0) from None
        except (Exception, KeyboardInterrupt) as error:
            code = code_of(error)
            if code is None or isinstance(error, typer.Exit):
                raise
            fail(str(error) or "interrupted", code)

    return run


def fail(message: str, code: Exit = Exit.FAILED) -> NoReturn:
    """Says what is wrong in one line on stderr and ends the program."""
    line = " ".join(f"genzoo: {message}".split())
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        line = f"\033[31m{line}\033[0m"
    print(line, file=sys.stderr)
    raise typer.Exit(int(code)) from None


def _close_stdout() -> None:
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
