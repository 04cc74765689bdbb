"""A step on several processes that `torchrun` started.

All processes see the same batches; each takes its rows. Losses are weighed by the
process's share of the batch, so that the sum of gradients is the gradient of the
joined batch's mean.
"""

import contextlib
import itertools
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import torch
from torch import distributed

from keras_genzoo.backends import shares
from keras_genzoo.backends.seed_spread import batch_statistics, spread

__all__ = [
    "average_statistics",
    "batch_layout",
    "even_batch_size",
    "process_index",
    "same_everywhere",
    "sharing",
    "split_batch",
    "sum_gradients",
    "variable_scope",
]


def _world() -> int:
    if not distributed.is_available() or not distributed.is_initialized():
        return 1
    return distributed.get_world_size()


def process_index() -> int:
    """Which process this is of those that train together; 0 writes the files."""
    return distributed.get_rank() if _world() > 1 else 0


def _together(operation: Callable, *args: Any, **kwargs: Any) -> None:
    """A collective operation, whose failure is told in words."""
    try:
        operation(*args, **kwargs)
    except RuntimeError as error:
        raise RuntimeError(
            f"Process {process_index()} of {_world()} lost the others: one of them has "
            "ended, or has not answered in the process group's `timeout`. Start all of "
            "them again; a run with a backup goes on from its last state. "
            f"({error})"
        ) from error


class _Share(shares.Share):
    def gather(self, x):
        longest = int(self.sizes.max())
        padded = x.new_zeros((longest, *x.shape[1:]))
        padded[: len(x)] = x
        all_rows = [torch.empty_like(padded) for _ in self.sizes]
        _together(distributed.all_gather, all_rows, padded)
        return torch.cat(
            [rows[:n] for rows, n in zip(all_rows, self.sizes.tolist(), strict=True)]
        )

    def sum(self, x):
        x = x.detach().clone()
        _together(distributed.all_reduce, x)
        return x


@contextlib.contextmanager
def sharing(model: Any, data: Any) -> Iterator[Any]:
    """Within it the step's share is known; gives this process's rows of the batch."""
    world = _world()
    if world == 1:
        yield data
        return
    if model not in _agreed:
        _agree(model, data)
        _agreed.add(model)
    rank = process_index()
    n = len(keras.tree.flatten(data)[0])
    parts = max(model.phase_parts(phase) for phase in model.phases)
    blocks = _blocks(n, parts, world)
    share = _Share(np.array([len(rows) for rows in blocks]), rank)
    # One example that does not count, where a short batch left none.
    mine = blocks[rank] if len(blocks[rank]) else np.zeros(1, "int64")
    batch = keras.tree.map_structure(lambda x: None if x is None else x[mine], data)
    with (
        shares.running(share),
        spread(model.seed_states, rank),
        _global_random_state(rank),
    ):
        yield batch


def _blocks(n: int, parts: int, world: int) -> list[np.ndarray]:
    """The rows of each process.

    A turn of a phase takes one of `parts` parts of the batch. Where all divides, the
    processes' parts make up the part that one process would take.
    """
    rows = np.arange(n)
    if n % (parts * world) or parts == 1:
        return np.array_split(rows, world)
    return list(rows.reshape(parts, world, -1).transpose(1, 0, 2).reshape(world, -1))


@contextlib.contextmanager
def _global_random_state(rank: int) -> Iterator[None]:
    # Keras' unseeded `Dropout` draws from it, and so does the order of the data,
    # which has to stay the same everywhere.
    seed = int(torch.randint(2**62, ()))
    state = torch.get_rng_state()
    torch.manual_seed(seed + rank)
    try:
        yield
    finally:
        torch.set_rng_state(state)


# Models whose processes hold the same weights.
_agreed: weakref.WeakSet = weakref.WeakSet()


