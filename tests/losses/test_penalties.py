"""Penalties against critics whose gradient is known."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import expit

from keras_genzoo.losses import gradient_penalty, orthogonality, zero_centred_penalty
from keras_genzoo.training import input_gradient

RNG = np.random.default_rng(0)
BATCH, DIM, HIDDEN = 6, 3, 4
REAL, FAKE = RNG.normal(size=(2, BATCH, DIM)).astype("float32")
WEIGHTS = RNG.random((BATCH, 1)).astype("float32")
DIRECTION = np.array([2.0, -1.0, 0.5], "float32")
FORM = RNG.normal(size=(DIM, DIM)).astype("float32")
FORM = 0.3 * (FORM + FORM.T)


def linear(x):
    return ops.matmul(x, DIRECTION[:, None]) + 3.0


def quadratic(x):
    return ops.sum(x * ops.matmul(x, FORM), axis=-1, keepdims=True)


def penalty(critic, real=REAL, fake=FAKE, weights=WEIGHTS, one_sided=False):
    values = gradient_penalty(critic, real, fake, weights, one_sided)
    return ops.convert_to_numpy(values)


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_gradient_penalty_of_a_linear_critic(one_sided, scale):
    excess = scale * np.linalg.norm(DIRECTION) - 1.0
    expected = max(excess, 0.0) ** 2 if one_sided else excess**2
    got = penalty(lambda x: scale * linear(x), one_sided=one_sided)
    np.testing.assert_allclose(got, np.full(BATCH, expected), rtol=1e-5)


@pytest.mark.parametrize("one_sided", [False, True])
def test_gradient_penalty_of_a_quadratic_critic(one_sided):
    """The gradient is 2 A x, so the penalty tells at which point it was taken."""
    x = WEIGHTS * REAL + (1.0 - WEIGHTS) * FAKE
    excess = np.linalg.norm(2.0 * x.astype("float64") @ FORM, axis=-1) - 1.0
    assert excess.min() < 0 < excess.max()
    expected = (np.maximum(excess, 0.0) if one_sided else excess) ** 2
    got = penalty(quadratic, one_sided=one_sided)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_weight_one_is_the_real_example():
    expected = (np.linalg.norm(2.0 * REAL @ FORM, axis=-1) - 1.0) ** 2
    got = penalty(quadratic, weights=np.ones((BATCH, 1), "float32"))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_the_norm_is_over_all_pixels_of_one_example():
    """D(x) = sum c x^2 / 2 with the gradient c x."""
    images, others = RNG.normal(size=(2, 3, 4, 5, 2)).astype("float32")
    scale = RNG.random((4, 5, 2)).astype("float32")
    weights = RNG.random((3, 1, 1, 1)).astype("float32")

    def critic(x):
        return 0.5 * ops.sum(
            ops.square(x) * ops.convert_to_tensor(scale), axis=(1, 2, 3)
        )

    x = weights * images + (1 - weights) * others
    norms = np.sqrt(((scale * x) ** 2).sum((1, 2, 3)))
    got = penalty(critic, images, others, weights)
    np.testing.assert_allclose(got, (norms - 1) ** 2, rtol=1e-4)
    got = ops.convert_to_numpy(zero_centred_penalty(critic, images))
    expected = 0.5 * ((scale * images) ** 2).sum((1, 2, 3))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_zero_centred_penalty_keeps_the_half():
    got = ops.convert_to_numpy(zero_centred_penalty(linear, REAL))
    expected = np.full(BATCH, 0.5 * np.sum(DIRECTION**2))
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    got = ops.convert_to_numpy(zero_centred_penalty(quadratic, REAL))
    expected = 0.5 * ((2.0 * REAL @ FORM) ** 2).sum(-1)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


# A critic of two hidden layers, v . softplus(tanh(x W1 + b1) W2 + b2), as a function
# of all its weights in one vector.
SHAPES = [(DIM, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, 1)]
SIZES = [int(np.prod(shape)) for shape in SHAPES]


def unpack(theta):
    ends = np.cumsum(SIZES)
    return [
        theta[end - size : end].reshape(shape)
        for shape, size, end in zip(SHAPES, SIZES, ends, strict=True)
    ]


def critic_of(theta):
    parts, start = [], 0
    for shape, size in zip(SHAPES, SIZES, strict=True):
        parts.append(ops.reshape(theta[start : start + size], shape))
        start += size
    w1, b1, w2, b2, v = parts

    def critic(x):
        h = ops.tanh(ops.matmul(x, w1) + b1)
        return ops.matmul(ops.softplus(ops.matmul(h, w2) + b2), v)

    return critic


def norms_in_float64(theta, x):
    """Norms of the critic's input gradient, by hand."""
    w1, b1, w2, b2, v = unpack(theta)
    h = np.tanh(x @ w1 + b1)
    by_hidden = (expit(h @ w2 + b2) * v[:, 0]) @ w2.T
    return np.linalg.norm(((1 - h**2) * by_hidden) @ w1.T, axis=-1)


def between(theta):
    weights = WEIGHTS.astype("float64")
    x = weights * REAL + (1 - weights) * FAKE
    return (norms_in_float64(theta, x) - 1) ** 2


