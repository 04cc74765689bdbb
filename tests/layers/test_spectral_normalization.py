"""Spectral normalisation against the singular value decomposition and PyTorch's."""

import keras
import numpy as np
import pytest
import torch
from keras import layers, ops

from keras_genzoo.layers import HalvingConv2D, SpectralNormalization
from keras_genzoo.training import PhasedModel, input_gradient

RNG = np.random.default_rng(0)


def images(*shape):
    return RNG.normal(size=shape).astype("float32")


# A layer and an input of it. (All but one kernel are the same matrix in shape, for
# JAX compiles every operation for every shape.)
CASES = {
    "dense": (lambda: layers.Dense(4), images(2, 27)),
    "conv": (lambda: layers.Conv2D(4, 3), images(2, 5, 5, 3)),
    "halving": (lambda: HalvingConv2D(5), images(2, 4, 4, 3)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3), images(2, 3, 3, 3)),
    "embedding": (lambda: layers.Embedding(27, 4), np.arange(6).reshape(2, 3)),
}


def kernel_of(layer):
    return layer.embeddings if isinstance(layer, layers.Embedding) else layer.kernel


def matrix(layer, kernel):
    kernel = np.asarray(kernel, "float64")
    if isinstance(layer, layers.Conv2DTranspose):
        kernel = np.swapaxes(kernel, -1, -2)
    return kernel.reshape(-1, kernel.shape[-1])


def iterate(m, u):
    """One power iteration in NumPy: sigma, u, v."""
    v = u @ m.T
    v /= np.linalg.norm(v)
    u = v @ m
    u /= np.linalg.norm(u)
    return (v @ m @ u.T).item(), u, v


def wrapped(make, x, scale=3.0, **kwargs):
    layer = SpectralNormalization(make(), **kwargs)
    layer.build(x.shape)
    rng = np.random.default_rng(1)
    for v in layer.layer.weights:
        v.assign(scale * rng.normal(size=v.shape))
    return layer


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("case", CASES)
def test_sigma_converges_to_the_largest_singular_value(case):
    make, x = CASES[case]
    layer = wrapped(make, x, power_iterations=5)
    for _ in range(30):
        layer(x, training=True)
    m = matrix(layer.layer, numpy(kernel_of(layer.layer)))
    assert layer.u.shape == (1, m.shape[1])
    expected = m / np.linalg.svd(m, compute_uv=False)[0]
    got = matrix(layer.layer, numpy(layer.normalized_kernel()))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def step(layer, x, target):
    """What one step of SGD at rate 1 on mean(sum(y * target)) takes off each weight."""
    dtype = "int32" if x.dtype.kind == "i" else "float32"
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=dtype), layer])
    model.compile(
        keras.optimizers.SGD(1.0),
        lambda t, y: ops.sum(ops.reshape(t * y, (len(target), -1)), axis=1),
    )
    before = [numpy(v).copy() for v in layer.trainable_variables]
    model.train_on_batch(x, target)
    return [
        b - numpy(v) for b, v in zip(before, layer.trainable_variables, strict=True)
    ]


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_the_quotient(case):
    make, x = CASES[case]
    layer = wrapped(make, x, scale=0.5, seed=3)
    inner = layer.layer
    kernel, u = numpy(kernel_of(inner)).copy(), numpy(layer.u).copy()
    sigma, new_u, v = iterate(matrix(inner, kernel), u.astype("float64"))

    # The plain layer, at the kernel divided by sigma.
    plain = make()
    plain.build(x.shape)
    for a, b in zip(plain.weights, inner.weights, strict=True):
        a.assign(numpy(b))
    kernel_of(plain).assign(kernel / sigma)
    target = images(*plain(x).shape)
    gradient, *others = step(plain, x, target)
    got, *got_others = step(layer, x, target)

    g, w = matrix(inner, gradient), matrix(inner, kernel) / sigma
    expected = (g - np.sum(g * w) * (v.T @ new_u)) / sigma
    np.testing.assert_allclose(matrix(inner, got), expected, rtol=1e-3, atol=2e-5)
    for a, b in zip(got_others, others, strict=True):
        assert np.abs(b).max() > 0.01
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numpy(layer.u), new_u, atol=1e-5)


