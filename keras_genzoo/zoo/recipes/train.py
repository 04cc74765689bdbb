"""From a recipe to a preset, going on by itself where it was interrupted."""

import json
import os
import platform
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from keras_genzoo.backends import accelerator
from keras_genzoo.callbacks import Backup, StopOnNaN
from keras_genzoo.visualization import save_png, svg_curves
from keras_genzoo.visualization._files import replacing
from keras_genzoo.zoo.load import from_preset
from keras_genzoo.zoo.recipes.build import build_model
from keras_genzoo.zoo.recipes.card import write_card
from keras_genzoo.zoo.recipes.classifier import ClassifierTraining
from keras_genzoo.zoo.recipes.curve import CurveRecorder, write_curve
from keras_genzoo.zoo.recipes.data import RecipeData, load_data, make_batches
from keras_genzoo.zoo.recipes.measure import Measurement, measure
from keras_genzoo.zoo.recipes.pictures import draw
from keras_genzoo.zoo.recipes.portable import portable_arithmetic
from keras_genzoo.zoo.recipes.recipe import Recipe
from keras_genzoo.zoo.recipes.warm_start import warm_start
from keras_genzoo.zoo.save import save_preset

# Steps between two backups, about: one takes as long as some steps.
BACKUP_STEPS = 200
LOSSES, CURVE = "losses.svg", "curve.json"
PRESET_FILES = {
    "README.md",
    "config.json",
    "metadata.json",
    "model.weights.h5",
    "samples.png",
}


def state_folder(folder: Path) -> Path:
    """Where a training into `folder` keeps its state until it is done."""
    return folder.with_name(f"{folder.name}.training")


