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


def nested():
    inner = perceptron()
    inputs = keras.Input((6,))
    return keras.Model(inputs, layers.Dense(2)(inner(layers.Dense(6)(inputs))[0]))


def convolutional_generator():
    return networks.dcgan_generator((28, 28, 1), latent_dim=6, width=4, seed=0)


def convolutional_discriminator():
    return networks.dcgan_discriminator((28, 28, 1), width=4, seed=0)


def translator():
    return networks.cyclegan_generator(3, width=4, blocks=1, seed=0)


def conditional_generator():
    return networks.resnet_generator(
        (32, 32, 3), latent_dim=6, width=8, num_classes=3, seed=0
    )


def conditional_discriminator():
    return networks.resnet_discriminator((32, 32, 3), width=8, num_classes=3, seed=0)


CONVOLUTIONAL = [
    convolutional_generator,
    convolutional_discriminator,
    translator,
    conditional_generator,
    conditional_discriminator,
]
NETWORKS = [
    perceptron,
    with_everything,
    shared_layer,
    sequential,
    normalized,
    nested,
    *CONVOLUTIONAL,
]


def tensors(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


def inputs_of(network):
    """Arrays of five examples; classes where integers are asked for."""
    rng = np.random.default_rng(0)
    arrays = [
        ops.convert_to_tensor(np.arange(5) % 3, dtype=x.dtype)
        if "int" in x.dtype
        else ops.convert_to_tensor(
            rng.normal(size=(5, *[n or 8 for n in x.shape[1:]])), dtype=x.dtype
        )
        for x in network.inputs
    ]
    return arrays if len(arrays) > 1 else arrays[0]


@pytest.mark.parametrize("build", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
def test_outputs_are_those_of_the_network(build, training):
    network = build()
    for weight in network.trainable_weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    x, before = inputs_of(network), network.get_weights()
    expected = network(x, training=training)
    # Moving statistics, and the vectors of spectral normalisation.
    expected_weights = network.get_weights()
    network.set_weights(before)
    got = backends.run_network(network, x, training)
    assert type(got) is type(expected)
    for a, b in zip(tensors(got), tensors(expected), strict=True):
        a, b = ops.convert_to_numpy(a), ops.convert_to_numpy(b)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())
    for a, b in zip(network.get_weights(), expected_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("build", NETWORKS)
def test_mixed_networks_are_as_exact_as_keras_has_them(build):
    full = build()
    keras.config.set_dtype_policy("mixed_bfloat16")
    mixed = build()
    for weight in full.trainable_weights:
        scale = 0.5 / np.sqrt(np.prod(weight.shape[:-1]) or 1)
        weight.assign(scale * np.random.default_rng(1).normal(size=weight.shape))
    before, x = full.get_weights(), inputs_of(full)
    results = []
    for network, run in (
        (full, full),
        (mixed, mixed),
        (mixed, lambda x, training: backends.run_network(mixed, x, training)),
    ):
        network.set_weights(before)
        outputs = tensors(run(x, training=True))
        arrays = [ops.convert_to_numpy(ops.cast(t, "float32")) for t in outputs]
        dtypes = [keras.backend.standardize_dtype(t.dtype) for t in outputs]
        results.append((arrays + network.get_weights(), dtypes))
    (exact, _), (keras_own, keras_dtypes), (got, dtypes) = results
    assert dtypes == keras_dtypes
    for a, b, truth in zip(got, keras_own, exact, strict=True):
        error, allowed = (np.sqrt(np.mean((v - truth) ** 2)) for v in (a, b))
        # Fewer roundings, or others: of one draw an error may come out larger.
        assert error <= 2.0 * allowed + 1e-6


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


@pytest.mark.parametrize("penalty", ["activity", "none"])
def test_a_penalty_of_activities_is_not_lost(penalty):
    regularizer = keras.regularizers.L2(0.5) if penalty == "activity" else None
    inputs = keras.Input((6,))
    outputs = layers.Dense(3, activity_regularizer=regularizer)(inputs)
    network = keras.Model(inputs, outputs)
    y = ops.convert_to_numpy(backends.run_network(network, inputs_of(network), True))
    expected = [0.5 * np.square(y).sum() / len(y)] if regularizer else []
    got = [float(ops.convert_to_numpy(loss)) for loss in network.losses]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="the others trace once")
@pytest.mark.parametrize("build", [perceptron, *CONVOLUTIONAL])
def test_plain_networks_do_not_pass_through_keras(build, monkeypatch):
    network = build()
    x, seen = inputs_of(network), set()
    call = keras.layers.Layer.__call__

    def listen(layer, *args, **kwargs):
        seen.add(layer)
        return call(layer, *args, **kwargs)

    monkeypatch.setattr(keras.layers.Layer, "__call__", listen)
    backends.run_network(network, x, True)
    # Layers inside of layers are called as ever.
    assert not seen.intersection([network, *network.layers])


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="the others trace once")
@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: layers.Flatten(), (3, 2, 4)),
        (lambda: layers.Flatten(), (3,)),
        (lambda: layers.Flatten(), (0, 2, 4)),
        (lambda: layers.Reshape((4, 2)), (3, 8)),
        (lambda: layers.Reshape((-1, 2)), (3, 8)),
        (lambda: layers.Reshape((4, 2)), (0, 8)),
        (lambda: layers.ZeroPadding2D(((1, 0), (2, 3))), (2, 3, 4, 5)),
        (lambda: layers.Rescaling(64.0, 0.5), (2, 3)),
        (lambda: layers.Rescaling([1.0, 2.0, 3.0]), (2, 3)),
    ],
)
def test_layers_without_weights_are_keras_own(make, shape):
    from keras_genzoo.backends.torch_layers import call_plain

    layer = make()
    x = ops.convert_to_tensor(
        np.random.default_rng(0).normal(size=shape).astype("float32")
    )
    expected = ops.convert_to_numpy(layer(x))
    got = ops.convert_to_numpy(call_plain(layer, x))
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)
