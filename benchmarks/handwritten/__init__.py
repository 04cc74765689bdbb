"""Training loops as one writes them by hand, without Keras: one package a backend.

Each package has the same four names:

- `build(workload, weights, jit_compile=False)`: a loop that starts from the Keras
  networks' weights, as `workloads.read_weights` gives them. `jit_compile` compiles the
  step with XLA or `torch.compile` (JAX always does). A loop has
  - `prepare(data, batch)`: takes the data set once, before any clock runs; `batch` is
    the number of examples in a step;
  - `epoch()`: one pass over it in a new random order, without a partial batch;
    returns the epoch's mean losses by name, when the device is done;
  - `update(batch, noise)`: one step on a given batch with given random draws
    (`workloads.noise`), the very computation of an epoch's steps; returns its losses
    (for the check only);
  - `arrays()`: every weight and running statistic as a NumPy array, in the loop's
    own layout and order;
- `wait(model)`: returns when the device has finished with a Keras model's weights;
- `device()`: the name of the device in use, which is the framework's default;
- `VERSIONS`: what ran, by name.

In each package `layers.py` has what the networks are made of, `loop.py` the epoch, and
the other files a model each. `keras_weights.py` names the arrays of our networks.

Losses are summed on the device and read once an epoch, as one does to print them.
Both sides take `uint8` from the host's memory, batch by batch.
"""
