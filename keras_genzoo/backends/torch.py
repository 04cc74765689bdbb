"""The engine's functions on PyTorch: eager, with `torch.autograd.grad` per phase.

`autograd.grad` with a phase's own variables, instead of `backward`, leaves no
gradient behind on the other players and computes none for their weights.
"""

import keras
import torch
from torch.optim.adam import adam

from keras_genzoo.backends import shares
from keras_genzoo.backends.plain_adam import moments
from keras_genzoo.backends.precision import float64_kept
from keras_genzoo.backends.torch_counters import count, counter_value
from keras_genzoo.backends.torch_kernels import (
    channels_first,
    in_memory,
    kept_kernels,
)
from keras_genzoo.backends.torch_replicas import (
    average_statistics,
    sharing,
    sum_gradients,
)


def _apply(optimizer, gradients, variables, values):
    """`optimizer.apply`, by PyTorch's fused kernel where that is the same update.

    `values` are the tensors of `variables`.
    """
    slots = moments(optimizer, gradients, variables)
    device = values[0].device
    if slots is None or device.type not in ("cpu", "cuda"):
        optimizer.apply(gradients, variables)
        return
    # The kernel walks raw memory.
    values, gradients, first, second = zip(
        *(
            in_memory(value, gradient, [m.value, v.value])
            for value, gradient, m, v in zip(values, gradients, *slots, strict=True)
        ),
        strict=True,
    )
    rate = keras.ops.convert_to_tensor(optimizer.learning_rate)
    step = counter_value(optimizer.iterations)
    count(optimizer.iterations)
    steps = torch.full((len(variables),), float(step), device=device)
    adam(
        list(values),
        list(gradients),
        list(first),
        list(second),
        [],
        list(steps.unbind()),
        foreach=False,
        fused=True,
        amsgrad=False,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        lr=float(rate) if device.type == "cpu" else rate,
        weight_decay=0.0,
        # Keras adds epsilon before the second moment's bias correction.
        eps=optimizer.epsilon / (1.0 - optimizer.beta_2 ** (step + 1)) ** 0.5,
        maximize=False,
    )


def train_step(model, data):
    """One turn of every phase; returns the logs."""
    with sharing(model, data) as own, kept_kernels() as kernels:
        return _train_step(model, own, kernels)


def _train_step(model, data, kernels):
    batch = model.prepare_batch(data, True)
    shared, detached = None, None
    if model.shares_work:
        shared = model.compute_shared(batch, True)
        if isinstance(shared, torch.Tensor):
            detached = shared.detach()
        else:
            detached = keras.tree.map_structure(torch.Tensor.detach, shared)

    losses, logs = [], []
    for phase, part in model.turns(batch):
        variables = model.phase_variables(phase)
        optimizer = model.optimizer[phase]
        loss, log = model.compute_phase(
            phase, part, True, shared if phase == model.shared_phase else detached
        )
        values = [v.value for v in variables]
        grads = torch.autograd.grad(
            optimizer.scale_loss(shares.weighed(loss)), values, allow_unused=True
        )
        with torch.no_grad():
            _apply(optimizer, sum_gradients(list(grads)), variables, values)
        kernels.clear()
        losses.append((phase, loss.detach()))
        logs.append(log)
    with torch.no_grad():
        average_statistics(model)
        model.after_step(batch)
        model.optimizer.count_step()
        return model.update_metrics(losses, logs, batch)


def train_function(model):
    """None: Keras' own does; see `PhasedModel.make_train_function`."""
    return


def test_step(model, data):
    """Every phase's loss without an update; returns the logs."""
    with sharing(model, data) as own:
        batch = model.prepare_batch(own, False)
        losses, logs = model.evaluate_phases(batch)
        with torch.no_grad():
            return model.update_metrics(losses, logs, batch)


def clip(x, low=None, high=None):
    """See the one of `keras_genzoo.backends.scalars`."""
    return torch.clamp(keras.ops.convert_to_tensor(x), low, high)


def mix(x, y, share):
    """See the one of `keras_genzoo.backends.scalars`; one kernel."""
    return torch.lerp(x, y, share)


def where(condition, x, y):
    """See the one of `keras_genzoo.backends.scalars`."""
    return torch.where(condition, x, y)


def stack(scalars):
    """See the one of `keras_genzoo.backends.scalars`.

    Keras searches the list for symbolic tensors, which takes longer.
    """
    if all(isinstance(x, torch.Tensor) for x in scalars):
        return torch.stack(scalars)
    return keras.ops.stack(scalars)


def add_to(variable, amount):
    """See the one of `keras_genzoo.backends.scalars`."""
    variable.value.add_(amount)


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


def compiled(fn, variables):
    """See `keras_genzoo.training.compiled`."""
    return torch.no_grad()(fn)


def only_if(condition, fn):
    """See `keras_genzoo.training.only_if`."""
    return fn() if bool(condition) else torch.zeros(())


