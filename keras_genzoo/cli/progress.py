"""A bar on stderr while a recipe trains."""

from typing import Any

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


def progress_bar() -> Progress:
    """Steps, losses, the time gone and the time left; on stderr."""
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
        TextColumn("[cyan]{task.fields[losses]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class StepBar(keras.callbacks.Callback):
    """Moves the bar a step, and shows the last epoch's losses beside it.

    Args:
        bar: as from `progress_bar`.
        name: what is trained.
        steps: how many; None takes those of `fit`.
    """

    def __init__(self, bar: Progress, name: str, steps: int | None = None):
        super().__init__()
        self.bar = bar
        self.steps = steps
        self.task: Any = bar.add_task(name, total=steps or 0, losses="preparing")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        in_epoch = self.params["steps"]
        total = self.steps or in_epoch * self.params["epochs"]
        self.bar.update(self.task, total=total, completed=epoch * in_epoch)

    @does_without_steps()
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.bar.update(self.task, advance=1)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        shown = [k for k in logs or {} if k.endswith("_loss")] or ["loss"]
        losses = "  ".join(f"{k.removesuffix('_loss')} {logs[k]:.4g}" for k in shown)
        self.bar.update(self.task, losses=losses)
