"""The model card, where the author of a preset wrote none."""

from pathlib import Path

from keras_genzoo.zoo.layout import SAMPLES


def new_card(metadata: dict, name: str) -> str:
    """A card in Markdown, with the head that model hubs read.

    Args:
        metadata: of the preset.
        name: what the preset is called.
    """
    lines = ["---", "library_name: keras", "tags:", "- keras_genzoo", "---", ""]
    lines += [f"# {name}", ""]
    if isinstance(metadata.get("description"), str):
        lines += [metadata["description"], ""]
    lines += [
        f"Model `{metadata['class']}` of keras_genzoo: "
        f"{metadata['parameter_count']:,} parameters, stored as {metadata['dtype']}, "
        "for TensorFlow, JAX and PyTorch.",
        "",
        "```python",
        "import keras_genzoo",
        "",
        f'model = keras_genzoo.from_preset("{name}")',
        "```",
        "",
    ]
    if SAMPLES in metadata["files"]:
        lines += [f"![Samples]({SAMPLES})", ""]
    for key in ("data", "licence", "training", "numbers", "recipe"):
        if metadata.get(key) not in (None, {}, ""):
            lines += [f"## {key.capitalize()}", "", *_spell(metadata[key]), ""]
    return "\n".join(lines)


def _spell(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"- {key}: {item}" for key, item in value.items()]
    return [str(value)]


def check_samples(samples: object) -> Path | None:
    """The picture that the card shows, if there is one.

    Raises:
        ValueError: it is no path of a PNG file.
    """
    if samples is None:
        return None
    path = Path(samples)
    if not path.is_file() or path.read_bytes()[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f'`samples` must be a PNG file, got "{path}".')
    return path