def one_sided_between(theta):
    weights = WEIGHTS.astype("float64")
    x = weights * REAL + (1 - weights) * FAKE
    return np.maximum(norms_in_float64(theta, x) - 1, 0) ** 2


def at_real(theta):
    return 0.5 * norms_in_float64(theta, REAL.astype("float64")) ** 2


PENALTIES = {
    "two_sided": (
        lambda critic: gradient_penalty(critic, REAL, FAKE, WEIGHTS),
        between,
    ),
    "one_sided": (
        lambda critic: gradient_penalty(critic, REAL, FAKE, WEIGHTS, one_sided=True),
        one_sided_between,
    ),
    "zero_centred": (lambda critic: zero_centred_penalty(critic, REAL), at_real),
}


@pytest.mark.parametrize("kind", list(PENALTIES))
def test_gradient_by_the_critics_weights(kind):
    """The second derivative that a training step needs, against differences."""
    ours, truth = PENALTIES[kind]
    theta = np.random.default_rng(3).normal(size=sum(SIZES)).astype("float32")
    tensor = ops.convert_to_tensor(theta)
    values = ops.convert_to_numpy(ours(critic_of(tensor)))
    theta = theta.astype("float64")
    np.testing.assert_allclose(values, truth(theta), rtol=1e-3, atol=1e-5)
    step = 1e-5 * np.eye(len(theta))
    expected = [(truth(theta + d) - truth(theta - d)).mean() / 2e-5 for d in step]
    got = input_gradient(lambda t: ops.mean(ours(critic_of(t))), tensor)
    scale = np.abs(expected).max()
    assert scale > 0.01
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), expected, rtol=1e-3, atol=1e-4 * scale
    )


@pytest.mark.parametrize("kind", list(PENALTIES))
@pytest.mark.parametrize("zeroed", ["last", "all"])
def test_a_constant_critic_has_finite_gradients(kind, zeroed):
    theta = np.random.default_rng(3).normal(size=sum(SIZES)).astype("float32")
    theta[-HIDDEN if zeroed == "last" else 0 :] = 0.0
    tensor = ops.convert_to_tensor(theta)
    ours, _ = PENALTIES[kind]
    values = ops.convert_to_numpy(ours(critic_of(tensor)))
    np.testing.assert_allclose(values, float(kind == "two_sided"), atol=1e-5)
    gradient = input_gradient(lambda t: ops.mean(ours(critic_of(t))), tensor)
    assert np.isfinite(ops.convert_to_numpy(gradient)).all()


def test_a_critic_that_ignores_its_input():
    np.testing.assert_allclose(penalty(lambda x: ops.ones((BATCH, 1))), 1.0, rtol=1e-5)


def test_half_precision_critics_and_examples_get_float32_penalties():
    layer = keras.layers.Dense(1, dtype="mixed_float16")
    layer.build((None, DIM))
    layer.kernel.assign(200.0 * DIRECTION[:, None])
    real, fake, weights = (
        ops.cast(ops.convert_to_tensor(t), "float16") for t in (REAL, FAKE, WEIGHTS)
    )
    norm = 200.0 * np.linalg.norm(DIRECTION)
    for values, expected in (
        (gradient_penalty(layer, real, fake, weights), (norm - 1) ** 2),
        (zero_centred_penalty(layer, real), 0.5 * norm**2),
    ):
        assert expected > np.finfo("float16").max
        assert keras.backend.standardize_dtype(values.dtype) == "float32"
        np.testing.assert_allclose(ops.convert_to_numpy(values), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(3, 4), (2, 1, 3, 4)])
def test_orthogonality(shape):
    kernel = RNG.normal(size=shape).astype("float32")
    rows = np.moveaxis(kernel, -1, 0).reshape(shape[-1], -1).astype("float64")
    off_diagonal = (rows @ rows.T) * (1 - np.eye(len(rows)))
    got = orthogonality(ops.convert_to_tensor(kernel))
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), (off_diagonal**2).sum(), rtol=1e-5
    )
    # d/dW = 4 ((W W^T) * (1 - I)) W
    by_rows = 4 * off_diagonal @ rows
    gradient = input_gradient(orthogonality, ops.convert_to_tensor(kernel))
    gradient = np.moveaxis(ops.convert_to_numpy(gradient), -1, 0)
    np.testing.assert_allclose(
        gradient.reshape(rows.shape), by_rows, rtol=1e-4, atol=1e-4
    )


def test_orthogonality_does_not_ask_for_a_norm():
    kernel = np.linalg.qr(RNG.normal(size=(4, 4)))[0] * np.arange(1, 5)
    got = orthogonality(ops.convert_to_tensor(kernel.astype("float32")))
    assert float(ops.convert_to_numpy(got)) < 1e-8


def test_orthogonality_is_float32_for_half_kernels():
    kernel = ops.convert_to_tensor(np.full((4, 4), 20.0, "float16"))
    got = orthogonality(kernel)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    assert float(ops.convert_to_numpy(got)) == 12 * 1600.0**2
