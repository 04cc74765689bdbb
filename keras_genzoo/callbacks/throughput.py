"""Images a second and peak device memory, in the epoch logs."""

import time
from collections.abc import Callable

import keras

from keras_genzoo.backends import peak_memory
from keras_genzoo.training.step_hooks import does_without_steps


class Throughput(keras.callbacks.Callback):
    """Adds `images_per_second`, and on an accelerator `peak_memory_mib`, to the logs.

    Stand it first in the list of callbacks: `History` always sees the numbers, other
    callbacks, such as `keras.callbacks.CSVLogger`, only if they come after it; and
    the time that callbacks before it take at an epoch's end counts as training.

    What is counted: an epoch's examples, over the wall time in seconds from the
    epoch's begin until its metrics are known, which is when the device is done.
    Validation is left out. In the first epoch of a `fit` the clock starts only when
    the first call of the train function is finished, which compiles, and its
    examples are left out with it; where an epoch is a single call, nothing can be
    left out and the first number includes compilation.

    `peak_memory_mib` is the most memory that the process has held on its device so
    far, in MiB. Where the backend cannot tell, as on a CPU, the key is not there.

    Args:
        clock: Function that returns the time in seconds. Defaults to
            `time.perf_counter`.

    Raises:
        TypeError: At the start of training, if the model has no `examples_seen`, the
            number of examples that the running epoch's metrics have counted.

    Example:

    ```python
    model.fit(images, callbacks=[Throughput(), keras.callbacks.CSVLogger("log.csv")])
    ```
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        super().__init__()
        self.clock = clock
        self._warm = False
        self._calls = 0
        self._start = (0.0, 0)
        self._end: tuple[float, int] | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not hasattr(self.model, "examples_seen"):
            raise TypeError(
                "`Throughput` needs a model with an attribute `examples_seen`, the "
                "number of examples in the running epoch, as every keras_genzoo "
                f"model has. Received: a {type(self.model).__name__}, which has none."
            )
        self._warm = False

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._calls = 0
        self._end = None
        self._start = (self.clock(), 0)

    # The begin of the second batch stands for the end of the first: overriding
    # `on_train_batch_end` would make Keras fetch the logs from the device at every
    # step, and the measurement would slow what it measures.
    @does_without_steps()
    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        if not self._warm and self._calls == 1:
            self._start = self._now()
            self._warm = True
        self._calls += 1

    def on_test_begin(self, logs: dict | None = None) -> None:
        # Validation inside `fit` begins here, before it resets the metrics.
        if self._end is None:
            self._end = self._now()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        (start, before), (end, seen) = self._start, self._end or self._now()
        self._warm = True
        if logs is None:
            return
        if end > start:
            logs["images_per_second"] = (seen - before) / (end - start)
        memory = peak_memory()
        if memory is not None:
            logs["peak_memory_mib"] = memory / 2**20

    def _now(self) -> tuple[float, int]:
        # Reading the count waits for the device, so it comes before the clock.
        seen = int(self.model.examples_seen)
        return self.clock(), seen
