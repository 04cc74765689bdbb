"""Numbers that change while a model trains."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genzoo")
class LinearWarmup(keras.optimizers.schedules.LearningRateSchedule):
    """From `start` to `end` on a line, within the first `steps` training steps.

    As a VAE's `beta` it is KL warm-up (Bowman et al., Generating Sentences from a
    Continuous Space, 2016; Sonderby et al., Ladder Variational Autoencoders, 2016).

    Args:
        steps: positive integer.
        start: value at step 0.
        end: value from step `steps` on.

    Raises:
        ValueError: `steps` that is not a positive integer.
    """

    def __init__(self, steps: int, start: float = 0.0, end: float = 1.0):
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"`steps` must be a positive integer, got {steps!r}.")
        self.steps = steps
        self.start = float(start)
        self.end = float(end)

    def __call__(self, step: Any) -> Any:
        done = ops.minimum(ops.cast(step, "float32") / self.steps, 1.0)
        return self.start + (self.end - self.start) * done

    def get_config(self) -> dict:
        return {"steps": self.steps, "start": self.start, "end": self.end}
