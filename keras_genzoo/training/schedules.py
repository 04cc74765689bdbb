"""Numbers that change while a model trains."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype


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
        done = backends.clip(ops.cast(step, full_dtype()) / self.steps, high=1.0)
        return self.start + (self.end - self.start) * done

    def get_config(self) -> dict:
        return {"steps": self.steps, "start": self.start, "end": self.end}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is constant for some epochs and then falls on a line, epoch by epoch.

    With epochs counted from 0, the rate of epoch e is
    `rate (1 - max(0, e + 1 - epochs) / (decay_epochs + 1))`: it never reaches 0, and
    stays at its last value. The numbers are those of CycleGAN's code: 100 and 100.

    Args:
        rate: the constant rate.
        steps_per_epoch: training steps in an epoch, `len(batches)`.
        epochs: at the constant rate.
        decay_epochs: in which the rate falls.

    Raises:
        ValueError: a number that is not positive.

    Reference: Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks, 2017, section 4.
    """

    def __init__(
        self,
        rate: float,
        steps_per_epoch: int,
        epochs: int = 100,
        decay_epochs: int = 100,
    ):
        for name, value in (
            ("steps_per_epoch", steps_per_epoch),
            ("epochs", epochs),
            ("decay_epochs", decay_epochs),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0:
            raise ValueError(f"`rate` must be a positive number, got {rate!r}.")
        self.rate = float(rate)
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.decay_epochs = decay_epochs

    def __call__(self, step: Any) -> Any:
        epoch = ops.cast(ops.cast(step, "int32") // self.steps_per_epoch, full_dtype())
        fallen = backends.clip(epoch + 1.0 - self.epochs, 0.0, self.decay_epochs)
        return self.rate * (1.0 - fallen / (self.decay_epochs + 1.0))

    def get_config(self) -> dict:
        return {
            "rate": self.rate,
            "steps_per_epoch": self.steps_per_epoch,
            "epochs": self.epochs,
            "decay_epochs": self.decay_epochs,
        }