def train_recipe(
    recipe: Recipe,
    folder: str | os.PathLike,
    *,
    overwrite: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    command: str | None = None,
) -> dict[str, Any]:
    """Trains what a recipe says and writes a preset.

    A recipe's `training.one_thread` is up to whoever starts the process: backends count
    their threads when they are imported. See `keras_genzoo.cli.threads`.

    The folder then holds the preset with its model card and a picture, `losses.svg`
    and the losses of the first steps, `curve.json`. While the training runs, its state
    is beside it, in `FOLDER.training`: the same call goes on from there, bit for bit
    as if it had not been interrupted.

    Args:
        recipe: as from `find_recipe`.
        folder: of the preset; new or empty.
        overwrite: whether a preset in the folder, or a training of other settings, is
            replaced.
        callbacks: further ones for `fit`.
        command: that the model card names; None for `genzoo train NAME`.

    Returns:
        `folder`, `numbers` and `training` of the card, `size` in bytes.

    Raises:
        FileExistsError: the folder holds something, or `FOLDER.training` the state of
            other settings.
        ValueError: a recipe that does not fit together.
        FloatingPointError: a loss or weights became NaN; the state before is kept.
    """
    folder = Path(folder)
    state = state_folder(folder)
    _check_folder(folder, overwrite)
    _check_state(state, recipe, overwrite)
    data = load_data(recipe)
    model, batches = prepare(recipe, data)
    epochs = recipe["training"]["epochs"]
    machine = hardware(recipe["training"].get("one_thread", False))
    curve, history = CurveRecorder(), _History(machine)
    backup = Backup(
        state,
        every=max(1, -(-BACKUP_STEPS // len(batches))),
        carry={"curve": curve, "history": history},
    )
    if not backup.path.exists() and "warm_start" in recipe.tables:
        warm_start(model, recipe, data)
    fit(model, batches, epochs, [*callbacks, curve, history, backup])
    training = {
        "backend": keras.backend.backend(),
        "seed": recipe["seed"],
        "images": data.count,
        "epochs": epochs,
        "steps": epochs * len(batches),
        "batch_size": recipe["training"]["batch_size"],
        "seconds": round(history.seconds),
        "hardware": ", then ".join(history.machines),
    }
    finished = model.classifier if isinstance(model, ClassifierTraining) else model
    command = command or f"genzoo train {recipe.name}"
    result = _finish(finished, recipe, data, training, state, folder, command)
    (folder / LOSSES).write_text(history.picture(recipe), encoding="utf-8")
    write_curve(folder / CURVE, keras.backend.backend(), curve.losses)
    shutil.rmtree(state)
    return result


def prepare(recipe: Recipe, data: RecipeData) -> tuple[Any, Any]:
    """The model, compiled, and its batches."""
    # What has no seed of its own draws from Keras' state.
    keras.utils.set_random_seed(recipe["seed"])
    batches = make_batches(recipe, data)
    return build_model(recipe, len(batches)), batches


def fit(model: keras.Model, batches: Any, epochs: int, callbacks: list) -> None:
    """`fit`, each epoch in the order that its number gives."""
    order = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(batches, "epoch", epoch)
    )
    model.fit(
        batches,
        epochs=epochs,
        # The batches shuffle themselves.
        shuffle=False,
        verbose=0,
        callbacks=[order, StopOnNaN(), *callbacks],
    )


def first_losses(
    recipe: Recipe, steps: int, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> dict[str, list[float]]:
    """The losses of a recipe's first steps, trained anew; nothing is written."""
    data = load_data(recipe, test=False)
    model, batches = prepare(recipe, data)
    if "warm_start" in recipe.tables:
        warm_start(model, recipe, data)
    curve = CurveRecorder(steps, stop=True)
    fit(model, batches, recipe["training"]["epochs"], [*callbacks, curve])
    return curve.losses


def portable_losses(
    recipe: Recipe, steps: int, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> dict[str, list[float]]:
    """`first_losses` in `portable_arithmetic`: the same on every machine."""
    with portable_arithmetic():
        return first_losses(recipe, steps, callbacks)


def hardware(one_thread: bool) -> str:
    """What computes, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    cores = cores or os.cpu_count() or 1
    part = "1 of " if one_thread and cores > 1 else ""
    processor = f"{platform.machine()}, {part}{cores} CPU core{'s' * (cores > 1)}"
    card = accelerator()
    return processor if card is None else f"{card}; {processor}"


class _History(keras.callbacks.Callback):
    """The logs of all epochs, the seconds they took and the machines that they ran on,
    resumed ones too.
    """

    def __init__(self, machine: str):
        super().__init__()
        self.values: dict[str, list[float]] = {}
        self.seconds = 0.0
        self.machine = machine
        self.machines = [machine]
        self._start: float | None = None

    def get_state(self) -> dict[str, Any]:
        self._count()
        return {
            "values": self.values,
            "seconds": self.seconds,
            "machines": self.machines,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        self.values, self.seconds = state["values"], state["seconds"]
        self.machines = list(state["machines"])
        if self.machines[-1] != self.machine:
            self.machines.append(self.machine)

    def _count(self) -> None:
        """Adds the time since the last call to the seconds."""
        now = time.perf_counter()
        if self._start is not None:
            self.seconds += now - self._start
        self._start = now

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._count()
        for name, value in (logs or {}).items():
            self.values.setdefault(name, []).append(float(value))

    def picture(self, recipe: Recipe) -> str:
        names = [n for n in self.values if n.endswith("_loss")] or ["loss"]
        return svg_curves(self.values, names[:6], title=recipe.name, ylabel="loss")


def _finish(
    model: keras.Model,
    recipe: Recipe,
    data: RecipeData,
    training: dict[str, Any],
    state: Path,
    folder: Path,
    command: str,
) -> dict[str, Any]:
    """Stores the model, measures and draws what was stored, and writes the preset."""
    storage = recipe["storage"]
    trial = save_preset(model, state / "trial" / recipe.name, dtype=storage)
    loaded = from_preset(trial)
    picture = save_png(state / "samples.png", draw(loaded, recipe, data))
    numbers = measure(
        Measurement(loaded, recipe, data, from_preset), recipe["measure"]["numbers"]
    )
    description = recipe.table("data")
    metadata = {
        "description": recipe["title"],
        "data": {
            "name": description.get("name", "two sides"),
            "images": data.count,
            "attribution": description["attribution"],
        },
        "licence": description["licence"],
        "training": training,
        "numbers": numbers,
        "recipe": recipe.name,
        "labels": data.train.label_names or [],
        "settings": json.loads(json.dumps(recipe.tables)),
    }
    card = write_card(recipe, training, numbers, loaded.count_params(), command)
    if folder.exists():
        _clear(folder)
    save_preset(
        model, folder, metadata=metadata, card=card, dtype=storage, samples=picture
    )
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "folder": str(folder),
        "size": size,
        "numbers": numbers,
        "training": training,
    }


def _check_folder(folder: Path, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f'"{folder}" is a file; name a folder with --output.')
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    foreign = sorted(names - PRESET_FILES - {LOSSES, CURVE})
    if foreign:
        raise FileExistsError(
            f'"{folder}" holds what no training wrote ({", ".join(foreign[:5])}); name '
            "another folder with --output."
        )
    if names and not overwrite:
        raise FileExistsError(
            f'"{folder}" holds a preset already; name another folder with --output, or '
            "give --overwrite."
        )


def _clear(folder: Path) -> None:
    """Removes a former training's result, whose names `_check_folder` knows."""
    for path in folder.iterdir():
        path.unlink()


def _check_state(state: Path, recipe: Recipe, overwrite: bool) -> None:
    """Makes the folder of the state, or sees whether it is this training's."""
    settings = {
        "recipe": json.loads(json.dumps(recipe.tables)),
        "backend": keras.backend.backend(),
    }
    file = state / "recipe.json"
    if state.is_dir() and any(state.iterdir()):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if found == settings:
            return
        if not overwrite:
            raise FileExistsError(
                f'"{state}" holds a training with other settings or on another '
                "backend; go on with those, name another folder with --output, or give "
                "--overwrite to begin anew."
            )
        if found is None and not Backup(state).path.exists():
            raise FileExistsError(
                f'"{state}" holds what no training wrote; move it away.'
            )
        shutil.rmtree(state)
    with replacing(file) as path:
        path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
