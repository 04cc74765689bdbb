"""Training as a progress bar."""

from collections.abc import Mapping

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from keras_genzoo.training.step_hooks import does_without_steps


def progress_bars(console: Console) -> Progress:
    """Returns bars with epochs, losses, and the time gone and left."""
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("epoch {task.fields[epoch]}"),
        TextColumn("[cyan]{task.fields[losses]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


class TrainingBar(keras.callbacks.Callback):
    """Moves one bar a step, and shows the last epoch's losses beside it.

    Args:
        bars: The bars to add one to.
        description: What the bar is called.
        shown: Which logs to show, by their key, and what to call them.
    """

    def __init__(self, bars: Progress, description: str, shown: Mapping[str, str]):
        super().__init__()
        self.bars = bars
        self.shown = dict(shown)
        # No total yet, so the bar swings while the first step is compiled.
        self.task = bars.add_task(
            description, total=None, epoch="-", losses="preparing"
        )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        epochs = self.params["epochs"]
        self.bars.update(self.task, epoch=f"{epoch + 1}/{epochs}")

    @does_without_steps()
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        # The number of steps is unknown to some data sets; the bar then swings on.
        steps = self.params.get("steps")
        total = steps * self.params["epochs"] if steps else None
        self.bars.update(self.task, advance=1, total=total)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        losses = "  ".join(
            f"{name} {logs[key]:.4g}" for key, name in self.shown.items() if key in logs
        )
        self.bars.update(self.task, losses=losses)
