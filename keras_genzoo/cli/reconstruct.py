"""`genzoo reconstruct`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import BackendOption, JsonOption, OverwriteOption
from keras_genzoo.cli.sample import HandleArgument


def reconstruct(
    model: HandleArgument,
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="An image, or a folder of them.")
    ],
    output: Annotated[
        Path,
        typer.Argument(
            help="A .png for one picture, each reconstruction below its image; else a "
            "folder of PNG files."
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(help="The class, by number or name, of a conditional model."),
    ] = None,
    scale: Annotated[int, typer.Option(min=1, help="Factor of the picture.")] = 2,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send images through an autoencoder or a VAE; prints the squared errors.

    Images are brought to the model's size first; an error is the mean over pixels in
    [0, 1].
    """
    import numpy as np

    from keras_genzoo.cli.images import find_files, read_image
    from keras_genzoo.cli.labels import parse_labels
    from keras_genzoo.cli.models import label_names, load_model
    from keras_genzoo.cli.output import check_free, say, say_json
    from keras_genzoo.visualization import image_pairs, save_png

    if output.suffix not in (".png", ""):
        raise ValueError(f'OUTPUT must be a .png or a folder, got "{output}".')
    root, names = find_files(source)
    one = output.suffix == ".png"
    files = [output if one else (output / name).with_suffix(".png") for name in names]
    check_free(files, overwrite)
    loaded = load_model(model, "reconstruct")
    images = np.stack([read_image(root / name, loaded.example_shape) for name in names])
    classes = getattr(loaded, "num_classes", None)
    arguments = []
    if label is not None:
        arguments = parse_labels([label], classes, label_names(model))
    elif classes is not None and not callable(getattr(loaded, "classify", None)):
        raise ValueError(f"--label must be given: {model} is conditional.")
    rebuilt = loaded.reconstruct(images, *arguments)
    errors = np.mean(np.square(rebuilt - images / 255.0), axis=(1, 2, 3))
    if one:
        save_png(output, image_pairs(images, rebuilt, scale=scale))
    else:
        for file, image in zip(files, rebuilt, strict=True):
            save_png(file, image)
    results = [
        {"image": str(root / name), "file": str(file), "squared_error": float(error)}
        for name, file, error in zip(names, files, errors, strict=True)
    ]
    if as_json:
        say_json({"model": model, "images": results, "mean": float(errors.mean())})
        return
    for result in results:
        say(f"{result['squared_error']:.5f}  {result['image']}  {result['file']}")
