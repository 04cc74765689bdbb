"""Where results and progress go, and files that are not written over."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def say(text: str = "") -> None:
    """A line of the result, on stdout."""
    print(text, flush=True)


def note(text: str) -> None:
    """A line about the progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def say_json(value: Any) -> None:
    """The result as JSON, on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def say_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be, on a terminal and in a pipe alike."""
    table = [list(header), *map(list, rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def check_free(paths: Sequence[Path], overwrite: bool) -> None:
    """Raises a FileExistsError if one of the files is there and must not be replaced.

    Raises:
        FileExistsError: a file is there already, and `overwrite` is False; a folder
            is in its place.
    """
    for path in paths:
        if path.is_dir():
            raise FileExistsError(f'"{path}" is a folder; name a file.')
        if path.exists() and not overwrite:
            raise FileExistsError(
                f'"{path}" exists already; name another with --output, or give '
                "--overwrite."
            )
