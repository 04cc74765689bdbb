"""A step on the replicas of a `tf.distribute.Strategy`.

Each replica runs it on its rows. Losses are weighed by the replica's share of the
joined batch, so that the sum of gradients is the gradient of the joined batch's mean.
"""

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_genzoo.backends import shares
from keras_genzoo.backends.seed_spread import batch_statistics, spread

__all__ = [
    "average_statistics",
    "batch_layout",
    "clip_jointly",
    "even_batch_size",
    "predict",
    "process_index",
    "put_back_on_replicas",
    "replicas_of",
    "same_everywhere",
    "sharing",
    "split_batch",
    "variable_scope",
]


class _Share(shares.Share):
    def gather(self, x):
        return tf.distribute.get_replica_context().all_gather(x, axis=0)

    def sum(self, x):
        x = tf.convert_to_tensor(x)
        return tf.distribute.get_replica_context().all_reduce(
            tf.distribute.ReduceOp.SUM, x
        )


@contextlib.contextmanager
def sharing(model: Any, data: Any) -> Iterator[Any]:
    """Within it the step's share is known; gives the replica's batch.

    A replica for which a short batch left nothing gets an example of zeros.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        yield data
        return
    rank = context.replica_id_in_sync_group
    rank = int(rank if isinstance(rank, int) else tf.get_static_value(rank))
    n = tf.shape(keras.tree.flatten(data)[0])[0]
    one_hot = tf.one_hot(rank, context.num_replicas_in_sync) * tf.cast(n, tf.float32)
    sizes = context.all_reduce(tf.distribute.ReduceOp.SUM, one_hot)
    share = _Share(tf.cast(tf.round(sizes), tf.int32), rank)
    with shares.running(share), spread(model.seed_states, rank):
        yield keras.tree.map_structure(_not_empty, data)


def _not_empty(x: Any) -> Any:
    if x is None or x.shape[0]:
        return x
    missing = tf.maximum(1 - tf.shape(x)[0], 0)
    padded = tf.pad(x, [[0, missing], *[[0, 0]] * (len(x.shape) - 1)])
    return tf.ensure_shape(padded, (None, *x.shape[1:]))


def clip_jointly(optimizer: Any, gradients: list) -> list:
    """Gradients of a replica whose sum over replicas is the clipped joint gradient.

    Keras clips before it sums.
    """
    share = shares.current()
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    each, value, joint = inner.clipnorm, inner.clipvalue, inner.global_clipnorm
    if share is None or (each is None and value is None and joint is None):
        return gradients
    scale = getattr(optimizer, "dynamic_scale", 1.0)
    scale = tf.convert_to_tensor(scale, tf.float32)
    context = tf.distribute.get_replica_context()
    known = [g for g in gradients if g is not None]
    known = context.all_reduce(tf.distribute.ReduceOp.SUM, known)
    if each is not None:
        known = [tf.clip_by_norm(g, each * scale) for g in known]
    elif joint is not None:
        known, _ = tf.clip_by_global_norm(known, joint * scale)
    else:
        known = [tf.clip_by_value(g, -value * scale, value * scale) for g in known]
    # What each replica hands over is below the bounds, and left alone.
    clipped = iter([g / context.num_replicas_in_sync for g in known])
    return [None if g is None else next(clipped) for g in gradients]


def average_statistics(model: Any) -> None:
    """Gives all replicas the mean of their running batch statistics."""
    share = shares.current()
    if share is None:
        return
    variables = batch_statistics(model.non_trainable_variables)
    if not variables:
        return
    means = tf.distribute.get_replica_context().all_reduce(
        tf.distribute.ReduceOp.SUM, [v.value * share.weight for v in variables]
    )
    for variable, value in zip(variables, means, strict=True):
        variable.assign(value)


def put_back_on_replicas(variables: list, before: list, stays: Any) -> None:
    """Gives variables the values `before` a step that does not stay."""

    def choose(variable, value, stays):
        variable.assign(tf.where(stays, variable, value))

    def put_back(strategy, values, stays):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(variable.value, choose, args=(value, stays))

    # A variable is assigned to where all replicas meet, which they cannot in a branch.
    context = tf.distribute.get_replica_context()
    context.merge_call(put_back, args=(before, stays))


def variable_scope(model: Any) -> Any:
    """Within it variables are made where the model's are."""
    return model.distribute_strategy.scope()


def replicas_of(model: Any) -> int:
    """On how many replicas the model computes."""
    return model.distribute_strategy.num_replicas_in_sync


@contextlib.contextmanager
def batch_layout(model: Any, x: Any, batch_size: int | None = None) -> Iterator[None]:
    """See the one on JAX; here `tf.distribute` splits any batch but the first.

    Raises:
        ValueError: the model was built outside of the strategy's scope, or its
            networks were; a first batch that does not divide, which Keras cannot take.
    """
    replicas = replicas_of(model)
    if tf.distribute.get_strategy().num_replicas_in_sync > replicas:
        raise ValueError(
            f"{type(model).__name__} must be built within `strategy.scope()`, as its "
            "networks and optimizers."
        )
    if replicas > 1:
        for variable in model.variables:
            if not isinstance(variable.value, tf.distribute.DistributedValues):
                raise ValueError(
                    "Networks, optimizers and the model must all be built within "
                    f"`strategy.scope()`: {variable.path!r} was not."
                )
        first = None
        if hasattr(x, "shape"):
            first = min(batch_size or 32, len(x))
        elif isinstance(x, keras.utils.PyDataset):
            first = len(keras.tree.flatten(x[0])[0])
        if first is not None and first % replicas:
            raise ValueError(
                f"The first batch must divide on the {replicas} replicas of the "
                f"strategy, got {first} examples. Later ones may have any number."
            )
    yield


_predicting = weakref.WeakKeyDictionary()


def predict(network: Any, inputs: Any) -> Any:
    """`network.predict_on_batch(inputs)` on the first replica.

    Keras would run all of the batch on each replica and return it as many times.
    """
    if network not in _predicting:
        reference = weakref.ref(network)
        _predicting[network] = tf.function(lambda x: reference()(x, training=False))
    outputs = _predicting[network](
        keras.tree.map_structure(tf.convert_to_tensor, inputs)
    )
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def split_batch(model: Any, data: Any) -> Any:
    """A batch for `train_on_batch`, split over the replicas.

    Keras would give each replica all of it.
    """
    strategy = model.distribute_strategy
    if strategy.num_replicas_in_sync == 1 or data is None:
        return data
    parts = np.array_split(np.asarray(data), strategy.num_replicas_in_sync)
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.convert_to_tensor(
            parts[int(context.replica_id_in_sync_group)]
        )
    )


def even_batch_size(model: Any, x: Any, batch_size: int | None) -> int | None:
    """The batch size for `evaluate`, whose first batch then divides on the replicas."""
    replicas = replicas_of(model)
    if replicas == 1 or not hasattr(x, "shape") or len(x) < replicas:
        return batch_size
    return max(min(batch_size or 32, len(x)) // replicas, 1) * replicas


def process_index() -> int:
    """Which process this is of those that train together; 0 writes the files."""
    resolver = tf.distribute.get_strategy().cluster_resolver
    return 0 if resolver is None else int(resolver.task_id or 0)


def same_everywhere(number: int) -> int:
    """See the one on PyTorch; the replicas of a `MirroredStrategy` are one process."""
    return number
