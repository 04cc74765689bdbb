"""The engine's functions on TensorFlow: one gradient tape per phase."""

import contextlib
import threading

import keras
import tensorflow as tf

from keras_genzoo.backends import shares
from keras_genzoo.backends.plain_adam import moments
from keras_genzoo.backends.precision import float64_kept
from keras_genzoo.backends.tensorflow_gradients import differentiated
from keras_genzoo.backends.tensorflow_replicas import (
    average_statistics,
    clip_jointly,
    predict,
    replicas_of,
    sharing,
)


def _values(variables):
    return [v.value for v in variables]


def _sum(gradients, others):
    return [
        b if a is None else a if b is None else a + b
        for a, b in zip(gradients, others, strict=True)
    ]


def _settled(gradients):
    """The gradients, each usable only once all of them have been computed.

    Keras' optimizer joins them in one `IdentityN`, which the graph optimizer takes
    apart after it has dropped, as redundant, the edges that keep the reading of a
    variable before its update. A gradient that holds another variable's value (the
    loss is bilinear in the two, as in a critic's last layer) may then read it after
    its update.
    """
    computed = tf.group(*[g for g in gradients if g is not None])
    with tf.control_dependencies([computed]):
        return [None if g is None else tf.identity(g) for g in gradients]


def _apply(optimizer, gradients, variables):
    """`optimizer.apply`, by TensorFlow's Adam kernel where that is the same update."""
    gradients = _settled(clip_jointly(optimizer, gradients))
    slots = moments(optimizer, gradients, variables)
    if slots is None or tf.distribute.has_strategy():
        optimizer.apply(gradients, variables)
        return
    rate = tf.cast(optimizer.learning_rate, tf.float32)
    step = tf.cast(optimizer.iterations.value, tf.float32) + 1.0
    # Made once, not for each variable.
    betas = [tf.constant(b) for b in (optimizer.beta_1, optimizer.beta_2)]
    epsilon = tf.constant(optimizer.epsilon)
    powers = [tf.pow(beta, step) for beta in betas]
    for variable, gradient, m, v in zip(variables, gradients, *slots, strict=True):
        tf.raw_ops.ResourceApplyAdam(
            var=variable.value.handle,
            m=m.value.handle,
            v=v.value.handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=rate,
            beta1=betas[0],
            beta2=betas[1],
            epsilon=epsilon,
            grad=gradient,
        )
    optimizer.iterations.assign_add(1)


def train_step(model, data):
    """One turn of every phase; returns the logs."""
    with sharing(model, data) as own, differentiated():
        return _train_step(model, own)


def _train_step(model, data):
    batch = model.prepare_batch(data, True)
    shared, constant, shared_flat, owned = None, None, [], []
    if model.shares_work:
        owned = _values(model.phase_variables(model.shared_phase))
        with tf.GradientTape(watch_accessed_variables=False) as shared_tape:
            shared_tape.watch(owned)
            shared = model.compute_shared(batch, True)
        shared_flat = keras.tree.flatten(shared)
        constant = keras.tree.map_structure(tf.stop_gradient, shared)

    losses, logs = [], []
    for phase, part in model.turns(batch):
        variables = model.phase_variables(phase)
        optimizer = model.optimizer[phase]
        owns_shared = shared is not None and phase == model.shared_phase
        sources = [*_values(variables), *(shared_flat if owns_shared else [])]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            loss, log = model.compute_phase(
                phase, part, True, shared if owns_shared else constant
            )
            scaled = optimizer.scale_loss(shares.weighed(loss))
        grads = tape.gradient(scaled, sources)
        if owns_shared:
            grads, d_shared = grads[: len(variables)], grads[len(variables) :]
            through = shared_tape.gradient(
                shared_flat, owned, output_gradients=d_shared
            )
            grads = _sum(grads, through)
        _apply(optimizer, grads, variables)
        losses.append((phase, loss))
        logs.append(log)
    average_statistics(model)
    model.after_step(batch)
    model.optimizer.count_step()
    return model.update_metrics(losses, logs, batch)


