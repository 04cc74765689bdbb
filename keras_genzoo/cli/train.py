"""`genzoo train`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli.options import BackendOption, JsonOption, OverwriteOption
from keras_genzoo.cli.package import import_package
from keras_genzoo.cli.threads import use_one_thread

# A recorded curve was made on some machine; sums come in another order on others.
TOLERANCE = 0.02
# What is left of that where gradients are rounded is the last digits of a mean.
PORTABLE_TOLERANCE = 1e-4
_ROUNDING = (
    "Losses of other code, data or numbers differ in the first steps. Where they agree "
    "for tens of steps and then part, rounding on another kind of processor is the "
    "cause: training magnifies it, that of two players above all."
)


def train(
    recipe: Annotated[
        str,
        typer.Argument(help="A recipe's name (`genzoo list --recipes`), or its file."),
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE ...", help="Other numbers than the recipe's."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder of the preset.",
            show_default="the recipe's name",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Train the first steps only and compare their losses with those "
            "recorded; nothing is written. Where another processor may be why they "
            "differ, steps in arithmetic that all machines share decide.",
        ),
    ] = False,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="With --check: how many.", show_default="all"),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the recipe, with its new values.")
    ] = False,
    backend: BackendOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train what a recipe says and write a preset.

    The preset comes with its model card, a picture and the curve of its losses. A
    training that is interrupted, by Ctrl-C or SIGTERM (exit codes 130 and 143) or by
    anything else, goes on when the same command is given again.
    """
    from keras_genzoo.cli.output import note, say, say_json
    from keras_genzoo.zoo.recipes import find_recipe, override

    chosen = override(find_recipe(recipe), values or [])
    if show:
        say_json(dict(chosen.tables))
        return
    if chosen["training"].get("one_thread"):
        use_one_thread(os.environ)
    import_package()
    if check:
        _check(chosen, steps, as_json)
        return
    folder = output or Path(chosen.name)
    from keras_genzoo.cli.progress import StepBar, progress_bar
    from keras_genzoo.zoo.recipes.train import state_folder, train_recipe

    command = " ".join(["genzoo train", recipe, *(values or [])])
    with progress_bar() as bar:
        try:
            result = train_recipe(
                chosen,
                folder,
                overwrite=overwrite,
                callbacks=[StepBar(bar, chosen.name)],
                command=command,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f'interrupted; the same command goes on from "{state_folder(folder)}".'
            ) from None
    if as_json:
        say_json(result)
        return
    for name, value in result["numbers"].items():
        note(f"{name.replace('_', ' ')}: {value:,g}")
    say(result["folder"])


def _check(recipe, steps: int | None, as_json: bool) -> None:
    """Compares the first losses with the recorded ones; ends with 1 if they differ.

    Where rounding on another kind of processor may be why, those in portable arithmetic
    decide.
    """
    from keras_genzoo.cli.exits import Exit, fail
    from keras_genzoo.cli.output import note, say, say_json
    from keras_genzoo.zoo.recipes.curve import read_curve
    from keras_genzoo.zoo.recipes.train import first_losses, portable_losses

    recorded = read_curve(recipe.curve_path)
    steps = min(steps or recorded["steps"], recorded["steps"])
    found = _differences(recipe, recorded, first_losses, steps)
    difference = float(found.max())
    apart = found > TOLERANCE
    agreeing = int(apart.argmax()) if apart.any() else steps
    parted = (
        f"the losses differ by {difference:.2g} of their size, more than "
        f"{TOLERANCE:g}; they agree for the first {agreeing} steps of {steps}. "
        f"{_ROUNDING}"
    )
    same, portable = difference <= TOLERANCE, None
    if not same and agreeing and recipe.portable_curve_path.is_file():
        note(f"{parted} In arithmetic that all machines share:")
        recorded = read_curve(recipe.portable_curve_path)
        found = _differences(recipe, recorded, portable_losses, steps)
        portable = float(found.max())
        same = portable <= PORTABLE_TOLERANCE
        parted = (
            f"the losses in portable arithmetic differ by {portable:.2g} of their "
            f"size, more than {PORTABLE_TOLERANCE:g}: code, data or numbers are others."
        )
    if as_json:
        say_json(
            {
                "recipe": recipe.name,
                "steps": steps,
                "difference": difference,
                "agreeing_steps": agreeing,
                "portable_difference": portable,
            }
        )
    else:
        say(f"{recipe.name}: {steps} steps, largest difference {difference:.2g}")
        if portable is not None:
            say(f"in portable arithmetic {portable:.2g}")
    if not same:
        fail(parted, Exit.FAILED)


def _differences(recipe, recorded: dict, train, steps: int):
    """How far `train`'s losses are from recorded ones, at each step."""
    import keras

    from keras_genzoo.cli.progress import StepBar, progress_bar
    from keras_genzoo.zoo.recipes.curve import differences

    running = keras.backend.backend()
    if recorded["backend"] != running:
        raise ValueError(
            f"the curve of {recipe.name} was recorded on {recorded['backend']}, Keras "
            f"runs on {running}: give --backend {recorded['backend']}."
        )
    with progress_bar() as bar:
        losses = train(recipe, steps, [StepBar(bar, recipe.name, steps)])
    return differences(recorded["losses"], losses)
