"""`genzoo translate`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import BackendOption, JsonOption, OverwriteOption


def translate(
    model: Annotated[
        str,
        typer.Argument(
            help="A CycleGAN: a preset's name or handle, or a `.keras` file of one or "
            "of one direction of it."
        ),
    ],
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="An image, or a folder of them.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder for the PNG files.")],
    direction: Annotated[
        str | None, typer.Option(help="a_to_b or b_to_a.", show_default="a_to_b")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(min=8, help="Side of the square to bring images to first."),
    ] = None,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Translate images with a trained CycleGAN; they keep their size and names."""
    from keras_genzoo.cli.models import load_model
    from keras_genzoo.cli.output import say, say_json
    from keras_genzoo.translate import make_translator, translate_files

    size = None if image_size is None else (image_size,) * 2
    function, channels = make_translator(load_model(model), direction, model)
    written = []
    for path in translate_files(source, output, function, channels, size, overwrite):
        written.append(str(path))
        if not as_json:
            say(str(path))
    if as_json:
        say_json({"files": written})
