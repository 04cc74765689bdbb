"""A picture of samples every few epochs, always of the same latents."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from keras_genzoo.visualization import image_grid, save_gif, save_png

FRAME = re.compile(r"epoch_(\d{4,})\.png")


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of samples as a PNG file every few epochs.

    Every grid is drawn with the same seed, so the same latents are seen to change
    as the model learns. The files are named `epoch_0001.png` and so on, after the
    number of epochs the model has then been trained.

    A run that starts at `initial_epoch` above 0 (or that
    `keras.callbacks.BackupAndRestore` resumes) keeps the frames that are there from
    earlier epochs, and its animation begins with them. A run that starts at epoch 0
    writes over frames of the same number and animates only its own.

    Args:
        directory: Folder of the files; made where it is missing.
        every: Epochs from one picture to the next. Defaults to `1`.
        n: Samples in a grid. Defaults to `64`.
        columns: Samples in a row. Defaults to a grid about as wide as high.
        seed: Seed given to the model's `sample`. Defaults to `0`.
        gif: Whether to write `samples.gif`, an animation of all frames, at the end
            of training. Defaults to `False`.
        padding: Pixels between samples, before `scale`. Defaults to `2`.
        scale: Whole factor by which every pixel is repeated. Defaults to `1`.
        seconds_per_frame: Speed of the animation, in seconds. Defaults to `0.2`.
        sample_arguments: Further keyword arguments of the model's `sample`, such
            as the labels of a conditional model. Defaults to none.

    Raises:
        ValueError: If `every` or `n` is less than 1.
        TypeError: At the start of training, if the model has no method `sample`.

    Example:

    ```python
    model.fit(images, epochs=20, callbacks=[SampleGrid("samples", gif=True)])
    ```
    """

    # On several processes the first one draws.
    writes_files = True

    def __init__(
        self,
        directory: str | os.PathLike,
        every: int = 1,
        n: int = 64,
        columns: int | None = None,
        seed: int = 0,
        gif: bool = False,
        padding: int = 2,
        scale: int = 1,
        seconds_per_frame: float = 0.2,
        sample_arguments: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        for argument, value in (("every", every), ("n", n)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"`{argument}` must be an integer of at least 1. "
                    f"Received: {value!r}."
                )
        self.directory = Path(directory)
        self.every = every
        self.n = n
        self.columns = columns
        self.seed = seed
        self.gif = gif
        self.padding = padding
        self.scale = scale
        self.seconds_per_frame = seconds_per_frame
        self.sample_arguments = dict(sample_arguments or {})
        self._frames: list[Path] | None = None

    @property
    def frames(self) -> list[Path]:
        """The files of the running or last run in order of epochs, with the earlier
        frames that a resumed run found."""
        return list(self._frames or [])

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not callable(getattr(self.model, "sample", None)):
            raise TypeError(
                "`SampleGrid` needs a model with a method `sample(n, seed=...)` that "
                "returns images in [0, 1]. "
                f"Received: a {type(self.model).__name__}, which has none."
            )
        # `initial_epoch` reaches callbacks only with the first epoch.
        self._frames = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._frames is None:
            self._frames = frames_up_to(self.directory, epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        done = epoch + 1
        if done % self.every:
            return
        samples = self.model.sample(self.n, seed=self.seed, **self.sample_arguments)
        grid = image_grid(
            samples, columns=self.columns, padding=self.padding, scale=self.scale
        )
        self._frames.append(save_png(self.directory / f"epoch_{done:04d}.png", grid))

    def on_train_end(self, logs: dict | None = None) -> None:
        if self.gif and self._frames:
            save_gif(
                self.directory / "samples.gif",
                [np.asarray(Image.open(frame)) for frame in self._frames],
                seconds_per_frame=self.seconds_per_frame,
            )


def frames_up_to(directory: Path, epochs: int) -> list[Path]:
    """Returns the frames on disk of the first `epochs` epochs, in order."""
    if not directory.is_dir():
        return []
    numbered = [
        (int(match[1]), path)
        for path in directory.iterdir()
        if (match := FRAME.fullmatch(path.name))
    ]
    return [path for number, path in sorted(numbered) if number <= epochs]
