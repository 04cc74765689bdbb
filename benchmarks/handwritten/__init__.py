"""Training loops as one writes them by hand, without Keras: one file a backend.

Each file has the same four names:

- `build(workload, weights)`: a loop that starts from the Keras networks' weights,
  as `workloads.read_weights` gives them. A loop has
  - `prepare(images)`: takes the data set once, before any clock runs;
  - `epoch()`: one pass over it in a new random order, without a partial batch;
    returns the epoch's mean losses by name, when the device is done;
  - `update(images, noise)`: one step on a given batch with given noise, the very
    computation of an epoch's steps; returns its losses (for the check only);
  - `arrays()`: every weight and running statistic as a NumPy array, in the loop's
    own layout and order;
- `wait(model)`: returns when the device has finished with a Keras model's weights;
- `device()`: the name of the device in use, which is the framework's default;
- `VERSIONS`: what ran, by name.

Losses are summed on the device and read once an epoch, as one does to print them.
Both sides take `uint8` from the host's memory, batch by batch.
"""
