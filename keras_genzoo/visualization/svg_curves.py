"""Loss curves as SVG text, for a page: no plotting library, light and dark."""

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_genzoo.visualization._checks import whole_number
from keras_genzoo.visualization._series import series_of

# The palette of Okabe and Ito, told apart by colour-blind readers too, and for a
# dark ground the same hues lighter.
LIGHT = ("#0072b2", "#d55e00", "#009e73", "#a3478a", "#8a6d00", "#444444")
DARK = ("#56b4e9", "#ff9b55", "#3fd0a4", "#e79cc8", "#e6c84f", "#cccccc")

LEFT, RIGHT, TOP, BOTTOM = 80, 16, 44, 46
LEGEND_KEY, LETTER = 30, 7.4  # widths in pixels: a legend's line, a 13 px letter


def nice_ticks(low: float, high: float, count: int = 5) -> np.ndarray:
    """Returns round numbers, about `count` of them, that cover `[low, high]`."""
    span = high - low
    if span <= 0:
        span = abs(low) or 1.0
        low, high = low - span / 2, high + span / 2
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= 0.999 * rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return np.arange(first, last + 1) * step


def tick_text(value: float, step: float) -> str:
    """Returns a tick's label, with the digits that its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:.{digits}f}".replace("-", "\u2212")


def svg_curves(
    history: Any,
    keys: Sequence[str] | None = None,
    title: str = "",
    ylabel: str = "",
    labels: dict[str, str] | None = None,
    initial_epoch: int = 0,
    width: int = 640,
    height: int = 360,
) -> str:
    """Draws one curve for each logged number, over epochs, as an SVG document.

    Values that are not finite leave a gap in their curve.

    Args:
        history: What `fit` returns, its `.history`, or any mapping from names to
            sequences of numbers, one an epoch.
        keys: The names to draw, in this order, at most 6. Defaults to all.
        title: Text above the axes, and what a screen reader says. Defaults to none.
        ylabel: Text at the vertical axis, such as the unit. Defaults to none.
        labels: What the legend says in place of a key. Defaults to the keys.
        initial_epoch: How many epochs came before the first number. Defaults to `0`.
        width: Width in pixels. Defaults to `640`.
        height: Height in pixels. Defaults to `360`.

    Returns:
        The text of an SVG file, which follows the reader's light or dark setting.

    Raises:
        TypeError: If `history` is not as described above.
        ValueError: If a key is unknown, nothing finite is left to draw, or there
            are more than 6 series.
    """
    series = series_of(history, keys)
    if len(series) > len(LIGHT):
        raise ValueError(
            f"`keys` must name at most {len(LIGHT)} series. Received: {len(series)}."
        )
    width = whole_number(width, "width", 200)
    height = whole_number(height, "height", 150)
    values = np.concatenate(list(series.values()))
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError("`history` holds no finite number to draw.")

    longest = max(map(len, series.values()))
    y_ticks = nice_ticks(values.min(), values.max())
    x_low, x_high = initial_epoch + 1, initial_epoch + longest
    # One epoch alone still needs an axis with a length.
    x_span = max(x_high - x_low, 1)

    def x_at(epoch: float) -> float:
        return LEFT + (epoch - x_low) / x_span * (width - LEFT - RIGHT)

    def y_at(value: float) -> float:
        part = (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return height - BOTTOM - part * (height - TOP - BOTTOM)

    parts = []
    step = y_ticks[1] - y_ticks[0]
    for tick in y_ticks:
        y = y_at(tick)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{tick_text(tick, step)}</text>"
        )
    ticks = nice_ticks(x_low, x_high, 6)
    whole = {round(t) for t in ticks if t == round(t)} | {x_low, x_high}
    shown: list[int] = []
    for tick in sorted(t for t in whole if x_low <= t <= x_high):
        # A last tick that would touch the one before it takes its place.
        if shown and x_at(tick) - x_at(shown[-1]) < 36:
            if tick != x_high or len(shown) == 1:
                continue
            shown.pop()
        shown.append(tick)
    parts += [
        f'<text x="{x_at(tick):.1f}" y="{height - BOTTOM + 20}" '
        f'text-anchor="middle">{tick}</text>'
        for tick in shown
    ]
    parts.append(
        f'<text x="{(LEFT + width - RIGHT) / 2:.1f}" y="{height - 8}" '
        'text-anchor="middle">epoch</text>'
    )
    if ylabel:
        middle = (TOP + height - BOTTOM) / 2
        parts.append(
            f'<text transform="translate(15 {middle:.1f}) rotate(-90)" '
            f'text-anchor="middle">{html.escape(ylabel)}</text>'
        )

    legend_x = float(LEFT)
    for index, (name, curve) in enumerate(series.items()):
        label = (labels or {}).get(name, name)
        parts.append(
            f'<line class="s{index}" x1="{legend_x:.1f}" x2="{legend_x + 20:.1f}" '
            f'y1="22" y2="22"/><text x="{legend_x + 26:.1f}" y="26">'
            f"{html.escape(label)}</text>"
        )
        legend_x += LEGEND_KEY + LETTER * len(label) + 14
        points = [
            (x_at(initial_epoch + 1 + epoch), y_at(value))
            if math.isfinite(value)
            else None
            for epoch, value in enumerate(curve)
        ]
        parts += curve_elements(points, index)

    style = "".join(f".s{i}{{stroke:{colour}}}" for i, colour in enumerate(LIGHT))
    dark = "".join(f".s{i}{{stroke:{colour}}}" for i, colour in enumerate(DARK))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">'
        f"<title>{html.escape(title or 'Curves over epochs')}</title>"
        "<style>text{font:13px system-ui,sans-serif;fill:#444}"
        "line,polyline,circle{fill:none;stroke-width:2}"
        ".grid{stroke:#888;stroke-opacity:.3;stroke-width:1}"
        f"{style}@media(prefers-color-scheme:dark){{text{{fill:#ccc}}{dark}}}"
        f"</style>{''.join(parts)}</svg>\n"
    )


def curve_elements(
    points: Sequence[tuple[float, float] | None], index: int
) -> list[str]:
    """Returns a line for each unbroken run of points, and a dot for a lone one."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    elements = []
    for run in filter(None, runs):
        if len(run) == 1:
            (x, y) = run[0]
            elements.append(
                f'<circle class="s{index}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
            )
        else:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            elements.append(f'<polyline class="s{index}" points="{line}"/>')
    return elements
