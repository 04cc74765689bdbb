"""A step that came out NaN or infinite is not taken."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype


class NonFiniteStep(FloatingPointError):
    """A step whose loss, or the weights it led to, were NaN or infinite.

    Attributes:
        phase: the first phase, in the step's order, that came out so.
        epoch, step: which step it was, both counted from 1.
        losses: `{phase: loss}` of that step.
        last_losses: likewise, of the last step that was finite; NaN before the first.
    """

    def __init__(self, message: str, **about: Any):
        super().__init__(message)
        self.phase = about["phase"]
        self.epoch = about["epoch"]
        self.step = about["step"]
        self.losses = about["losses"]
        self.last_losses = about["last_losses"]


class StepGuard(keras.metrics.Metric):
    """Judges each step on the device, and keeps what is told of the ones refused.

    Args:
        phases: the model's.
        sticky: whether all steps after a refused one are refused as well, so that
            nothing changes until somebody looks.
    """

    def __init__(self, phases: tuple[str, ...], sticky: bool):
        super().__init__(name="step_guard", dtype="float32")
        self.phases = phases
        self.sticky = sticky
        n = len(phases)
        # Of the running step, of the last finite one, of the refused one.
        self.losses = self._weight("losses", n)
        self.last = self._weight("last", n)
        self.refused = self._weight("refused", n)
        # Steps of the epoch; refused ones, and how many of them in a row; which one is
        # told of, and why: 2 i for the loss of phase i, 2 i + 1 for its weights.
        self.record = self._weight("record", 5)
        self.forget()

    def _weight(self, name: str, size: int) -> Any:
        # Every replica has the same numbers: read together they are one of them.
        return self.add_variable(
            shape=(size,), initializer="zeros", aggregation="mean", name=name
        )

    def forget(self) -> None:
        """As if no step had been judged yet."""
        self.last.assign(np.full(self.last.shape, np.nan, "float32"))
        self.record.assign(np.zeros(self.record.shape, "float32"))

    def note(self, losses: list) -> None:
        """Keeps the running step's `(phase, loss)`s; those of a phase are averaged."""
        means = []
        for phase in self.phases:
            own = [ops.cast(v, full_dtype()) for p, v in losses if p == phase]
            means.append(sum(own[1:], start=own[0]) / len(own))
        self.losses.assign(ops.stack(means))

    def judge(self, model: Any) -> Any:
        """Whether the step just made is to stay, a boolean scalar; counts it."""
        losses, last, noted = (
            ops.convert_to_tensor(v) for v in (self.losses, self.last, self.refused)
        )
        flags = []
        for i, phase in enumerate(self.phases):
            # A sum is not finite if one of its terms is not.
            sums = [
                ops.sum(ops.cast(v.value, full_dtype()))
                for v in model.phase_variables(phase)
            ]
            flags += [ops.isfinite(losses[i]), ops.isfinite(sum(sums))]
        flags = ops.stack(flags)
        finite = ops.all(flags)
        steps, refused, row, told, cause = ops.unstack(
            ops.convert_to_tensor(self.record)
        )
        stays, told_now = finite, ops.logical_not(finite)
        if self.sticky:
            free = ops.equal(refused, 0.0)
            stays = ops.logical_and(finite, free)
            told_now = ops.logical_and(told_now, free)
        first = ops.cast(ops.argmin(ops.cast(flags, "int32")), full_dtype())
        told = ops.where(told_now, steps, told)
        cause = ops.where(told_now, first, cause)
        refused = refused + ops.cast(told_now, full_dtype())
        row = backends.where(stays, 0.0, row + 1.0)
        self.refused.assign(ops.where(told_now, losses, noted))
        self.last.assign(ops.where(stays, losses, last))
        self.record.assign(ops.stack([steps + 1.0, refused, row, told, cause]))
        return stays

    def begin_epoch(self) -> None:
        """Counts steps and refused ones anew."""
        record = ops.convert_to_numpy(self.record)
        self.record.assign(np.array([0.0, 0.0, record[2], 0.0, 0.0], "float32"))

    @property
    def count(self) -> int:
        """How many of the epoch's steps were refused; waits for the device."""
        return int(ops.convert_to_numpy(self.record)[1])

    @property
    def in_a_row(self) -> int:
        """How many of the last steps were refused; waits for the device."""
        return int(ops.convert_to_numpy(self.record)[2])

    def error(self, epoch: int, ending: str) -> NonFiniteStep:
        """What tells of the refused step, in epoch `epoch`, counted from 0."""
        record = ops.convert_to_numpy(self.record)
        refused, last = (
            dict(zip(self.phases, ops.convert_to_numpy(v).tolist(), strict=True))
            for v in (self.refused, self.last)
        )
        which, of_weights = divmod(int(record[4]), 2)
        phase, step = self.phases[which], int(record[3]) + 1
        what = (
            f"the update of phase {phase!r} made its weights NaN or infinite (its loss "
            f"was {refused[phase]:g})"
            if of_weights
            else f"the loss of phase {phase!r} was {refused[phase]:g}"
        )
        finite = ", ".join(f"{p} {v:g}" for p, v in last.items())
        before = (
            "No step before it was finite."
            if np.isnan(last[self.phases[0]])
            else f"The last finite losses: {finite}."
        )
        return NonFiniteStep(
            f"Epoch {epoch + 1}, step {step}: {what}. {before} {ending}",
            phase=phase,
            epoch=epoch + 1,
            step=step,
            losses=refused,
            last_losses=last,
        )

    # Keras sets metrics back before validation, in the middle of an epoch.
    def reset_state(self) -> None:
        """Nothing: see `begin_epoch`."""

    def update_state(self) -> None:
        """Nothing: see `note` and `judge`."""

    def result(self) -> dict:
        """Nothing to show beside the losses."""
        return {}


class GuardedFit(keras.callbacks.Callback):
    """The callback that has `PhasedModel.fit` guard its steps."""

    def make_guard(
        self, phases: tuple[str, ...], current: StepGuard | None
    ) -> StepGuard:
        """The guard of a model with these phases: `current`, its last one, if that will
        do, because the compiled steps are with that one.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how to guard.")

    def check(self) -> None:
        """Raises a `NonFiniteStep` where training cannot go on; waits."""
