"""A map of two-dimensional latents, drawn by matplotlib."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def latent_scatter(
    z: np.ndarray,
    labels: np.ndarray | None = None,
    names: Sequence[str] | None = None,
    title: str | None = None,
) -> "Figure":
    """Draws latents as points of the plane, a colour for each label.

    Both axes have the same scale. Points are drawn in the order in which they come,
    not class by class, so that no class hides the others. The figure belongs to no
    global state: save it with `figure.savefig(path)`; a notebook shows it as it is.

    Args:
        z: Latents of shape `(n, 2)`.
        labels: Integers of shape `(n,)`. Defaults to none: one colour, no legend.
        names: What the legend says for label 0, 1 and so on, such as
            `dataset.label_names`. Defaults to the labels themselves.
        title: Text above the axes. Defaults to none.

    Returns:
        A `matplotlib.figure.Figure` with one pair of axes.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If the latents are not of shape `(n, 2)` and finite, the labels are
            not as many integers, or a label has no name.
    """
    z = np.asarray(z)
    if z.ndim != 2 or z.shape[1] != 2 or not len(z):
        raise ValueError(
            "`z` must be latents of shape (n, 2) with n at least 1. "
            f"Received: shape {z.shape}."
        )
    if not np.isfinite(z).all():
        raise ValueError("`z` must be finite. Received: NaN or infinity.")
    if labels is not None:
        labels = _checked(labels, len(z), names)
    elif names is not None:
        raise ValueError("`names` must be None where `labels` is. Received: names.")
    try:
        from matplotlib import colormaps
        from matplotlib.figure import Figure
        from matplotlib.lines import Line2D
    except ImportError as error:
        raise ImportError(
            "`latent_scatter` needs matplotlib, which is not installed. "
            'Install it with: pip install "keras-genzoo[plots]"'
        ) from error
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.add_subplot()
    # Small points where there are many.
    size = float(np.clip(20_000 / len(z), 3, 40))
    points = {"s": size, "alpha": 0.7, "linewidths": 0}
    if labels is None:
        axes.scatter(z[:, 0], z[:, 1], **points)
    else:
        values, index = np.unique(labels, return_inverse=True)
        few = next((n for n in (10, 20) if len(values) <= n), None)
        colours = (
            colormaps[f"tab{few}"](np.arange(len(values)))
            if few
            else colormaps["turbo"](np.linspace(0.0, 1.0, len(values)))
        )
        axes.scatter(z[:, 0], z[:, 1], c=colours[index], **points)
        keys = [
            Line2D([], [], linestyle="", marker="o", color=colour) for colour in colours
        ]
        said = [str(v) if names is None else str(names[v]) for v in values]
        figure.legend(keys, said, loc="outside right upper", frameon=False)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("z[0]")
    axes.set_ylabel("z[1]")
    if title:
        axes.set_title(title)
    axes.grid(alpha=0.3)
    return figure


def _checked(labels: Any, n: int, names: Sequence[str] | None) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`labels` must be integers of shape ({n},), one for each latent. "
            f"Received: {labels.dtype} of shape {labels.shape}."
        )
    if names is not None and (labels.min() < 0 or labels.max() >= len(names)):
        raise ValueError(
            f"`labels` must be in [0, {len(names)}), the places in `names`. "
            f"Received: values from {labels.min()} to {labels.max()}."
        )
    return labels
