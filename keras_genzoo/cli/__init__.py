"""The command `genzoo`: a thin face over the package, one command a file.

Importing this imports neither Keras nor a model, so that `genzoo --help` answers at
once; each command imports what it needs when it runs. Results go to stdout, progress
and errors to stderr; `keras_genzoo.cli.exits` has the exit codes.
"""

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from keras_genzoo.cli.demo import demo
from keras_genzoo.cli.doctor import doctor
from keras_genzoo.cli.download import download
from keras_genzoo.cli.evaluate import evaluate, report
from keras_genzoo.cli.exits import EXIT_CODES, guarded
from keras_genzoo.cli.info import info
from keras_genzoo.cli.interpolate import interpolate
from keras_genzoo.cli.list_presets import list_presets
from keras_genzoo.cli.options import BackendOption
from keras_genzoo.cli.reconstruct import reconstruct
from keras_genzoo.cli.sample import sample
from keras_genzoo.cli.train import train
from keras_genzoo.cli.translate import translate
from keras_genzoo.version import __version__

app = typer.Typer(
    name="genzoo",
    help="Deep generative models for Keras 3.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    """Prints the versions and ends the program, if wanted."""
    if wanted:
        import keras

        print(
            f"keras_genzoo {__version__} "
            f"(Keras {keras.__version__}, backend {keras.backend.backend()})"
        )
        raise typer.Exit()


@app.callback(epilog=EXIT_CODES)
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
    backend: BackendOption = None,
) -> None:
    """Deep generative models for Keras 3."""


# Name, function, an example of its use.
COMMANDS = (
    ("list", list_presets, "genzoo list --model GAN"),
    ("info", info, "genzoo info vae_emoji"),
    ("download", download, "genzoo download hf://user/repo"),
    ("sample", sample, "genzoo sample dcgan_emoji -n 16 -o faces.png --seed 1"),
    ("interpolate", interpolate, "genzoo interpolate vae_emoji -o path.gif"),
    ("translate", translate, "genzoo translate cyclegan_emoji noto.png translated"),
    ("reconstruct", reconstruct, "genzoo reconstruct vae_emoji pictures rebuilt.png"),
    ("train", train, "genzoo train vae_emoji epochs=10 --output my-vae"),
    ("evaluate", evaluate, "genzoo evaluate vae_emoji --json vae_emoji.json"),
    ("report", report, "genzoo report vae_emoji -o vae_emoji.html"),
    ("demo", demo, "genzoo demo --seed 1 --output my-demo"),
    ("doctor", doctor, "genzoo doctor --backend torch"),
)


def help_text(function: Callable) -> str:
    """A docstring without its line breaks, which the terminal's width decides."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(" ".join(p.split()) for p in paragraphs)


for _name, _function, _example in COMMANDS:
    app.command(_name, help=help_text(_function), epilog=f"Example: {_example}")(
        guarded(_function)
    )
