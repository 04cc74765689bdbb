"""The engine's functions on PyTorch: eager, with `torch.autograd.grad` per phase.

`autograd.grad` with a phase's own variables, instead of `backward`, leaves no
gradient behind on the other players and computes none for their weights.
"""

import keras
import torch


def train_step(model, data):
    """One turn of every phase; returns the logs."""
    batch = model.prepare_batch(data, True)
    shared, detached = None, None
    if model.shares_work:
        shared = model.compute_shared(batch, True)
        detached = keras.tree.map_structure(torch.Tensor.detach, shared)

    losses, logs = [], []
    for phase, part in model.turns(batch):
        variables = model.phase_variables(phase)
        optimizer = model.optimizer[phase]
        loss, log = model.compute_phase(
            phase, part, True, shared if phase == model.shared_phase else detached
        )
        grads = torch.autograd.grad(
            optimizer.scale_loss(loss),
            [v.value for v in variables],
            allow_unused=True,
        )
        with torch.no_grad():
            optimizer.apply(list(grads), variables)
        losses.append((phase, loss.detach()))
        logs.append(log)
    with torch.no_grad():
        model.optimizer.count_step()
        return model.update_metrics(losses, logs, batch)


def test_step(model, data):
    """Every phase's loss without an update; returns the logs."""
    batch = model.prepare_batch(data, False)
    losses, logs = model.evaluate_phases(batch)
    with torch.no_grad():
        return model.update_metrics(losses, logs, batch)


def input_gradient(fn, x):
    """See `keras_genzoo.training.input_gradient`."""
    # `evaluate` runs under `no_grad`; a gradient is wanted all the same.
    with torch.enable_grad():
        if not x.requires_grad:
            x = x.detach().requires_grad_(True)
        y = fn(x).sum()
        if not y.requires_grad:
            return torch.zeros_like(x)
        (gradient,) = torch.autograd.grad(y, x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if gradient is None else gradient


def peak_memory():
    """Peak bytes in use on the current CUDA device, or None without one."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
