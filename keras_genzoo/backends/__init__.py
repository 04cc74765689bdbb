"""The ground floor: the few functions that each backend must write its own way.

Nothing outside this package imports tensorflow, jax or torch. Exactly one of the
three modules is imported, the one of the running Keras backend. (`tf_data` imports
TensorFlow when it is handed a dataset of it.)
"""

import keras

from keras_genzoo.backends.tf_data import map_dataset

if keras.backend.backend() == "jax":
    from keras_genzoo.backends.array_loader import array_loader
    from keras_genzoo.backends.jax import (
        accelerator,
        batch_normalization,
        compiled,
        double_precision,
        input_gradient,
        instance_normalization,
        list_devices,
        only_if,
        peak_memory,
        power_iteration,
        predict_on_batch,
        random_states,
        reflection_padding,
        restore_random_states,
        run_layer,
        run_network,
        seed_scope,
        splits_groups,
        test_step,
        train_step,
        zero_padding,
    )
    from keras_genzoo.backends.jax_convolutions import (
        doubling_convolution,
        halving_convolution,
        plain_convolution,
    )
    from keras_genzoo.backends.jax_draws import draw
    from keras_genzoo.backends.jax_guard import guarded_train_step
    from keras_genzoo.backends.jax_replicas import (
        batch_layout,
        even_batch_size,
        process_index,
        same_everywhere,
        split_batch,
        variable_scope,
    )
    from keras_genzoo.backends.jax_steps import train_function
    from keras_genzoo.backends.scalars import (
        add_to,
        clip,
        count,
        counter_value,
        mix,
        stack,
        where,
    )
elif keras.backend.backend() == "tensorflow":
    from keras_genzoo.backends.array_loader import array_loader
    from keras_genzoo.backends.draws import draw
    from keras_genzoo.backends.scalars import (
        add_to,
        clip,
        count,
        counter_value,
        mix,
        stack,
        where,
    )
    from keras_genzoo.backends.tensorflow import (
        accelerator,
        batch_normalization,
        compiled,
        double_precision,
        input_gradient,
        list_devices,
        only_if,
        peak_memory,
        predict_on_batch,
        random_states,
        reflection_padding,
        restore_random_states,
        run_layer,
        run_network,
        seed_scope,
        splits_groups,
        test_step,
        train_step,
        zero_padding,
    )
    from keras_genzoo.backends.tensorflow_convolutions import (
        doubling_convolution,
        halving_convolution,
        plain_convolution,
    )
    from keras_genzoo.backends.tensorflow_guard import guarded_train_step
    from keras_genzoo.backends.tensorflow_normalization import (
        instance_normalization,
        power_iteration,
    )
    from keras_genzoo.backends.tensorflow_replicas import (
        batch_layout,
        even_batch_size,
        process_index,
        same_everywhere,
        split_batch,
        variable_scope,
    )
    from keras_genzoo.backends.tensorflow_steps import train_function
elif keras.backend.backend() == "torch":
    from keras_genzoo.backends.draws import draw
    from keras_genzoo.backends.torch import (
        accelerator,
        add_to,
        batch_normalization,
        clip,
        compiled,
        double_precision,
        doubling_convolution,
        halving_convolution,
        input_gradient,
        instance_normalization,
        list_devices,
        mix,
        only_if,
        peak_memory,
        plain_convolution,
        power_iteration,
        random_states,
        reflection_padding,
        restore_random_states,
        seed_scope,
        splits_groups,
        stack,
        test_step,
        train_function,
        train_step,
        where,
        zero_padding,
    )
    from keras_genzoo.backends.torch_counters import count, counter_value
    from keras_genzoo.backends.torch_guard import guarded_train_step
    from keras_genzoo.backends.torch_inference import predict_on_batch
    from keras_genzoo.backends.torch_layers import run_layer
    from keras_genzoo.backends.torch_loader import array_loader
    from keras_genzoo.backends.torch_networks import run_network
    from keras_genzoo.backends.torch_replicas import (
        batch_layout,
        even_batch_size,
        process_index,
        same_everywhere,
        split_batch,
        variable_scope,
    )
else:
    raise ImportError(
        "keras_genzoo trains on the Keras backends 'jax', 'tensorflow' and 'torch'; "
        f"the running one is {keras.backend.backend()!r}. Set KERAS_BACKEND."
    )

__all__ = [
    "accelerator",
    "add_to",
    "array_loader",
    "batch_layout",
    "batch_normalization",
    "clip",
    "compiled",
    "count",
    "counter_value",
    "double_precision",
    "doubling_convolution",
    "draw",
    "even_batch_size",
    "guarded_train_step",
    "halving_convolution",
    "input_gradient",
    "instance_normalization",
    "list_devices",
    "map_dataset",
    "mix",
    "only_if",
    "peak_memory",
    "plain_convolution",
    "power_iteration",
    "predict_on_batch",
    "process_index",
    "random_states",
    "reflection_padding",
    "restore_random_states",
    "run_layer",
    "run_network",
    "same_everywhere",
    "seed_scope",
    "split_batch",
    "splits_groups",
    "stack",
    "test_step",
    "train_function",
    "train_step",
    "variable_scope",
    "where",
    "zero_padding",
]
