"""Loss curves drawn by matplotlib."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_genzoo.visualization._series import series_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def loss_curves(
    history: Any,
    keys: Sequence[str] | None = None,
    title: str | None = None,
    ylabel: str | None = None,
    initial_epoch: int = 0,
) -> "Figure":
    """Draws one curve for each logged number, over epochs.

    The figure belongs to no global state: it opens no window and needs no closing.
    Save it with `figure.savefig(path)`; a notebook shows it as it is.

    Args:
        history: What `fit` returns, its `.history`, or any mapping from names to
            sequences of numbers, one an epoch.
        keys: The names to draw, in this order. Defaults to all.
        title: Text above the axes. Defaults to none.
        ylabel: Text beside the vertical axis, such as the unit. Defaults to none.
        initial_epoch: How many epochs came before the first number, for a resumed
            run. Defaults to `0`.

    Returns:
        A `matplotlib.figure.Figure` with one pair of axes.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If `history` is not as described above.
        ValueError: If a key is unknown or nothing is left to draw.
    """
    series = series_of(history, keys)
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise ImportError(
            "`loss_curves` needs matplotlib, which is not installed. "
            'Install it with: pip install "keras-genzoo[plots]"'
        ) from error
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, values in series.items():
        epochs = initial_epoch + 1 + np.arange(len(values))
        # A single point makes no line; a marker shows it.
        marker = "o" if len(values) == 1 else None
        axes.plot(epochs, values, label=name, marker=marker)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if ylabel:
        axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure
