"""The engine's functions on JAX.

Keras hands the step its whole state as lists of arrays and compiles it. A phase is
written statefully; a `keras.StatelessScope` turns it into a function of its
variables, and the new values are threaded by hand from phase to phase.
"""

import contextlib
from functools import partial

import jax
import jax.numpy as jnp
import keras

from keras_genzoo.backends.jax_convolutions import differentiated_twice, on_cpu
from keras_genzoo.backends.jax_replicas import along_devices, batch_layout
from keras_genzoo.backends.precision import float64_kept


def _call(model, trainable, non_trainable, fn, *args):
    """`fn(*args)` on the given state: its result and the new non-trainable values."""
    scope = keras.StatelessScope(
        [
            *zip(model.trainable_variables, trainable, strict=True),
            *zip(model.non_trainable_variables, non_trainable, strict=True),
        ]
    )
    with scope:
        result = fn(*args)
    return result, [scope.get_current_value(v) for v in model.non_trainable_variables]


def _update_metrics(model, values, losses, logs, batch):
    with keras.StatelessScope(
        list(zip(model.metrics_variables, values, strict=True))
    ) as scope:
        results = model.update_metrics(losses, logs, batch)
    return results, [scope.get_current_value(v) for v in model.metrics_variables]


def _merge(values, indices, full):
    """`full` with `values` put at `indices`."""
    full = list(full)
    for i, value in zip(indices, values, strict=True):
        full[i] = value
    return full


def _phase_loss(model, phase, batch, indices, trainable, non_trainable, opt_values):
    """The scaled loss of one turn, as a function of the phase's variables."""
    optimizer = model.optimizer[phase]

    def loss_fn(values, shared):
        (loss, log), updated = _call(
            model,
            _merge(values, indices, trainable),
            non_trainable,
            model.compute_phase,
            phase,
            batch,
            True,
            shared,
        )
        with keras.StatelessScope(
            list(zip(optimizer.variables, opt_values, strict=True))
        ):
            scaled = optimizer.scale_loss(loss)
        return scaled, (loss, log, updated)

    return loss_fn


def train_step(model, state, data):
    """One turn of every phase; returns the logs and the new state."""
    trainable, non_trainable, opt_values, metric_values = (list(s) for s in state)
    optimizer = model.optimizer
    position = {id(v): i for i, v in enumerate(model.trainable_variables)}
    indices = {
        phase: [position[id(v)] for v in model.phase_variables(phase)]
        for phase in model.phases
    }
    batch, non_trainable = _call(
        model,
        trainable,
        non_trainable,
        model.prepare_batch,
        along_devices(data),
        True,
    )

    shared, shared_vjp = None, None
    if model.shares_work:
        owned = indices[model.shared_phase]
        state_before = non_trainable

        def compute_shared(values):
            return _call(
                model,
                _merge(values, owned, trainable),
                state_before,
                model.compute_shared,
                batch,
                True,
            )

        shared, shared_vjp, non_trainable = jax.vjp(
            compute_shared, [trainable[i] for i in owned], has_aux=True
        )

    losses, logs = [], []
    for phase, part in model.turns(batch):
        at = optimizer.slice_of(phase)
        values = [trainable[i] for i in indices[phase]]
        loss_fn = _phase_loss(
            model, phase, part, indices[phase], trainable, non_trainable, opt_values[at]
        )
        if shared is not None and phase == model.shared_phase:
            (grads, d_shared), aux = jax.grad(loss_fn, argnums=(0, 1), has_aux=True)(
                values, shared
            )
            (through,) = shared_vjp(d_shared)
            grads = [a + b for a, b in zip(grads, through, strict=True)]
        else:
            grads, aux = jax.grad(loss_fn, has_aux=True)(
                values, jax.lax.stop_gradient(shared)
            )
        loss, log, non_trainable = aux
        # `stateless_apply`, because `LossScaleOptimizer.apply` under tracing would
        # let its conditional's tracers escape.
        values, opt_values[at] = optimizer[phase].stateless_apply(
            opt_values[at], grads, values
        )
        trainable = _merge(values, indices[phase], trainable)
        losses.append((phase, loss))
        logs.append(log)

    _, non_trainable = _call(model, trainable, non_trainable, model.after_step, batch)
    own = optimizer.own_variables
    with keras.StatelessScope(
        list(zip(own, opt_values[: len(own)], strict=True))
    ) as scope:
        optimizer.count_step()
    opt_values[: len(own)] = [scope.get_current_value(v) for v in own]

    results, metric_values = _update_metrics(model, metric_values, losses, logs, batch)
    return results, (trainable, non_trainable, opt_values, metric_values)


