"""A progress bar for people, on stderr."""

import contextlib
import sys
from collections.abc import Callable, Iterator


def progress_bar(name: str) -> Callable:
    """`progress_bar(name)(total)` is a context manager that gives `report(done)`.

    Nothing is shown where stderr is no terminal.
    """

    @contextlib.contextmanager
    def show(total: int) -> Iterator[Callable[[int], None]]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        quiet = total == 0 or not sys.stderr.isatty()
        with Progress(*columns, console=console, disable=quiet) as progress:
            task = progress.add_task(name, total=total)
            yield lambda done: progress.update(task, completed=done)

    return show