def test_step(model, data):
    """Every phase's loss without an update; returns the logs."""
    with sharing(model, data) as own:
        batch = model.prepare_batch(own, False)
        losses, logs = model.evaluate_phases(batch)
        return model.update_metrics(losses, logs, batch)


class _Moments(threading.local):
    """`tf.nn.moments`, exact to second order inside `input_gradient`.

    TensorFlow's stops the gradient of the mean inside the variance. The first
    derivative is right all the same, the second, which a penalty on an input gradient
    needs, is not. Normalisation layers have no other way to their statistics; outside
    of `input_gradient` they get TensorFlow's own function.
    """

    original = staticmethod(tf.nn.moments)
    depth = 0

    def __call__(self, x, axes, shift=None, keepdims=False, name=None):
        if not self.depth:
            return self.original(x, axes, shift, keepdims, name)
        mean = tf.reduce_mean(x, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(x - mean), axes, keepdims=keepdims)
        return mean if keepdims else tf.squeeze(mean, axes), variance


_moments = _Moments()
tf.nn.moments = _moments


def input_gradient(fn, x):
    """See `keras_genzoo.training.input_gradient`."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        _moments.depth += 1
        try:
            with differentiated():
                y = fn(x)
        finally:
            _moments.depth -= 1
    return tape.gradient(y, x, unconnected_gradients="zero")


def compiled(fn, variables):
    """See `keras_genzoo.training.compiled`."""
    return tf.function(fn, autograph=False)


def only_if(condition, fn):
    """See `keras_genzoo.training.only_if`."""
    return tf.cond(tf.convert_to_tensor(condition), fn, lambda: tf.constant(0.0))


def splits_groups():
    """See `keras_genzoo.layers.GroupedConv2D`."""
    return not tf.config.list_logical_devices("GPU")


def batch_normalization(x, gamma, beta, epsilon):
    """See `keras_genzoo.layers.BatchNormalization`."""
    if _moments.depth:
        # The kernel's gradient is not to be trusted with a second one.
        return None
    channels = (x.shape[-1],)
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.ones(channels) if gamma is None else gamma,
        offset=tf.zeros(channels) if beta is None else beta,
        mean=tf.constant([], tf.float32),
        variance=tf.constant([], tf.float32),
        epsilon=epsilon,
        is_training=True,
    )
    # The kernel's variance is the unbiased estimate; Keras keeps the batch's own.
    count = tf.cast(tf.size(x) / tf.size(mean), tf.float32)
    return y, mean, tf.stop_gradient(variance) * (count - 1.0) / count


def zero_padding(x, pads):
    """Zeros before and after each axis, as `keras.ops.pad`."""
    return keras.ops.pad(x, pads)


def reflection_padding(x, padding):
    """See `keras_genzoo.layers.ReflectionPadding2D`."""
    sides = [padding, padding]
    return tf.pad(x, [[0, 0], sides, sides, [0, 0]], mode="REFLECT")


def run_layer(outer, layer, inputs, **kwargs):
    """`layer(inputs, **kwargs)`; see the one on PyTorch."""
    return layer(inputs, **kwargs)


def run_network(network, inputs, training):
    """`network(inputs, training=training)`; see the one on PyTorch."""
    return network(inputs, training=training)


def predict_on_batch(network, inputs):
    """`network.predict_on_batch(inputs)`; see the one on PyTorch."""
    if replicas_of(network) > 1:
        return predict(network, inputs)
    return network.predict_on_batch(inputs)


def random_states():
    """Global random states that training draws from, by name: there are none."""
    return {}


def restore_random_states(states):
    """Nothing to restore."""


def list_devices():
    """Names of what the backend computes on, such as "cpu:0"."""
    return list(keras.distribution.list_devices())


def double_precision():
    """See the one on JAX."""
    return float64_kept()


def seed_scope():
    """See the one on PyTorch; here seeds stay on the device."""
    return contextlib.nullcontext()


def accelerator():
    """The first GPU's name, or None without one."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")


def peak_memory():
    """Peak bytes in use on the first GPU, or None without one."""
    if not tf.config.list_logical_devices("GPU"):
        return None
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]
