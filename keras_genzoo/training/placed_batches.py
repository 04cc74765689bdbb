"""Batches that are known by their place, so that a run can go on at any of them."""

import itertools
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_genzoo.training.stream_checks import as_numpy


class _EpochOrder:
    """A new order of things each epoch, which `seed` and its number alone decide."""

    def __init__(self, seed: int):
        self._seed = seed
        self._held = (None, None)

    def of(self, epoch: int, count: int) -> np.ndarray:
        """The order of `count` things."""
        # Keras may ask from several threads: the pair is replaced as a whole.
        held = self._held
        if held[0] != epoch:
            generator = np.random.default_rng([self._seed, epoch])
            self._held = held = (epoch, generator.permutation(count))
        return held[1]


class PlacedBatches(keras.utils.PyDataset):
    """An epoch's batches, in an order that the epoch's number alone decides.

    Args:
        source: the batches.
        shuffle: whether the order changes from epoch to epoch. Examples are not moved
            from one batch to another.
        seed: of the orders.
        first: how many batches of the epoch are left out at its begin.

    Attributes:
        epoch: the epoch whose batches come. A source's attribute of that name follows.
    """

    def __init__(
        self,
        source: keras.utils.PyDataset,
        shuffle: bool = False,
        seed: int = 0,
        first: int = 0,
    ):
        super().__init__(
            workers=source.workers,
            use_multiprocessing=source.use_multiprocessing,
            max_queue_size=source.max_queue_size,
        )
        self._source = source
        # A source that numbers its epochs shuffles itself.
        self._shuffle = shuffle and not hasattr(source, "epoch")
        self._seed = seed
        self._first = first
        self._order = _EpochOrder(seed)
        self._epoch = 0

    @property
    def epoch(self) -> int:
        return self._epoch

    @epoch.setter
    def epoch(self, value: int) -> None:
        self._epoch = value
        if hasattr(self._source, "epoch"):
            self._source.epoch = value

    def without(self, first: int) -> "PlacedBatches":
        """The same, an epoch's first batches left out."""
        return PlacedBatches(self._source, self._shuffle, self._seed, first)

    def __len__(self) -> int:
        return self._source.num_batches - self._first

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        index += self._first
        if self._shuffle:
            index = int(self._order.of(self.epoch, self._source.num_batches)[index])
        return self._source[index]

    def on_epoch_begin(self) -> None:
        self._source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._source.on_epoch_end()


class ArrayBatches(keras.utils.PyDataset):
    """Batches of arrays; each epoch's order depends on `seed` and its number alone.

    Args:
        arrays: a structure of arrays `(n, ...)`.
        batch_size: examples a batch; the last one may have fewer.
        shuffle: whether examples come in a new order each epoch.
        seed: of the orders.

    Attributes:
        epoch: the epoch whose batches come.
    """

    def __init__(self, arrays: Any, batch_size: int, shuffle: bool, seed: int):
        super().__init__()
        self._arrays = keras.tree.map_structure(as_numpy, arrays)
        self._count = len(keras.tree.flatten(self._arrays)[0])
        self._batch_size = batch_size
        self._shuffle = shuffle
        self._order = _EpochOrder(seed)
        self.epoch = 0

    def __len__(self) -> int:
        return -(-self._count // self._batch_size)

    def __getitem__(self, index: int) -> Any:
        begin = index * self._batch_size
        chosen = slice(begin, begin + self._batch_size)
        if self._shuffle:
            chosen = self._order.of(self.epoch, self._count)[chosen]
        return keras.tree.map_structure(lambda a: a[chosen], self._arrays)


class Passes(keras.utils.PyDataset):
    """Epochs of `steps` batches each, out of a source that knows no such epochs.

    Args:
        source: a `PyDataset`, with an end or without, that starts over after its last
            batch; or an iterator, which the epochs take one after the other.
        steps: batches an epoch.
        done: batches that an iterator has given before.

    Attributes:
        epoch: the epoch whose batches come.
    """

    def __init__(self, source: Any, steps: int, done: int = 0):
        super().__init__()
        self._source = source
        self._steps = steps
        self._drawn = done
        self._held: OrderedDict[int, Any] = OrderedDict()
        self.epoch = 0

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        place = self.epoch * self._steps + index
        if isinstance(self._source, keras.utils.PyDataset):
            return self._batch(place)
        while self._drawn <= place:
            self._held[self._drawn] = next(self._source)
            self._drawn += 1
            # Keras looks at the first two batches before it takes them.
            while len(self._held) > 4:
                self._held.popitem(last=False)
        return self._held[place]

    def _batch(self, place: int) -> Any:
        length = self._source.num_batches
        if length is None:
            return self._source[place]
        passes, index = divmod(place, length)
        if hasattr(self._source, "epoch"):
            self._source.epoch = passes
        return self._source[index]


def placed(
    x: Any, y: Any, batch_size: int | None, steps: int | None, shuffle: bool, seed: int
) -> PlacedBatches | None:
    """`fit`'s data as `PlacedBatches`, or None for a stream, which has no places.

    Args:
        x, y, batch_size: as `fit` was given them.
        steps: batches an epoch, where it is not the data's own length.
        shuffle: whether the order changes from epoch to epoch.
        seed: of the orders.
    """
    if isinstance(x, keras.utils.PyDataset):
        source = x
        kind = type(getattr(x, "source", x))
        own = kind.on_epoch_end is not keras.utils.PyDataset.on_epoch_end
        if own and not hasattr(x, "epoch"):
            warnings.warn(
                f"`x`, a {kind.__name__}, changes at an epoch's end and has no "
                "attribute `epoch`: a run that goes on will see other batches than one "
                "that was not interrupted. Draw its order from that attribute.",
                stacklevel=4,
            )
    elif is_stream(x):
        return None
    else:
        arrays = keras.utils.pack_x_y_sample_weight(x, y)
        arrays = arrays if isinstance(arrays, tuple) else (arrays,)
        source = ArrayBatches(arrays, batch_size or 32, shuffle, seed)
    if source.num_batches is None:
        if steps is None:
            raise ValueError(
                "`steps_per_epoch` must be given for a `PyDataset` without an end, got "
                "None."
            )
    else:
        source = PlacedBatches(source, shuffle, seed)
        if steps is None:
            return source
    return PlacedBatches(Passes(source, steps))


def is_stream(x: Any) -> bool:
    """Whether batches come one after the other, known by nothing but their turn."""
    return not isinstance(x, keras.utils.PyDataset | list | tuple | dict) and (
        hasattr(x, "element_spec")
        or hasattr(x, "collate_fn")
        or not hasattr(x, "shape")
    )


def length(x: Any) -> int | None:
    """The batches of a stream, or None where nobody knows."""
    if hasattr(x, "cardinality"):
        count = int(x.cardinality())
        return count if count >= 0 else None
    return len(x) if hasattr(x, "collate_fn") and hasattr(x, "__len__") else None


def rest_of_stream(x: Any, done: int, again: bool) -> Iterator:
    """A stream's batches, as arrays, after the first `done`.

    Args:
        x: generator, `tf.data.Dataset` or `DataLoader`.
        done: how many are left out.
        again: whether it starts over at its end.
    """
    batches = itertools.chain.from_iterable(itertools.repeat(x)) if again else iter(x)
    for batch in itertools.islice(batches, done, None):
        arrays = keras.tree.map_structure(as_numpy, batch)
        if isinstance(arrays, list):
            arrays = tuple(arrays)
        yield arrays if isinstance(arrays, tuple | dict) else (arrays,)
