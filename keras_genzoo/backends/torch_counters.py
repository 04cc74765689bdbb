"""Counters on PyTorch: their values are known without reading them from a device.

Reading one from a GPU waits for all that the GPU has yet to do.
"""

import weakref

import torch

# By the identity of a counter's tensor: its version when it was last seen, and what
# stood there.
_seen = {}


def counter_value(variable):
    """See the one of `keras_genzoo.backends.scalars`; an int.

    Read from the device only where others have changed the counter.
    """
    tensor = variable.value
    if torch.compiler.is_compiling():
        # What is kept here would become a constant of the program.
        return int(tensor)
    version, value = _seen.get(id(tensor), (None, None))
    if version != tensor._version:
        value = int(tensor)
        _keep(tensor, value)
    return value


def count(variable):
    """See the one of `keras_genzoo.backends.scalars`."""
    tensor = variable.value
    if torch.compiler.is_compiling():
        tensor.add_(1)
        return
    value = counter_value(variable)
    tensor.add_(1)
    _keep(tensor, value + 1)


def _keep(tensor, value):
    key = id(tensor)
    if key not in _seen:
        # Another tensor may get the identity of one that is gone.
        weakref.finalize(tensor, _seen.pop, key, None)
    _seen[key] = tensor._version, value
