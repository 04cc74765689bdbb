"""What makes tests, which train a few steps, wait for less; it changes no number."""

import functools
import gc
import weakref

import keras

# TensorFlow's iterators over datasets that are alive.
_iterators = weakref.WeakSet()


def install():
    """From here on."""
    if keras.backend.backend() == "jax":
        import moved_by_numpy
        import padded_draws

        moved_by_numpy.install()
        padded_draws.install()
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        _watch_iterators()
        # The passes over a graph before it runs take longer than most tests' graphs.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    # What the imports made is no garbage, and need not be searched for any.
    gc.freeze()


def _watch_iterators():
    from tensorflow.python.data.ops.iterator_ops import OwnedIterator

    make = OwnedIterator.__init__

    @functools.wraps(make)
    def watched(self, *args, **kwargs):
        make(self, *args, **kwargs)
        _iterators.add(self)

    OwnedIterator.__init__ = watched


def collect_iterators():
    """Ends the iterators that Keras has left to a collection.

    It does so when a training is broken off, or a stream has no known length.
    TensorFlow waits for an iterator's threads the longer the older it is, for a minute
    at last.
    """
    if len(_iterators):
        gc.collect()
