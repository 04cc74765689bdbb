"""A training step that can be refused, on TensorFlow."""

import tensorflow as tf

from keras_genzoo.backends.tensorflow import train_step
from keras_genzoo.backends.tensorflow_replicas import put_back_on_replicas, replicas_of


def guarded_train_step(model, guard, data):
    """`train_step`, undone where `guard` refuses it."""
    variables = model.step_variables
    before = [tf.identity(v.value) for v in variables]
    # The copies are made before anything is assigned. All operations of the step wait
    # for one that waits for them: edges from each to each would be hundreds of
    # thousands, which take longer to build than all else.
    with tf.control_dependencies([tf.group(*before)]):
        train_step(model, data)
    stays = guard.judge(model)
    if replicas_of(model) > 1:
        put_back_on_replicas(variables, before, stays)
        return model.means_so_far()

    def put_back():
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        return stays

    tf.cond(stays, lambda: stays, put_back)
    return model.means_so_far()
