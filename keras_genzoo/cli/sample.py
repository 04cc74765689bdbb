"""`genzoo sample`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import (
    BackendOption,
    JsonOption,
    OverwriteOption,
    SeedOption,
)

HandleArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A preset's name, folder or address.")
]


def sample(
    model: HandleArgument,
    n: Annotated[int, typer.Option("--number", "-n", min=1, help="How many.")] = 64,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A .png for a grid, a .npy for an array, else a folder of PNG files.",
            show_default="MODEL.png",
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="A class, by number or name, of a conditional model; several take "
            "turns.",
            show_default="every class in turn",
        ),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(help="GANs: the largest component of a latent, such as 0.7."),
    ] = None,
    columns: Annotated[
        int | None, typer.Option(min=1, help="Images in a row of the grid.")
    ] = None,
    scale: Annotated[int, typer.Option(min=1, help="Factor of the grid's pixels.")] = 2,
    seed: SeedOption = None,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw images from a trained model."""
    from keras_genzoo.cli.models import label_names, load_model
    from keras_genzoo.cli.output import say, say_json
    from keras_genzoo.cli.pictures import check_output, save_images

    output = output or Path(f"{Path(model).stem}.png")
    check_output(output, n, overwrite)
    loaded = load_model(model, "sample", whole=False)
    arguments = sampling_arguments(loaded, n, label or [], truncation, seed, model)
    classes = getattr(loaded, "num_classes", None)
    if columns is None and classes is not None and not label:
        columns = classes
    images = loaded.sample(**arguments)
    if images.ndim != 4:
        raise ValueError(
            f"{model} draws values of shape {images.shape[1:]}, no images."
        )
    files = save_images(output, images, columns, scale)
    if as_json:
        labels = arguments.get("labels")
        say_json(
            {
                "model": model,
                "number": n,
                "seed": seed,
                "shape": list(images.shape[1:]),
                "labels": None if labels is None else labels.tolist(),
                "label_names": label_names(model),
                "files": files,
            }
        )
    else:
        for file in files:
            say(file)


def sampling_arguments(
    model, n: int, label: list[str], truncation: float | None, seed, handle: str
) -> dict:
    """What the model's `sample` is called with.

    Raises:
        ValueError: classes or a truncation for a model that has no such thing.
    """
    import inspect

    from keras_genzoo.cli.labels import parse_labels, spread
    from keras_genzoo.cli.models import label_names

    known = inspect.signature(model.sample).parameters
    if "images" in known:
        raise ValueError(
            f"{handle} is of class {type(model).__name__}, which draws nothing; see "
            "`genzoo translate`."
        )
    arguments = {"n": n, "seed": seed}
    if truncation is not None:
        if "truncation" not in known:
            raise ValueError(
                f"--truncation: {handle} is of class {type(model).__name__}."
            )
        arguments["truncation"] = truncation
    classes = getattr(model, "num_classes", None)
    if classes is not None or label:
        names = label_names(handle)
        chosen = parse_labels(label, classes, names) or list(range(classes))
        arguments["labels"] = spread(chosen, n)
    return arguments
