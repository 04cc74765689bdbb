"""The command `genzoo`: a thin face over the package."""

from pathlib import Path
from typing import Annotated

import keras
import typer
from rich.console import Console

from keras_genzoo.demo import FolderInUse, run_demo
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
        Console(stderr=True).print(
            f"genzoo: {error}", style="red", markup=False, highlight=False
        )
        raise typer.Exit(1) from None
