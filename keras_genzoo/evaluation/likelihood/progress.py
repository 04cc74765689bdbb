"""A progress bar with an estimate of the time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextmanager
def progress_bar(
    description: str, total: int, shown: bool, console: Console | None = None
) -> Iterator[Callable[[int], None]]:
    """Gives a function that moves the bar on by so many moves.

    Args:
        description: what stands before the bar.
        total: number of moves in all.
        shown: whether there is a bar at all.
        console: where; None takes standard error.
    """
    if not shown:
        yield lambda count: None
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        # Moves take all the same time, so the whole run tells what is left.
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console or Console(stderr=True),
        speed_estimate_period=3600.0,
    )
    with bars:
        task = bars.add_task(description, total=total)
        yield lambda count: bars.advance(task, count)