def test_same_as_in_torch():
    layer = wrapped(lambda: layers.Dense(4, use_bias=False), np.zeros((1, 6)))
    kernel = numpy(layer.layer.kernel).copy()
    start = numpy(layer.u)[0]
    # PyTorch begins with the other vector. With our kernel, a transposed weight of
    # PyTorch's, as PyTorch's weight, its other vector is our u.
    linear = torch.nn.Linear(4, 6, bias=False)
    linear = torch.nn.utils.parametrizations.spectral_norm(linear, eps=1e-12)
    parametrization = linear.parametrizations.weight
    parametrization.original.data.copy_(torch.tensor(kernel))
    parametrization[0]._v.copy_(torch.tensor(start / np.linalg.norm(start)))
    x, target = images(5, 6), images(5, 4)
    weight = linear.weight
    (torch.tensor(x) @ weight * torch.tensor(target)).sum(1).mean().backward()

    np.testing.assert_allclose(
        numpy(layer(ops.convert_to_tensor(x))), x @ weight.detach().numpy(), atol=1e-5
    )
    (moved,) = step(layer, x, target)
    np.testing.assert_allclose(
        moved, parametrization.original.grad.numpy(), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        numpy(layer.u)[0], parametrization[0]._v.numpy(), atol=1e-5
    )


def large_gain(wrapper, seed=0):
    """A linear layer of spectral norm 14.5, after training at learning rate 0."""
    layer = wrapper(layers.Dense(3, use_bias=False))
    model = keras.Sequential([keras.Input((3,)), layer])
    # Far apart singular values: the power iteration converges in the few steps.
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    layer.layer.kernel.assign(q @ np.diag([14.5, 2.0, 1.0]) @ q.T)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x = images(8, 3)
    model.fit(x, x, batch_size=2, epochs=5, verbose=0)
    return model, layer


def gain(model):
    """The spectral norm of what a linear model does in inference."""
    y = model.predict(np.eye(3, dtype="float32"), verbose=0)
    return np.linalg.svd(y, compute_uv=False)[0]


