"""Curves of a training that left a log."""

import csv
import json
import math
from pathlib import Path

from keras_genzoo.visualization import svg_curves

_MOST = 6


def log_pictures(path: Path) -> dict[str, str]:
    """The curves of a log as SVG: all losses in one, every other number in its own.

    Args:
        path: a CSV file as `keras.callbacks.CSVLogger` writes it, or a JSON file of
            `fit`'s history, `{name: [a number an epoch]}`.

    Returns:
        SVG texts by title.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is no such log.
    """
    history = read_log(path)
    losses = [name for name in history if name.endswith("loss")]
    groups = {"losses": losses[:_MOST]} if losses else {}
    groups |= {
        name: [name] for name in [*losses[_MOST:], *history] if name not in losses
    }
    return {
        title: svg_curves(history, names, title, width=480, height=320)
        for title, names in groups.items()
        if any(math.isfinite(v) for name in names for v in history[name])
    }


def read_log(path: Path) -> dict[str, list[float]]:
    """The numbers of a log by their names; errors as `log_pictures`."""
    if not path.is_file():
        raise FileNotFoundError(f'the log "{path}" does not exist.')
    try:
        text = path.read_text(encoding="utf-8")
        read = _read_json if path.suffix == ".json" else _read_csv
        history = read(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            "--log must be a CSV file of `CSVLogger` or a JSON file of a history, "
            f'"{path}" is neither: {" ".join(str(error).split())[:200]}'
        ) from error
    if not history:
        raise ValueError(f'--log must hold numbers, "{path}" has none.')
    return history


def _read_json(text: str) -> dict[str, list[float]]:
    return {
        str(k): [float(v) for v in values] for k, values in json.loads(text).items()
    }


def _read_csv(text: str) -> dict[str, list[float]]:
    lines = csv.DictReader(text.splitlines())
    history = {name: [] for name in lines.fieldnames or () if name != "epoch"}
    for line in lines:
        for name, values in history.items():
            values.append(float(line[name] or "nan"))
    return {name: values for name, values in history.items() if values}
