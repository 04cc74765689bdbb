"""The command `genzoo`: a thin face over the package."""

from pathlib import Path
from typing import Annotated, NoReturn

import keras
import typer
from rich.console import Console

from keras_genzoo.demo import FolderInUse, run_demo
from keras_genzoo.translate import load_translator, translate_files
from keras_genzoo.version import __version__

app = typer.Typer(
    name="genzoo",
    help="Deep generative models for Keras 3.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def print_version(wanted: bool) -> None:
    """Prints the versions and ends the program, if wanted."""
    if wanted:
        print(
            f"keras_genzoo {__version__} "
            f"(Keras {keras.__version__}, backend {keras.backend.backend()})"
        )
        raise typer.Exit()


@app.callback()
def genzoo(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=print_version,
            is_eager=True,
            help="Print the versions and the backend, and exit.",
        ),
    ] = False,
) -> None:
    """Deep generative models for Keras 3."""


@app.command()
def demo(
    output: Annotated[
        Path,
        typer.Option(
            help="Folder for the pictures and the page. It must be new, empty or a "
            "former demo's, whose files are then replaced."
        ),
    ] = Path("genzoo-demo"),
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of weights, noise and samples.")
    ] = 0,
) -> None:
    """Train a VAE and a GAN on the bundled emoji and show what they learned.

    Takes a few minutes on two CPU cores.
    """
    try:
        run_demo(output, seed=seed, console=Console())
    except FolderInUse as error:
        fail(error)


@app.command()
def translate(
    model: Annotated[
        Path,
        typer.Argument(help="A saved CycleGAN, or one direction of it (`.keras`)."),
    ],
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="An image, or a folder of them.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder for the PNG files.")],
    direction: Annotated[
        str | None, typer.Option(help="a_to_b or b_to_a. [default: a_to_b]")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(min=8, help="Side of the square to bring images to first."),
    ] = None,
) -> None:
    """Translate images with a trained CycleGAN; they keep their size and names."""
    console, size = Console(), None if image_size is None else (image_size,) * 2
    try:
        function, channels = load_translator(model, direction)
        for path in translate_files(source, output, function, channels, size):
            console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    except ValueError as error:
        fail(error)


def fail(error: Exception) -> NoReturn:
    """Says what is wrong and ends the program."""
    Console(stderr=True).print(
        f"genzoo: {error}", style="red", markup=False, highlight=False
    )
    raise typer.Exit(1) from None
