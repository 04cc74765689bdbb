"""`run_network` gives what the network gives, with its gradients and its hooks."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo import backends, networks
from keras_genzoo.training import input_gradient

X = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")


def perceptron():
    return networks.mlp_encoder((6,), 3, (8, 7), seed=0)


def with_everything():
    inputs = keras.Input((2, 3))
    x = layers.Dense(4)(inputs)
    x = layers.Flatten()(x)
    x = layers.LeakyReLU(0.2)(layers.Dense(8, use_bias=False)(x))
    heads = [
        layers.Dense(3, activation="tanh")(layers.ReLU()(x)),
        layers.Reshape((4, 2))(layers.Activation("softplus")(x)),
    ]
    return keras.Model(inputs, heads)


def shared_layer():
    inputs = keras.Input((6,))
    twice = layers.Dense(6, activation="relu")
    return keras.Model(inputs, twice(twice(inputs)))


def sequential():
    return keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="tanh")])


def dropped():
    return networks.mlp_classifier((6,), 3, hidden=(8,), dropout=0.5, seed=0)


def normalized():
    return networks.mlp_generator((2, 3), 6, hidden=(8,), batch_norm=True)


NETWORKS = [perceptron, with_everything, shared_layer, sequential, normalized]


def tensors(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


@pytest.mark.parametrize("build", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
def test_outputs_are_those_of_the_network(build, training):
    network = build()
    for weight in network.trainable_weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    x = ops.convert_to_tensor(X.reshape(-1, *network.input_shape[1:]))
    expected = network(x, training=training)
    got = backends.run_network(network, x, training)
    assert type(got) is type(expected)
    for a, b in zip(tensors(got), tensors(expected), strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b), rtol=1e-5, atol=1e-6
        )


def test_gradients_are_those_of_the_network():
    network = perceptron()
    network.layers[-1].kernel.assign(np.ones((7, 3)))
    x = ops.convert_to_tensor(X)

    def total(run):
        return lambda x: sum(ops.sum(ops.square(t)) for t in run(x))

    got = input_gradient(total(lambda x: backends.run_network(network, x, True)), x)
    expected = input_gradient(total(network), x)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), ops.convert_to_numpy(expected), rtol=1e-5
    )


def test_dropout_is_not_left_out():
    network = dropped()
    x = ops.ones((400, 6))
    first, second = (
        ops.convert_to_numpy(backends.run_network(network, x, True)) for _ in range(2)
    )
    assert np.abs(first - second).max() > 0.01


def test_a_float16_network_keeps_its_precision():
    inputs = keras.Input((6,), dtype="float32")
    network = keras.Model(inputs, layers.Dense(3, dtype="mixed_float16")(inputs))
    out = backends.run_network(network, ops.convert_to_tensor(X), False)
    assert keras.backend.standardize_dtype(out.dtype) == "float16"


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="hooks are PyTorch's")
def test_hooks_are_called():
    network = perceptron()
    x = ops.convert_to_tensor(X)
    backends.run_network(network, x, True)
    seen = []
    hook = network.layers[1].register_forward_hook(lambda *_: seen.append("layer"))
    backends.run_network(network, x, True)
    hook.remove()
    network.register_forward_hook(lambda *_: seen.append("network"))
    backends.run_network(network, x, True)
    assert seen == ["layer", "network"]


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="the others trace once")
def test_plain_networks_do_not_pass_through_keras(monkeypatch):
    network = perceptron()

    def refuse(*_, **__):
        raise AssertionError("Layer.__call__")

    monkeypatch.setattr(keras.layers.Layer, "__call__", refuse)
    backends.run_network(network, ops.convert_to_tensor(X), True)