def _agree(model: Any, data: Any) -> None:
    """Gives all processes the first one's weights, optimizers and seeds.

    Raises:
        ValueError: the processes have other models or see other data.
    """
    variables = [*model.variables, *model.optimizer.variables]
    tensors = [v.value for v in variables]
    given = [x for x in keras.tree.flatten(data) if x is not None]
    inputs = [keras.ops.convert_to_tensor(x) for x in given]
    device = model.trainable_variables[0].value.device
    for what, mine in (
        ("models", [len(tensors), sum(t.numel() for t in tensors)]),
        ("batches", [v for x in inputs for v in (len(x), x.double().sum().item())]),
    ):
        mine = torch.tensor(mine, dtype=torch.float64, device=device)
        theirs = mine.clone()
        _together(distributed.broadcast, theirs, 0)
        differs = (mine != theirs).any().float()
        _together(distributed.all_reduce, differs)
        if differs:
            raise ValueError(
                f"All processes must have the same {what}: each takes its own rows of "
                f"a batch. {int(differs)} of {_world()} differ from the first. Seed "
                "what shuffles the data alike."
            )
    with torch.no_grad():
        for group in _by_dtype(tensors):
            # Seeds are on the host.
            flat = torch.cat([t.reshape(-1).to(device) for t in group])
            _together(distributed.broadcast, flat, 0)
            for tensor, value in zip(group, _unflatten(flat, group), strict=True):
                tensor.copy_(value)


def _by_dtype(tensors: list) -> list[list]:
    key = {id(t): str(t.dtype) for t in tensors}
    ordered = sorted(tensors, key=lambda t: key[id(t)])
    return [list(g) for _, g in itertools.groupby(ordered, lambda t: key[id(t)])]


def _unflatten(flat: torch.Tensor, like: list) -> list:
    pieces = flat.split([t.numel() for t in like])
    return [p.view(t.shape) for p, t in zip(pieces, like, strict=True)]


def sum_gradients(gradients: list) -> list:
    """The gradients summed over processes, all of them in one message."""
    if shares.current() is None:
        return gradients
    known = [g for g in gradients if g is not None]
    flat = torch.cat([g.reshape(-1) for g in known])
    _together(distributed.all_reduce, flat)
    summed = iter(_unflatten(flat, known))
    return [None if g is None else next(summed) for g in gradients]


def average_statistics(model: Any) -> None:
    """Gives all processes the mean of their running batch statistics."""
    share = shares.current()
    if share is None:
        return
    variables = batch_statistics(model.non_trainable_variables)
    if not variables:
        return
    values = [v.value for v in variables]
    flat = share.sum(torch.cat([v.reshape(-1) for v in values]) * share.weight)
    for variable, value in zip(variables, _unflatten(flat, values), strict=True):
        variable.assign(value)


@contextlib.contextmanager
def batch_layout(model: Any, x: Any, batch_size: int | None = None) -> Iterator[None]:
    """See the one on JAX; here the order of the data is made the same everywhere."""
    if _world() > 1:
        _agreed.discard(model)
        state = torch.get_rng_state()
        if distributed.get_backend() == "nccl":
            state = state.cuda()
        _together(distributed.broadcast, state, 0)
        torch.set_rng_state(state.cpu())
    yield


def even_batch_size(model: Any, x: Any, batch_size: int | None) -> int | None:
    """See the one on TensorFlow; here any batch will do."""
    return batch_size


def split_batch(model: Any, data: Any) -> Any:
    """See the one on TensorFlow; here the step takes its rows."""
    return data


def variable_scope(model: Any) -> Any:
    """See the one on TensorFlow; here variables need none."""
    return contextlib.nullcontext()


def same_everywhere(number: int) -> int:
    """The first process's `number`, below 2**63."""
    if _world() == 1:
        return number
    device = torch.get_default_device()
    if distributed.get_backend() == "nccl":
        device = torch.device("cuda", torch.cuda.current_device())
    tensor = torch.tensor(number, device=device)
    _together(distributed.broadcast, tensor, 0)
    return int(tensor)