def test_inference_is_what_training_was_also_after_loading(tmp_path):
    model, layer = large_gain(SpectralNormalization)
    assert np.linalg.svd(numpy(layer.layer.kernel))[1][0] == pytest.approx(14.5)
    assert gain(model) == pytest.approx(1.0, abs=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert gain(again) == pytest.approx(1.0, abs=1e-5)
    x = images(4, 3)
    np.testing.assert_array_equal(
        again.predict(x, verbose=0), model.predict(x, verbose=0)
    )


def test_why_not_keras_own():
    """Once this fails Keras has changed; ours may then be no longer needed.

    It overwrites the kernel in training, and on JAX it does not.
    """
    model, layer = large_gain(layers.SpectralNormalization)
    kernel_norm = np.linalg.svd(numpy(layer.layer.kernel))[1][0]
    seen = 14.5 if keras.backend.backend() == "jax" else 1.0
    assert kernel_norm == pytest.approx(seen, rel=1e-3)
    assert gain(model) == pytest.approx(seen, rel=1e-3)


def test_inference_changes_no_state():
    make, x = CASES["dense"]
    layer = wrapped(make, x)
    before, u = [numpy(v).copy() for v in layer.variables], numpy(layer.u).copy()
    first = numpy(layer(x))
    np.testing.assert_array_equal(first, numpy(layer(x, training=False)))
    for v, b in zip(layer.variables, before, strict=True):
        np.testing.assert_array_equal(numpy(v), b)
    # Training from the same u computes the same outputs, and keeps the new u.
    np.testing.assert_array_equal(first, numpy(layer(x, training=True)))
    assert np.abs(numpy(layer.u) - u).max() > 0.01


def test_zero_kernel_is_used_as_it_is():
    make, x = CASES["dense"]
    layer = wrapped(make, x)
    kernel, bias = layer.layer.kernel, layer.layer.bias
    start, u = numpy(kernel).copy(), numpy(layer.u).copy()
    kernel.assign(np.zeros(kernel.shape))
    moved, _ = step(layer, x, np.ones((2, 4), "float32"))
    np.testing.assert_allclose(moved, np.repeat(x.mean(0)[:, None], 4, 1), atol=1e-6)
    np.testing.assert_array_equal(numpy(layer.u), u)
    kernel.assign(start)
    sigma, _, _ = iterate(start.astype("float64"), u)
    np.testing.assert_allclose(
        numpy(layer(x)), x @ start / sigma + numpy(bias), atol=1e-5
    )


def test_norm_in_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    x = images(4, 32)
    # The squares of this kernel's entries are outside float16.
    layer = wrapped(lambda: layers.Dense(32, use_bias=False), x, scale=1e3)
    kernel = numpy(layer.layer.kernel).astype("float64")
    sigma, u, _ = iterate(kernel, numpy(layer.u).astype("float64"))
    y = layer(ops.convert_to_tensor(x), training=True)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    assert layer.u.dtype == "float32"
    np.testing.assert_allclose(numpy(layer.u), u, atol=1e-6)
    np.testing.assert_allclose(numpy(y), x @ kernel / sigma, atol=2e-2)
    # Inside a model too, whose own cast is around this layer's call.
    inputs = keras.Input((32,))
    outputs = layer(inputs)
    assert outputs.dtype == "float16"
    sigma, u, _ = iterate(kernel, u)
    keras.Model(inputs, outputs)(x, training=True)
    np.testing.assert_allclose(numpy(layer.u), u, atol=1e-6)


class Penalised(PhasedModel):
    """Minimises the mean squared norm of its network's input gradient."""

    phases = ("only",)
    metric_names = ()

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.built = True

    def phase_variables(self, phase):
        return self.trainable_variables

    def compute_phase(self, phase, batch, training, shared):
        gradient = input_gradient(lambda x: self.net(x, training=training), batch)
        return ops.mean(ops.sum(ops.square(gradient), axis=-1)), {}


def test_gradient_penalty_through_it():
    net = keras.Sequential(
        [
            keras.Input((3,)),
            SpectralNormalization(layers.Dense(4, activation="tanh"), seed=0),
            SpectralNormalization(layers.Dense(1), seed=1),
        ]
    )
    x = images(6, 3)
    q, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(4, 4)))
    net.layers[0].layer.kernel.assign(q[:3] * [3.0, 1.0, 0.5, 0.25])
    for _ in range(12):  # at the true u the held-constant vectors change nothing
        net(x, training=True)

    last = numpy(net.layers[1].layer.kernel).astype("float64")

    def penalty(kernel, bias):
        """In NumPy, with the exact spectral norms."""
        kernel = kernel / np.linalg.svd(kernel)[1][0]
        slope = 1.0 - np.tanh(x @ kernel + bias) ** 2
        gradient = (slope * (last / np.linalg.norm(last))[:, 0]) @ kernel.T
        return np.mean(np.sum(gradient**2, axis=-1))

    first = net.layers[0].layer
    start = [numpy(first.kernel).astype("float64"), np.full(4, 0.3)]
    first.bias.assign(start[1])
    expected = []
    for k, value in enumerate(start):
        slopes = np.zeros(value.shape)
        for index in np.ndindex(value.shape):
            shifted = []
            for sign in (1.0, -1.0):
                values = [v.copy() for v in start]
                values[k][index] += sign * 1e-5
                shifted.append(penalty(*values))
            slopes[index] = (shifted[0] - shifted[1]) / 2e-5
        expected.append(slopes)
    model = Penalised(net)
    rate = 0.1
    model.compile(optimizer=keras.optimizers.SGD(rate))
    loss = model.train_on_batch(x, return_dict=True)["loss"]
    assert float(numpy(loss)) == pytest.approx(penalty(*start), rel=1e-4)
    for v, s, e in zip((first.kernel, first.bias), start, expected, strict=True):
        np.testing.assert_allclose((s - numpy(v)) / rate, e, rtol=1e-2, atol=2e-4)


def test_seed_and_config():
    make, x = CASES["conv"]
    u = [numpy(wrapped(make, x, seed=s).u) for s in (1, 1, 2)]
    np.testing.assert_array_equal(u[0], u[1])
    assert np.abs(u[0] - u[2]).max() > 0.1
    layer = SpectralNormalization(make(), power_iterations=2, epsilon=1e-6, seed=4)
    again = SpectralNormalization.from_config(layer.get_config())
    assert (again.power_iterations, again.epsilon, again.seed) == (2, 1e-6, 4)
    assert again.layer.kernel_size == (3, 3)
    assert again.compute_output_shape((None, 5, 5, 3)) == (None, 3, 3, 4)


def test_errors():
    with pytest.raises(ValueError, match=r"`layer` must have .* a Flatten"):
        SpectralNormalization(layers.Flatten()).build((2, 3))
    with pytest.raises(ValueError, match=r"`power_iterations` .* 0"):
        SpectralNormalization(layers.Dense(1), power_iterations=0)
