"""Convolution kernels in PyTorch's order of axes.

Keras holds a kernel as height, width, channels before, channels after. In training its
numbers are moved, once, to where PyTorch wants them in memory, so that a convolution
takes a view. Where maps lie otherwise, a kernel is copied once for each phase: a
CycleGAN uses each several times before it changes; so do games whose players meet
twice.
"""

import contextlib
from collections.abc import Iterator

import torch

# Orders of axes in which a kernel's numbers may lie: Keras', and PyTorch's two.
_ORDERS = ((0, 1, 2, 3), (3, 0, 1, 2), (3, 2, 0, 1))

_kept: dict[tuple, tuple[torch.Tensor, torch.Tensor]] | None = None


@contextlib.contextmanager
def kept_kernels() -> Iterator[dict]:
    """Keeps what `channels_first` made; to be cleared whenever weights change."""
    global _kept
    outer, _kept = _kept, {}
    try:
        yield _kept
    finally:
        _kept = outer


def channels_first(kernel: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """The kernel as channels after, channels before, height, width.

    In memory as `maps`, what it is to meet, `(batch, channels, height, width)`: PyTorch
    would copy the one or the other.
    """
    last = maps.is_contiguous(memory_format=torch.channels_last)
    # In float64 PyTorch's own product of the gradient takes this order alone.
    last = last and maps.dtype != torch.float64
    layout = torch.channels_last if last else torch.contiguous_format
    # Only a weight is met again; what is computed from weights is not.
    if _kept is None or not (kernel.is_leaf and kernel.requires_grad):
        return _arranged(kernel, layout)
    key = (id(kernel), torch.is_grad_enabled(), layout)
    if key not in _kept:
        arranged = _arranged(kernel, layout)
        if torch.is_grad_enabled() and kernel.is_contiguous():
            # The first maps that a kernel meets decide.
            kernel.data = arranged.detach().permute(2, 3, 1, 0)
            arranged = _arranged(kernel, layout)
        # The kernel stands beside its copy so that its id stays its own.
        _kept[key] = kernel, arranged
    return _kept[key][1]


def _arranged(kernel: torch.Tensor, layout: torch.memory_format) -> torch.Tensor:
    if layout is torch.contiguous_format:
        return kernel.permute(3, 2, 0, 1).contiguous()
    # As the transpose of a matrix, which PyTorch copies in blocks: for large kernels
    # several times as fast.
    *others, last = kernel.shape
    rows = kernel.reshape(-1, last).t().contiguous()
    return rows.view(last, *others).permute(0, 3, 1, 2)


def in_memory(
    value: torch.Tensor, gradient: torch.Tensor, moments: list[torch.Tensor]
) -> list[torch.Tensor]:
    """Contiguous views of a weight, its gradient and its moments, axes ordered alike.

    The weight's order in memory decides. What lies otherwise is copied: the gradient
    each time, moments once, as is a weight of no known order.
    """
    order = _order(value)
    if order is None or order == _ORDERS[0]:
        # An orthogonal initialiser returns a transpose.
        for tensor in (value, *moments):
            if not tensor.is_contiguous():
                tensor.data = tensor.data.contiguous()
        return [value, _in_order(gradient), *moments]
    for moment in moments:
        if not moment.permute(order).is_contiguous():
            moment.data = torch.empty_like(value).copy_(moment)
    return [t.permute(order).contiguous() for t in (value, gradient, *moments)]


def _order(value: torch.Tensor) -> tuple | None:
    if value.ndim != 4:
        return None
    return next((o for o in _ORDERS if value.permute(o).is_contiguous()), None)


def _in_order(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient of a weight, contiguous; a kernel's may be a permuted view."""
    if gradient.ndim != 4 or gradient.is_contiguous():
        return gradient.contiguous()
    matrix = gradient.reshape(-1, gradient.shape[-1])
    return matrix.contiguous().view(gradient.shape)
