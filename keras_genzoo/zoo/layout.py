"""The files of a preset, and how large each may be.

The names are Keras-hub's. A preset that can go on training has two files more.
"""

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
CARD = "README.md"
SAMPLES = "samples.png"
OPTIMIZER = "optimizer.json"
OPTIMIZER_WEIGHTS = "optimizer.weights.h5"

# Counted up where an older version of the package could no longer read a preset.
FORMAT = 1

# How matrices and kernels are stored.
DTYPES = ("float32", "float16")

# The most bytes of each: what is read whole is small, and no file is without bound.
SIZE_LIMITS = {
    CONFIG: 16 * 2**20,
    METADATA: 2**20,
    CARD: 2**20,
    SAMPLES: 16 * 2**20,
    OPTIMIZER: 2**20,
    WEIGHTS: 8 * 2**30,
    OPTIMIZER_WEIGHTS: 24 * 2**30,
}
FILES = tuple(SIZE_LIMITS)
NEEDED = (CONFIG, METADATA, WEIGHTS)
