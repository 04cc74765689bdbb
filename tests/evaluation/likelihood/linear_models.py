"""Linear decoders, of which all that the estimators estimate is known."""

import numpy as np
from keras import ops

from keras_genzoo.evaluation.likelihood import LatentModel


def linear_model(w, eta):
    """x = wz + noise of standard deviation eta; w is (d, q)."""
    matrix = ops.convert_to_tensor(w.T.astype("float32"))
    return LatentModel(lambda z: ops.matmul(z, matrix), eta, w.shape[1])


def random_columns(d, q, seed=0):
    return np.random.default_rng(seed).normal(size=(d, q)) / np.sqrt(q)


def orthogonal_columns(d, scales, seed=0):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, len(scales))))
    return q * np.asarray(scales)
