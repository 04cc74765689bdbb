"""Options that several commands have."""

import sys
from typing import Annotated

import typer

BACKENDS = ("jax", "torch", "tensorflow")


def check_backend(backend: str | None) -> str | None:
    """`backend`, which the launcher has handed to Keras already.

    Raises:
        typer.BadParameter: no backend of this name, or Keras runs on another one.
    """
    if backend is None:
        return None
    if backend not in BACKENDS:
        raise typer.BadParameter(f"must be one of {BACKENDS}, got {backend!r}.")
    if "keras" in sys.modules:
        running = sys.modules["keras"].backend.backend()
        if running != backend:
            raise typer.BadParameter(
                f"Keras runs on {running!r} already; start another process."
            )
    return backend


BackendOption = Annotated[
    str | None,
    typer.Option(
        "--backend",
        callback=check_backend,
        help="jax, torch or tensorflow; else KERAS_BACKEND or Keras' own choice.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the results as JSON on stdout.")
]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, help="The same seed gives the same result on one backend."),
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that are there already.")
]
