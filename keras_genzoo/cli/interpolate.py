"""`genzoo interpolate`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import (
    BackendOption,
    JsonOption,
    OverwriteOption,
    SeedOption,
)
from keras_genzoo.cli.sample import HandleArgument


def interpolate(
    model: HandleArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A .png for strips, a .gif for an animation, a .npy for an array.",
            show_default="MODEL-path.png",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="An image to start from; else a draw of the prior."),
    ] = None,
    end: Annotated[
        Path | None, typer.Option(help="An image to end at, with --start.")
    ] = None,
    steps: Annotated[int, typer.Option(min=2, help="Images on a path.")] = 9,
    rows: Annotated[int, typer.Option(min=1, help="Paths, without images.")] = 4,
    path: Annotated[str, typer.Option(help="spherical or linear.")] = "spherical",
    label: Annotated[
        str | None,
        typer.Option(help="The class, by number or name, of a conditional model."),
    ] = None,
    scale: Annotated[int, typer.Option(min=1, help="Factor of the pixels.")] = 2,
    seed: SeedOption = None,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk through a model's latents, from one image to another."""
    import numpy as np

    from keras_genzoo.cli.labels import parse_labels
    from keras_genzoo.cli.models import label_names, load_model
    from keras_genzoo.cli.output import check_free, say, say_json

    output = output or Path(f"{Path(model).stem}-path.png")
    if output.suffix not in (".png", ".gif", ".npy"):
        raise ValueError(f'--output must end in .png, .gif or .npy, got "{output}".')
    if (start is None) != (end is None):
        raise ValueError("--start and --end must be given together.")
    check_free([output], overwrite)
    loaded = load_model(model, "decode", whole=start is not None)
    classes = getattr(loaded, "num_classes", None)
    labels = None
    if classes is not None or label is not None:
        given = [] if label is None else [label]
        chosen = parse_labels(given, classes, label_names(model))
        labels = chosen[0] if chosen else 0
    if start is not None:
        from keras_genzoo.cli.images import read_image

        if not callable(getattr(loaded, "encode", None)):
            raise ValueError(
                f"--start: {model} is of class {type(loaded).__name__}, which has no "
                "encoder."
            )
        ends = [read_image(p, loaded.example_shape)[None] for p in (start, end)]
    else:
        ends = np.random.default_rng(seed).standard_normal(
            (2, rows, loaded.latent_dim), dtype="float32"
        )
    from keras_genzoo.latent import interpolate as walk

    images = walk(loaded, *ends, steps=steps, path=path, labels=labels)
    _save(output, images, scale)
    if as_json:
        say_json(
            {
                "model": model,
                "paths": len(images),
                "steps": steps,
                "seed": seed,
                "label": labels,
                "files": [str(output)],
            }
        )
    else:
        say(str(output))


def _save(output: Path, images, scale: int) -> None:
    from keras_genzoo.cli.pictures import save_array
    from keras_genzoo.visualization import image_grid, save_gif, save_png, strip

    if output.suffix == ".npy":
        save_array(output, images)
    elif output.suffix == ".png":
        save_png(output, strip(images, scale=scale))
    else:
        frames = [image_grid(frame, scale=scale) for frame in images.swapaxes(0, 1)]
        save_gif(output, frames + frames[-2::-1])