def _symmetric(convolution, x, kernel, bias, **kwargs):
    # Keras pads or crops around the convolution, which costs copies; these kernels of
    # stride 2 need one pixel on every side, which PyTorch's own padding does.
    x = x.permute(0, 3, 1, 2)
    kernel = channels_first(kernel, x)
    y = convolution(x, kernel, bias, stride=2, padding=1, **kwargs)
    return y.permute(0, 2, 3, 1)


def halving_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.HalvingConv2D`."""
    if kernel.shape[0] == 4 and (x.shape[1] % 2 or x.shape[2] % 2):
        y = keras.ops.conv(
            x, kernel, strides=2, padding="same", data_format="channels_last"
        )
        return y if bias is None else y + bias
    return _symmetric(torch.nn.functional.conv2d, x, kernel, bias)


def doubling_convolution(x, kernel, bias=None):
    """See `keras_genzoo.layers.DoublingConv2DTranspose`."""
    more = kernel.shape[0] % 2
    return _symmetric(
        torch.nn.functional.conv_transpose2d, x, kernel, bias, output_padding=more
    )


def plain_convolution(x, kernel, padding):
    """See `keras_genzoo.layers.PlainConv2D`: Keras' own is fast."""
    return


def splits_groups():
    """See `keras_genzoo.layers.GroupedConv2D`."""
    return False


def batch_normalization(x, gamma, beta, epsilon):
    """See `keras_genzoo.layers.BatchNormalization`."""
    if gamma is None:
        gamma = _ones_for_halves(x)
    y, mean, inverse_deviation = torch.native_batch_norm(
        x.permute(0, 3, 1, 2), gamma, beta, None, None, True, 0.0, epsilon
    )
    variance = inverse_deviation.detach() ** -2 - epsilon
    return y.permute(0, 2, 3, 1), mean.detach(), variance


def instance_normalization(x, epsilon):
    """See `keras_genzoo.layers.InstanceNormalization`."""
    gamma = _ones_for_halves(x)
    beta = None if gamma is None else torch.zeros_like(gamma)
    y = torch.instance_norm(
        x.permute(0, 3, 1, 2), gamma, beta, None, None, True, 0.0, epsilon, False
    )
    return y.permute(0, 2, 3, 1)


def _ones_for_halves(x):
    """A gain of 1: without any, PyTorch takes the statistics of halves in halves."""
    if x.dtype not in (torch.bfloat16, torch.float16):
        return None
    return torch.ones(x.shape[-1], device=x.device)


def power_iteration(kernel, u, epsilon, iterations):
    """See `keras_genzoo.layers.SpectralNormalization`."""
    matrix = kernel.reshape(-1, kernel.shape[-1])
    constant, u = matrix.detach(), u.detach()[0]
    for _ in range(iterations):
        v = torch.mv(constant, u)
        v = v / torch.linalg.vector_norm(v).clamp_min(epsilon)
        image = torch.mv(constant.t(), v)
        norm = torch.linalg.vector_norm(image)
        u = torch.where(norm > epsilon, image / norm.clamp_min(epsilon), u)
    sigma = torch.dot(torch.mv(matrix.t(), v), u)
    return torch.where(sigma > epsilon, sigma, 1.0), u[None]


def zero_padding(x, pads):
    """Zeros before and after each axis, without an operation's object each time."""
    return torch.nn.functional.pad(x, [n for pair in reversed(pads) for n in pair])


def reflection_padding(x, padding):
    """See `keras_genzoo.layers.ReflectionPadding2D`."""
    # On a GPU the gradient of PyTorch's own is not the same from run to run.
    if x.device.type != "cpu" and torch.are_deterministic_algorithms_enabled():
        return None
    sides = (padding,) * 4
    x = torch.nn.functional.pad(x.permute(0, 3, 1, 2), sides, mode="reflect")
    return x.permute(0, 2, 3, 1)


def random_states():
    """Global random states by name that training draws from.

    Keras' unseeded `Dropout` draws from PyTorch's global generator, not from its own
    seed state.
    """
    states = {"cpu": torch.get_rng_state().numpy()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state().numpy()
    return states


def restore_random_states(states):
    """Puts back what `random_states` returned."""
    if "cpu" in states:
        torch.set_rng_state(torch.from_numpy(states["cpu"]))
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.from_numpy(states["cuda"]))


def list_devices():
    """Names of what the backend computes on; Keras lists none on PyTorch."""
    count = torch.cuda.device_count()
    return [f"cuda:{i}" for i in range(count)] or ["cpu:0"]


def double_precision():
    """See the one on JAX."""
    return float64_kept()


def seed_scope():
    """Where seeds are kept and counted: Keras reads each of them on the host.

    From a GPU that would wait for all that was sent there before.
    """
    return keras.device("cpu")


def accelerator():
    """The current CUDA device's name, or None without one."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def peak_memory():
    """Peak bytes in use on the current CUDA device, or None without one."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
