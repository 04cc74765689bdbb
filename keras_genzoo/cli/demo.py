"""`genzoo demo`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import BackendOption


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
    backend: BackendOption = None,
) -> None:
    """Train a VAE and a GAN on the bundled emoji and show what they learned.

    Takes a few minutes on two CPU cores.
    """
    from rich.console import Console

    from keras_genzoo.demo import run_demo

    run_demo(output, seed=seed, console=Console())
