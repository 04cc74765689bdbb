"""What makes tests, which train a few steps, wait for less; it changes no number."""

import gc

import keras


def install():
    """From here on."""
    if keras.backend.backend() == "jax":
        import padded_draws

        padded_draws.install()
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # The passes over a graph before it runs take longer than most tests' graphs.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    # What the imports made is no garbage, and need not be searched for any.
    gc.freeze()
