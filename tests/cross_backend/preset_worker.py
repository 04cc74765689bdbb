"""Saves presets on the running backend, then reads those of the other two.

`python preset_worker.py FOLDER`, with KERAS_BACKEND set, three times at once.
"""

import sys
import time
from pathlib import Path

import keras
import numpy as np
from keras import ops

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "zoo"))

from small_models import MODELS, classifier, data, gan, outputs, with_weights

import keras_genzoo as gz

if keras.backend.backend() == "jax":
    # For the initial weights.
    import padded_draws

    padded_draws.install()

BACKENDS = ("jax", "tensorflow", "torch")


def save_all(folder):
    for name, make in {**MODELS, "Functional": classifier}.items():
        model = with_weights(make())
        gz.zoo.save_preset(model, folder / name, dtype="float16")
    model = gan()
    model.compile()
    x, _ = data(model)
    model.fit(x, batch_size=6, verbose=0)
    model.save_to_preset(folder / "resumable", optimizer=True)


def read_all(folder):
    """What each preset gives: outputs, and where it can go on, its optimizer."""
    read = {}
    for path in sorted(folder.iterdir()):
        model = gz.from_preset(path)
        read[path.name] = outputs(model)
        if model.compiled and path.name == "resumable":
            for i, variable in enumerate(model.optimizer.variables):
                read[f"optimizer/{i}"] = ops.convert_to_numpy(variable)
            x, _ = data(model)
            model.fit(x, batch_size=6, verbose=0)
    return read


def main(folder):
    own = keras.backend.backend()
    save_all(folder / f"{own}.new")
    (folder / f"{own}.new").rename(folder / own)
    for writer in BACKENDS:
        deadline = time.monotonic() + 600
        while not (folder / writer).exists():
            assert time.monotonic() < deadline, f"{writer} has saved nothing"
            time.sleep(0.1)
        np.savez(folder / f"{writer}_read_by_{own}.npz", **read_all(folder / writer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
