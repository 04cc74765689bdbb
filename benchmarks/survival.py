"""Trainings killed at random moments, which must end as if nothing had happened.

    python benchmarks/survival.py --backends jax tensorflow torch --kills 20

Each training runs once without a break and once killed (`kill -9`) and started again,
as often as asked, every third time while a state is being written, the others at a
random moment. At the end all weights, averages, image pools, optimizers and seeds are
compared bit by bit: `different` counts the arrays that are not the same, and must be 0.

- `vae`: a convolutional VAE on arrays that `fit` shuffles.
- `gan`: a DCGAN with an averaged generator and augmentation, on arrays that `fit`
  shuffles.
- `cyclegan`: image pools, a falling learning rate, `data.unpaired` with crops, flips.
- `recipe`: `genzoo train` of a small GAN, from the command to the preset's files.

`lost` is the mean number of steps that a kill threw away. A process is forked from one
that has imported the package, and builds its model itself.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODELS = ("vae", "gan", "cyclegan", "recipe")
BACKENDS = ("jax", "tensorflow", "torch")
SIDE, EPOCHS = 32, 12
RECIPE = """
model = "GAN"
title = "Small"
seed = 3
backend = "jax"
storage = "float32"

[data]
name = "emoji"
style = "both"
limit = 64
licence = "Apache License 2.0 (Noto Emoji), CC BY 4.0 (Twemoji)"
attribution = "Noto Emoji and Twemoji."

[networks.generator]
function = "dcgan_generator"
image_shape = [32, 32, 3]
latent_dim = 3
width = 2

[networks.discriminator]
function = "dcgan_discriminator"
image_shape = [32, 32, 3]
width = 2

[arguments]
average_half_life = 30.0
augment = ["color", "translation"]

[training]
batch_size = 8
epochs = 12
flip = true

[samples]
picture = "samples"
count = 6
columns = 3

[measure]
numbers = []
"""


def determinism() -> None:
    """The switches by which a backend computes the same twice."""
    import keras

    keras.utils.set_random_seed(1)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
        tf.config.threading.set_intra_op_parallelism_threads(1)
    elif keras.backend.backend() == "torch":
        import torch

        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(1)


def build(name: str) -> tuple:
    """A small model, compiled, and the arguments of its `fit`."""
    import numpy as np

    import keras_genzoo as gz
    from keras_genzoo import networks

    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (40, SIDE, SIDE, 3), dtype="uint8")
    shape = images.shape[1:]
    if name == "vae":
        model = gz.VAE(
            networks.conv_encoder(shape, 4, width=2, dense=8, seed=0),
            networks.conv_decoder(shape, 4, width=2, dense=8, seed=1),
            beta=gz.training.LinearWarmup(20),
            seed=2,
        )
        model.compile()
        return model, {"x": images, "batch_size": 8}
    if name == "gan":
        model = gz.GAN(
            networks.dcgan_generator(shape, 4, width=2, seed=0),
            networks.dcgan_discriminator(shape, width=2, seed=1),
            average_half_life=50.0,
            augment=("color", "translation"),
            seed=2,
        )
        model.compile()
        return model, {"x": images, "batch_size": 8}
    model = gz.CycleGAN(
        *(networks.cyclegan_generator(width=2, blocks=1, seed=s) for s in (0, 1)),
        *(networks.patchgan_discriminator(width=2, depth=1, seed=s) for s in (2, 3)),
        image_size=12,
        pool_size=6,
        seed=4,
    )
    batches = gz.data.unpaired(images[:16], images[16:], 4, crop=12, flip=True)
    model.compile(learning_rate=gz.training.LinearDecay(2e-3, len(batches), 4, 8))
    return model, {"x": batches}


def train(name: str, folder: Path) -> None:
    """One attempt at a training, in a process of its own; leaves `end.npz`."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    determinism()
    if name == "recipe":
        train_recipe(folder)
        return
    import keras
    import numpy as np

    from keras_genzoo.callbacks import Backup

    model, arguments = build(name)
    steps = Steps.beside(folder)
    model.fit(
        **arguments,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[steps, Backup(folder / "state")],
    )
    values = [*model.variables, *model.optimizer.variables]
    np.savez(folder / "part.npz", *map(keras.ops.convert_to_numpy, values))
    os.replace(folder / "part.npz", folder / "end.npz")


def train_recipe(folder: Path) -> None:
    """`genzoo train`, with a state after every epoch."""
    import h5py
    import numpy as np

    from keras_genzoo.zoo.recipes import find_recipe
    from keras_genzoo.zoo.recipes import train as training

    training.BACKUP_STEPS = 1
    recipe = folder / "small.toml"
    if not recipe.exists():
        recipe.write_text(RECIPE)
    # Killed between the preset's completion and the end of the process.
    if (
        not (folder / "preset").exists()
        or training.state_folder(folder / "preset").exists()
    ):
        training.train_recipe(
            find_recipe(str(recipe)),
            folder / "preset",
            overwrite=True,
            callbacks=[Steps.beside(folder)],
        )
    arrays = []
    with h5py.File(folder / "preset" / "model.weights.h5") as file:
        file.visititems(
            lambda _, o: arrays.append(o[()]) if isinstance(o, h5py.Dataset) else None
        )
    curve = json.loads((folder / "preset" / "curve.json").read_text())
    np.savez(folder / "part.npz", *arrays, *curve["losses"].values())
    os.replace(folder / "part.npz", folder / "end.npz")


