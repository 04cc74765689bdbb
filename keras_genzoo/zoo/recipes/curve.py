"""The losses of a training's first steps: recorded, and compared with a new run's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_genzoo.training.step_hooks import does_without_steps

STEPS = 200
# Digits kept of each loss.
DIGITS = 7


class CurveRecorder(keras.callbacks.Callback):
    """Keeps each step's losses, up to a number of steps.

    Keras hands callbacks the means over the epoch so far; a step's own loss is what
    the mean gained. The batches must all be of one size.

    Args:
        steps: how many.
        stop: whether to stop the training there.
    """

    def __init__(self, steps: int = STEPS, stop: bool = False):
        super().__init__()
        self.steps = steps
        self.stop = stop
        self.losses: dict[str, list[float]] = {}
        self._seen = 0
        self._in_epoch = 0
        self._before: dict[str, float] = {}

    @property
    def done(self) -> bool:
        """Whether the steps to record have been seen."""
        return self._seen >= self.steps

    def get_state(self) -> dict:
        """What a training that goes on needs, plain values."""
        return {
            "losses": self.losses,
            "seen": self._seen,
            "in_epoch": self._in_epoch,
            "before": self._before,
        }

    def set_state(self, state: dict) -> None:
        """Puts back what `get_state` returned."""
        self.losses = state["losses"]
        self._seen = state["seen"]
        self._in_epoch = state["in_epoch"]
        self._before = state["before"]

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._in_epoch = 0
        self._before = {}
        if epoch:
            self._seen = max(self._seen, epoch * self.params["steps"])

    @does_without_steps(when=lambda recorder: recorder.done)
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self.done:
            return
        self._seen += 1
        self._in_epoch += 1
        for name, mean in (logs or {}).items():
            if name != "loss" and not name.endswith("_loss"):
                continue
            total = float(mean) * self._in_epoch
            own = total - self._before.get(name, 0.0)
            self._before[name] = total
            self.losses.setdefault(name, []).append(float(f"{own:.{DIGITS}g}"))
        if self.stop and self.done:
            self.model.stop_training = True


def write_curve(path: Path, backend: str, losses: Mapping[str, list[float]]) -> Path:
    """Writes a curve as a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in losses.items()
    )
    steps = max((len(values) for values in losses.values()), default=0)
    path.write_text(
        f'{{"backend": "{backend}", "steps": {steps}, "losses": {{\n{rows}\n}}}}\n',
        encoding="utf-8",
    )
    return path


def read_curve(path: Path) -> dict[str, Any]:
    """A recorded curve: `backend`, `steps` and `losses`, lists by name.

    Raises:
        FileNotFoundError: none was recorded.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'no curve was recorded for this recipe: "{path}" does not exist.'
        )
    return json.loads(path.read_text(encoding="utf-8"))


def differences(
    recorded: Mapping[str, list[float]], new: Mapping[str, list[float]]
) -> np.ndarray:
    """The largest difference of two curves at each step, relative to their size.

    That is the larger of the recorded value itself and the mean absolute value of its
    loss, as an adversarial loss passes 0.

    Returns:
        float array, as long as the shorter curve.

    Raises:
        ValueError: curves of other losses, or a new one without steps.
    """
    if set(recorded) != set(new):
        raise ValueError(
            f"the recorded curve has the losses {sorted(recorded)}, the new one "
            f"{sorted(new)}."
        )
    found = []
    for name, values in new.items():
        steps = min(len(values), len(recorded[name]))
        if steps == 0:
            raise ValueError("no step has been made yet.")
        old = np.asarray(recorded[name][:steps])
        scale = np.maximum(np.abs(old), np.abs(old).mean())
        found.append(
            np.abs(np.asarray(values[:steps]) - old) / np.maximum(scale, 1e-12)
        )
    return np.max(found, axis=0)
