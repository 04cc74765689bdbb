"""`genzoo info`."""

from typing import Any

from keras_genzoo.cli.options import JsonOption
from keras_genzoo.cli.sample import HandleArgument


def info(model: HandleArgument, as_json: JsonOption = False) -> None:
    """Tell what a preset is: its data, licence, training and measured numbers."""
    from keras_genzoo.cli.models import check_handle, read_about
    from keras_genzoo.cli.output import say, say_json
    from keras_genzoo.zoo import index

    check_handle(model)
    entry = index().get(model)
    # Of a preset that would have to be downloaded the index says enough.
    about = entry if entry and not entry["bundled"] else read_about(model)
    about = {"name": model, **about}
    if as_json:
        say_json({**about, "index": entry})
        return
    for key, value in about.items():
        if key in ("files", "settings", "format", "sha256"):
            continue
        for line in _lines(key, value, ""):
            say(line)


def _lines(key: str, value: Any, indent: str) -> list[str]:
    name = key.replace("_", " ")
    if isinstance(value, dict):
        lines = [f"{indent}{name}:"]
        for inner, item in value.items():
            lines += _lines(inner, item, f"{indent}  ")
        return lines
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return [f"{indent}{name}: {' '.join(text.split())}"]
