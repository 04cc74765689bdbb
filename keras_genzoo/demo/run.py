"""The demo from begin to end."""

import json
import shlex
import time
from pathlib import Path
from typing import Any

import keras
from rich.console import Console
from rich.table import Table

from keras_genzoo.demo.budget import Budget
from keras_genzoo.demo.emoji import load_emoji
from keras_genzoo.demo.folder import FRAMES, prepare_folder
from keras_genzoo.demo.numbers import measure
from keras_genzoo.demo.page import GAN_TILES, VAE_TILES, write_page
from keras_genzoo.demo.pictures import save_gan_pictures, save_vae_pictures
from keras_genzoo.demo.progress import progress_bars
from keras_genzoo.demo.training import train_gan, train_vae


def run_demo(
    output: str | Path = "genzoo-demo",
    seed: int = 0,
    console: Console | None = None,
    budget: Budget | None = None,
) -> dict[str, dict[str, Any]]:
    """Trains a VAE and a GAN on the bundled emoji and writes a page about them.

    Args:
        output: Folder for the page, its pictures, `numbers.json` and the two trained
            models. Defaults to `genzoo-demo`.
        seed: Seed of weights, order, noise and samples; Keras' global seed is set to
            it, too. Defaults to `0`.
        console: Where progress and results are shown. Defaults to a new one.
        budget: How much to train. Defaults to about three minutes on two CPU cores.

    Returns:
        The numbers measured, as in `numbers.json`.

    Raises:
        FolderInUse: If `output` holds anything that no former demo wrote.
    """
    start = time.perf_counter()
    console = console or Console()
    budget = budget or Budget()
    folder = Path(output)
    prepare_folder(folder)

    # The order of the batches comes from the global seed.
    keras.utils.set_random_seed(seed)
    emoji = load_emoji(seed, budget.limit)
    console.print(
        f"Training a VAE on {len(emoji.train):,} emoji and a GAN on "
        f"{len(emoji.faces):,} of them.",
        highlight=False,
    )
    with progress_bars(console) as bars:
        vae = train_vae(emoji.train, budget, seed, bars)
        gan = train_gan(emoji.faces, budget, seed, bars, folder / FRAMES)
    save_vae_pictures(folder, vae, emoji, seed)
    save_gan_pictures(folder, gan, emoji, seed)
    vae.model.save(folder / "vae.keras")
    gan.model.save(folder / "gan.keras")

    numbers = measure(vae, gan, emoji, budget, seed)
    numbers["run"]["seconds"] = time.perf_counter() - start
    steps = next_steps(folder, seed)
    (folder / "numbers.json").write_text(
        json.dumps(numbers, indent=2) + "\n", encoding="utf-8"
    )
    (folder / "index.html").write_text(write_page(numbers, steps), encoding="utf-8")

    console.print(summary(numbers))
    console.print(
        f"Done in {numbers['run']['seconds']:.0f} s. What to try next:",
        style="bold",
        highlight=False,
    )
    console.print(steps, markup=False, highlight=False, soft_wrap=True)
    return numbers


def next_steps(folder: Path, seed: int) -> str:
    """Returns what to try next, as lines of commands and Python."""
    place = str(folder)
    quoted = shlex.quote(place)
    other = shlex.quote(f"{place}-{seed + 1}")
    backend = "jax" if keras.backend.backend() == "torch" else "torch"
    return f"""\
open {shlex.quote(str(folder / "index.html"))}   # the pictures, in a browser
genzoo demo --seed {seed + 1} --output {other}   # other weights, other noise
KERAS_BACKEND={backend} genzoo demo --output {quoted}   # the same on another backend

# In Python: draw from the model that this demo trained
import keras, keras_genzoo as gz
gan = keras.saving.load_model({str(folder / "gan.keras")!r})
gz.visualization.save_png("new.png", gz.visualization.image_grid(gan.sample(64)))
"""


def summary(numbers: dict[str, dict[str, Any]]) -> Table:
    """Returns the page's numbers as a table for the terminal."""
    table = Table("model", "what", "measured", "unit")
    for model, chosen in (("VAE", VAE_TILES), ("GAN", GAN_TILES)):
        for label, group, key, spec, unit in chosen:
            table.add_row(model, label, format(numbers[group][key], spec), unit)
        table.add_section()
    return table