def test_step(model, state, data):
    """Every phase's loss without an update; returns the logs and the state."""
    trainable, non_trainable, metric_values = (list(s) for s in state)

    def compute():
        batch = model.prepare_batch(along_devices(data), False)
        return batch, *model.evaluate_phases(batch)

    (batch, losses, logs), non_trainable = _call(
        model, trainable, non_trainable, compute
    )
    results, metric_values = _update_metrics(model, metric_values, losses, logs, batch)
    return results, (trainable, non_trainable, metric_values)


class _InnerScope(keras.StatelessScope):
    """A scope that reads through to the enclosing one.

    Keras' own nested scope inherits nothing: inside it a variable would show the
    value that it had before the step.
    """

    def __init__(self):
        super().__init__()
        self.written = {}

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            value = self.original_scope.get_current_value(variable)
        return value

    def add_update(self, update):
        super().add_update(update)
        variable, _ = update
        self.written[id(variable)] = variable


def input_gradient(fn, x):
    """See `keras_genzoo.training.input_gradient`."""
    written = []

    def total(x):
        scope = _InnerScope()
        with scope, differentiated_twice():
            y = keras.ops.sum(fn(x))
        written[:] = scope.written.values()
        return y, [scope.get_current_value(v) for v in written]

    gradient, values = jax.grad(total, has_aux=True)(x)
    # State that `fn` changed (batch statistics, seeds) was traced inside the
    # gradient: it leaves as an output and is written again out here.
    for variable, value in zip(written, values, strict=True):
        variable.assign(value)
    return gradient


def compiled(fn, variables):
    """See `keras_genzoo.training.compiled`."""

    # The variables' values are arguments: constants would be compiled in.
    @jax.jit
    def run(values, args):
        with keras.StatelessScope(list(zip(variables, values, strict=True))):
            return fn(*args)

    return lambda *args: run([v.value for v in variables], args)


def only_if(condition, fn):
    """See `keras_genzoo.training.only_if`."""
    written = []

    def run():
        scope = _InnerScope()
        with scope:
            y = fn()
        written[:] = scope.written.values()
        return y, [scope.get_current_value(v) for v in written]

    # Once for what it writes, which the other branch must hand through.
    y, _ = jax.eval_shape(run)
    before = [jnp.asarray(v.value) for v in written]
    other = jnp.zeros(y.shape, y.dtype), before
    condition = jnp.asarray(condition)
    if on_cpu() and keras.distribution.distribution() is not None:
        # A CPU's devices may begin with different sums of many devices where one is in
        # a branch, and then wait for each other.
        y, values = jax.tree.map(partial(jnp.where, condition), run(), other)
    else:
        y, values = jax.lax.cond(condition, run, lambda: other)
    for variable, value in zip(written, values, strict=True):
        variable.assign(value)
    return y


def splits_groups():
    """See `keras_genzoo.layers.GroupedConv2D`."""
    return on_cpu()


def batch_normalization(x, gamma, beta, epsilon):
    """See `keras_genzoo.layers.BatchNormalization`: XLA fuses Keras' own."""
    return


def instance_normalization(x, epsilon):
    """None: the compiler joins the layer's own sums."""
    return


def power_iteration(kernel, u, epsilon, iterations):
    """None: the compiler joins the layer's own products."""
    return


def zero_padding(x, pads):
    """Zeros before and after each axis, as `keras.ops.pad`."""
    return keras.ops.pad(x, pads)


def reflection_padding(x, padding):
    """None: `keras_genzoo.layers.ReflectionPadding2D` slices and joins."""
    return


def run_layer(outer, layer, inputs, **kwargs):
    """`layer(inputs, **kwargs)`; see the one on PyTorch."""
    return layer(inputs, **kwargs)


def run_network(network, inputs, training):
    """`network(inputs, training=training)`; see the one on PyTorch."""
    return network(inputs, training=training)


def predict_on_batch(network, inputs):
    """`network.predict_on_batch(inputs)`; see the one on PyTorch."""
    first = keras.tree.flatten(inputs)[0]
    with batch_layout(network, first, len(first)):
        return network.predict_on_batch(inputs)


def random_states():
    """Global random states that training draws from, by name: there are none."""
    return {}


def restore_random_states(states):
    """Nothing to restore."""


def list_devices():
    """Names of what the backend computes on, such as "cpu:0"."""
    return list(keras.distribution.list_devices())


@contextlib.contextmanager
def double_precision():
    """Inside, what is float64 is computed so."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with float64_kept():
            yield
    finally:
        jax.config.update("jax_enable_x64", before)


def seed_scope():
    """See the one on PyTorch; here seeds stay on the device."""
    return contextlib.nullcontext()


def accelerator():
    """The first accelerator's name, or None on the CPU."""
    device = jax.local_devices()[0]
    return None if device.platform == "cpu" else device.device_kind


def peak_memory():
    """Peak bytes in use on the first accelerator, or None on the CPU."""
    stats = jax.local_devices()[0].memory_stats()
    return None if not stats else stats.get("peak_bytes_in_use")
