import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo.layers import Sampling


def test_draws_follow_the_posterior():
    n = 20000
    mean = np.broadcast_to(np.array([1.0, -2.0], "float32"), (n, 2))
    log_var = np.broadcast_to(np.log(np.array([0.25, 4.0], "float32")), (n, 2))
    z = ops.convert_to_numpy(
        Sampling(seed=1)((ops.convert_to_tensor(mean), ops.convert_to_tensor(log_var)))
    )
    for i, (loc, scale) in enumerate([(1.0, 0.5), (-2.0, 2.0)]):
        assert stats.kstest(z[:, i], "norm", (loc, scale)).pvalue > 1e-3
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.03


def test_the_seed_decides_and_advances():
    inputs = (ops.zeros((4, 3)), ops.zeros((4, 3)))
    one, two, other = Sampling(seed=5), Sampling(seed=5), Sampling(seed=6)
    first = ops.convert_to_numpy(one(inputs))
    np.testing.assert_array_equal(first, ops.convert_to_numpy(two(inputs)))
    assert np.abs(first - ops.convert_to_numpy(one(inputs))).min() > 0
    assert np.abs(first - ops.convert_to_numpy(other(inputs))).min() > 0


def test_a_shared_generator_and_the_config():
    generator = keras.random.SeedGenerator(5)
    inputs = (ops.zeros((4, 3)), ops.zeros((4, 3)))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(Sampling(seed=generator)(inputs)),
        ops.convert_to_numpy(Sampling(seed=5)(inputs)),
    )
    assert Sampling.from_config(Sampling(seed=5).get_config()).seed == 5


def test_no_variance_gives_the_mean():
    mean = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    z = Sampling(seed=0)((ops.convert_to_tensor(mean), ops.full((3, 2), -80.0)))
    assert ops.convert_to_numpy(z) == pytest.approx(mean)
