"""Which rows of a joined batch are this replica's, while a step runs on several.

On TensorFlow and PyTorch each replica runs the step on its own rows. What has to be
as if one device ran it on all of them (noise, pools of images, statistics of a batch)
asks here. Outside of such a step, and on JAX, where an array has all rows whatever
devices hold them, every function gives back what one device has.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from keras import ops

_running = threading.local()


class Share:
    """The part of one replica in a joined batch, whose rows stand replica by replica.

    A replica without rows computes on a row that does not count.

    Args:
        sizes: rows of each replica, `(replicas,)`: a NumPy array or an int32 tensor.
        rank: which replica this is.
    """

    def __init__(self, sizes: Any, rank: Any):
        self.sizes = sizes
        self.rank = rank
        before = np.arange(sizes.shape[0]) < rank
        if isinstance(sizes, np.ndarray):
            self.size, self.total = int(sizes[rank]), int(sizes.sum())
            self.offset = int(sizes[before].sum())
            self.held = max(self.size, 1)
        else:
            self.size, self.total = sizes[rank], ops.sum(sizes)
            self.offset = ops.sum(sizes * before.astype("int32"))
            self.held = ops.maximum(self.size, 1)

    @property
    def weight(self) -> Any:
        """This replica's share of the joined batch, float."""
        if isinstance(self.sizes, np.ndarray):
            return self.size / self.total
        return ops.cast(self.size, "float32") / ops.cast(self.total, "float32")

    def part(self, index: int, parts: int) -> "Share":
        """The shares of a turn that takes one of `parts` parts of each replica."""
        n = self.sizes
        xp = np if isinstance(n, np.ndarray) else ops
        begin = xp.minimum(index * n // parts, n - 1)
        end = xp.maximum((index + 1) * n // parts, begin + 1)
        return type(self)(xp.where(n > 0, end - begin, 0), self.rank)

    def gather(self, x: Any) -> Any:
        """`x` of all replicas, one after the other, of which each has its `size`."""
        raise NotImplementedError

    def sum(self, x: Any) -> Any:
        """The sum over replicas of a tensor of one shape."""
        raise NotImplementedError


def current() -> Share | None:
    """The running step's, or None where there is nothing to share."""
    return getattr(_running, "share", None)


@contextlib.contextmanager
def running(share: Share | None) -> Iterator[None]:
    """Within it `current()` is `share`."""
    before = current()
    _running.share = share
    try:
        yield
    finally:
        _running.share = before


@contextlib.contextmanager
def turn(index: int, parts: int) -> Iterator[None]:
    """Within it the joined batch is that of one of `parts` parts."""
    share = current()
    with running(share if share is None or parts == 1 else share.part(index, parts)):
        yield


def rows(draw: Callable[[Any], Any], n: Any) -> Any:
    """`draw(n)`, or this replica's rows of what is drawn for the joined batch.

    So no two replicas draw the same, and as many replicas as there may be draw what
    one device would have drawn.

    Args:
        draw: from a number of rows to a tensor of so many, the same on each replica
            that asks for as many.
        n: this replica's rows: as many as it has examples, a multiple or a divisor.
    """
    share = current()
    if share is None:
        return draw(n)
    return _own(draw(share.total * n // share.held), n, share)


def joined(x: Any) -> Any:
    """The rows of all replicas of a tensor that has one for each example."""
    share = current()
    return x if share is None else share.gather(x[: share.size])


def own(x: Any) -> Any:
    """This replica's rows of a tensor of rows of all replicas."""
    share = current()
    return x if share is None else _own(x, share.held, share)


def examples(n: Any) -> Any:
    """The examples of the joined batch, of which this replica has `n`."""
    share = current()
    return n if share is None else share.total


def mean(x: Any) -> Any:
    """The joined batch's mean, from that over this replica's examples; a constant."""
    share = current()
    if share is None:
        return ops.stop_gradient(x)
    return share.sum(ops.stop_gradient(x) * share.weight)


def weighed(loss: Any) -> Any:
    """A mean over this replica's examples as its part of the joined batch's mean."""
    share = current()
    return loss if share is None else loss * share.weight


def total(x: Any) -> Any:
    """The sum over replicas; one without examples does not count."""
    share = current()
    if share is None:
        return x
    return share.sum(x * ops.cast(share.size > 0, x.dtype))


def _own(x: Any, n: Any, share: Share) -> Any:
    begin = share.offset * n // share.held
    last = ops.shape(x)[0] - 1
    index = ops.minimum(begin + ops.arange(n, dtype="int32"), last)
    return ops.take(x, index, axis=0)