class Steps:
    """Counts every step that is taken, in a file that survives the process."""

    @staticmethod
    def beside(folder: Path):
        import keras

        class Counter(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                with open(folder / "steps", "ab") as file:
                    file.write(b".")

        return Counter()


def steps_taken(folder: Path) -> int:
    file = folder / "steps"
    return file.stat().st_size if file.exists() else 0


def attempt(context, name: str, folder: Path) -> multiprocessing.Process:
    process = context.Process(target=train, args=(name, folder))
    process.start()
    return process


def kill_in_writing(process, folder: Path, wait: float) -> bool:
    """Kills the process soon after it has begun to write a state."""
    places = [
        folder / "state" / "unfinished.weights.h5",
        folder / "preset.training" / "unfinished.weights.h5",
    ]
    # A leftover of the last kill is no sign of writing.
    for place in places:
        place.unlink(missing_ok=True)
    while process.is_alive():
        if any(place.exists() for place in places):
            time.sleep(wait)
            process.kill()
            process.join()
            return any(place.exists() for place in places)
        time.sleep(0.0005)
    return False


def survive(context, name: str, kills: int, draw: random.Random, folder: Path) -> dict:
    """Runs a training whole and killed, and compares the ends."""
    import numpy as np

    whole, killed = folder / "whole", folder / "killed"
    whole.mkdir()
    killed.mkdir()
    process = attempt(context, name, whole)
    begun = None
    while process.is_alive():
        if begun is None and steps_taken(whole) > 1:
            begun = time.monotonic()
        time.sleep(0.005)
    if process.exitcode:
        raise SystemExit(f"{name}: the uninterrupted training failed.")
    seconds = time.monotonic() - begun
    steps = steps_taken(whole)

    made, written, finished = 0, 0, 0
    while made < kills:
        before = steps_taken(killed)
        process = attempt(context, name, killed)
        if made % 3 == 2:
            hit = kill_in_writing(process, killed, draw.uniform(0, 0.02))
            written += hit
        else:
            while process.is_alive() and steps_taken(killed) == before:
                time.sleep(0.001)
            # Two thirds of the kills share the run's time among them.
            process.join(draw.uniform(0.0, 2.0 * seconds / max(kills, 1)))
            process.kill()
        process.join()
        if process.exitcode == 0:
            finished += 1
            if finished > kills:
                break
            # Done before the kill came: the same training once more.
            compare(np, whole, killed)
            folder_again = folder / f"killed_{finished}"
            killed.rename(folder_again)
            killed.mkdir()
            continue
        made += 1
        print(f"{name}: {made} of {kills} kills", file=sys.stderr)
    process = attempt(context, name, killed)
    process.join()
    if process.exitcode:
        raise SystemExit(f"{name}: the last start failed.")
    ends = [killed, *folder.glob("killed_*")]
    taken = sum(steps_taken(end) for end in ends)
    different = [compare(np, whole, end) for end in ends]
    return {
        "model": name,
        "kills": made,
        "in_writing": written,
        "trainings": len(ends),
        "arrays": different[0][1],
        "different": sum(d for d, _ in different),
        "steps": steps,
        "lost": (taken - len(ends) * steps) / max(made, 1),
    }


def compare(np, whole: Path, killed: Path) -> tuple[int, int]:
    """How many arrays differ in a bit, of how many."""
    one, two = np.load(whole / "end.npz"), np.load(killed / "end.npz")
    if one.files != two.files:
        return len(one.files), len(one.files)
    bad = [
        n
        for n in one.files
        if one[n].dtype != two[n].dtype or one[n].tobytes() != two[n].tobytes()
    ]
    return len(bad), len(one.files)


def run_backend(arguments: argparse.Namespace) -> None:
    context = multiprocessing.get_context("forkserver")
    # Keras imports TensorFlow, where there is one, when it sets the random seeds.
    context.set_forkserver_preload(
        ["keras_genzoo.models", "keras_genzoo.callbacks", "tensorflow"]
    )
    draw = random.Random(arguments.seed)
    for name in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            result = survive(context, name, arguments.kills, draw, Path(folder))
        print(json.dumps({"backend": os.environ["KERAS_BACKEND"], **result}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the results there")
    parser.add_argument("--one-backend", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_backend:
        run_backend(arguments)
        return 0
    results = []
    for backend in arguments.backends:
        command = [sys.executable, __file__, "--one-backend", "--models"]
        command += [*arguments.models, "--kills", str(arguments.kills)]
        command += ["--seed", str(arguments.seed)]
        with subprocess.Popen(
            command,
            env={**os.environ, "KERAS_BACKEND": backend},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            for line in process.stdout:
                results.append(json.loads(line))
                print(line, end="", flush=True)
        if process.returncode:
            return process.returncode
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return int(any(result["different"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
