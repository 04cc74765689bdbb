"""What happens when a step comes out NaN."""

import warnings

from keras_genzoo.training.step_guard import GuardedFit, StepGuard
from keras_genzoo.training.step_hooks import does_without_steps


class StopOnNaN(GuardedFit):
    """Stops at the first step that is NaN or infinite, with the weights before it.

    ```python
    gan.fit(images, callbacks=[StopOnNaN(), Backup("state")])
    ```

    Each step is judged where it is computed: the loss of every phase and the weights
    that it led to must be finite. One that is not is undone there and then: weights,
    optimizers, averages, image pools, batch statistics, seeds and the epoch's means are
    bit for bit those before it. (PyTorch's global generator, from which an unseeded
    `Dropout` draws, goes on.) Every step after it is undone too, until `fit` looks,
    which it does every `check_every` steps, at the epoch's end and before a `Backup`
    stores: the device is not waited for at each step. Then a `NonFiniteStep`, a
    `FloatingPointError`, is raised that names the phase, the step and the last finite
    losses. The model then holds the weights from before the bad step, and the state
    that `Backup` stored last is whole. Where an optimizer has `use_ema` and the backend
    is JAX, Keras puts the averages into the model on the way out; the state on disk has
    both.

    Steps that are judged cost a copy of the weights and of the optimizers' state each;
    without this callback, training costs nothing more.

    Args:
        skip: go on without such steps: the training is then the one on the batches that
            are good. The epoch's logs have their number as `skipped_steps`, and a
            warning names the last of them.
        check_every: steps from one look to the next.
        limit: with `skip`, how many bad steps in a row are borne before training stops
            all the same; seen at the next look.

    Raises:
        ValueError: a number that is not a positive integer.
        TypeError: at the start of training, if the model is none of this package.
    """

    def __init__(self, skip: bool = False, check_every: int = 50, limit: int = 20):
        super().__init__()
        for name, value in (("check_every", check_every), ("limit", limit)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")
        self.skip = skip
        self.check_every = check_every
        self.limit = limit
        self.guard: StepGuard | None = None
        self._epoch = 0
        self._steps = 0
        self._skipped = 0

    def make_guard(
        self, phases: tuple[str, ...], current: StepGuard | None
    ) -> StepGuard:
        if current is None or current.sticky == self.skip:
            current = StepGuard(phases, sticky=not self.skip)
        elif current is not self.guard:
            current.forget()
        self.guard = current
        return current

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self.guard is None:
            raise TypeError(
                "`StopOnNaN` needs a model of keras_genzoo, whose `fit` guards its "
                f"steps. Received: a {type(self.model).__name__}."
            )
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        self.guard.begin_epoch()

    # Not the step's end: overriding that makes Keras wait for the device at each step.
    @does_without_steps()
    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self._steps += 1
        if self._steps % self.check_every == 0:
            self.check()

    def check(self) -> None:
        # On JAX this brings the guard's numbers to where they can be read.
        _ = self.model
        if not self.skip and self.guard.count:
            raise self.guard.error(
                self._epoch, "The model has the weights from before this step."
            )
        if self.skip and self.guard.in_a_row >= self.limit:
            raise self.guard.error(
                self._epoch,
                f"It was the last of {self.guard.in_a_row} such steps in a row. The "
                "model has the weights from before them.",
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.check()
        if not self.skip:
            return
        skipped = self.guard.count
        if logs is not None:
            logs["skipped_steps"] = skipped
        if skipped:
            warnings.warn(
                str(self.guard.error(epoch, f"Skipped: {skipped} steps this epoch.")),
                RuntimeWarning,
                stacklevel=2,
            )
