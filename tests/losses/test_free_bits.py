import numpy as np
import pytest
from keras import ops

from keras_genzoo.losses import free_bits_kl, gaussian_kl, gaussian_kl_per_dimension
from keras_genzoo.training import input_gradient

KL = np.array([[0.1, 0.9, 2.0], [0.3, 0.3, 4.0]], "float32")


@pytest.mark.parametrize(
    ("per", "free", "expected"),
    [
        ("dimension", 0.0, 0.2 + 0.6 + 3.0),
        ("dimension", 0.5, 0.5 + 0.6 + 3.0),
        # The mean over the batch counts: 0.9 and 0.3 are 0.6.
        ("dimension", 0.7, 0.7 + 0.7 + 3.0),
        ("total", 0.0, 3.8),
        ("total", 4.0, (4.0 + 4.6) / 2),
        ("total", 5.0, 5.0),
    ],
)
def test_what_is_free(per, free, expected):
    assert float(free_bits_kl(ops.convert_to_tensor(KL), free, per)) == pytest.approx(
        expected
    )


def test_below_the_allowance_there_is_no_gradient():
    for per, free, expected in [
        ("dimension", 0.7, [[0, 0, 0.5], [0, 0, 0.5]]),
        ("total", 4.0, [[0, 0, 0], [0.5, 0.5, 0.5]]),
    ]:
        gradient = input_gradient(
            lambda t, per=per, free=free: free_bits_kl(t, free, per) * ops.ones((1,)),
            ops.convert_to_tensor(KL),
        )
        np.testing.assert_allclose(ops.convert_to_numpy(gradient), expected)


def test_dimensions_add_up_to_the_whole():
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 5, 3)).astype("float32")
    tensors = ops.convert_to_tensor(mean), ops.convert_to_tensor(log_var)
    terms = ops.convert_to_numpy(gaussian_kl_per_dimension(*tensors))
    expected = 0.5 * (mean**2 + np.exp(log_var) - log_var - 1)
    np.testing.assert_allclose(terms, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        terms.sum(-1), ops.convert_to_numpy(gaussian_kl(*tensors)), rtol=1e-6
    )
