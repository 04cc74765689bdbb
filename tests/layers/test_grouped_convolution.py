"""Group by group is PyTorch's grouped convolution, gradients of gradients too."""

import keras
import numpy as np
import torch
from keras import ops

from keras_genzoo.backends import input_gradient
from keras_genzoo.layers.grouped_convolution import GroupedConv2D

X = np.random.default_rng(0).normal(size=(2, 5, 4, 6)).astype("float32")


def test_values_and_penalties_are_torchs():
    layer = GroupedConv2D(9, 3, groups=3, padding="same", activation="tanh")
    got = ops.convert_to_numpy(layer(X))
    kernel = torch.from_numpy(np.array(ops.convert_to_numpy(layer.kernel)))
    kernel = kernel.permute(3, 2, 0, 1)
    assert kernel.shape == (9, 2, 3, 3)

    def reference(x):
        return torch.tanh(torch.nn.functional.conv2d(x, kernel, padding=1, groups=3))

    x = torch.from_numpy(X).permute(0, 3, 1, 2).requires_grad_()
    expected = reference(x).permute(0, 2, 3, 1).detach().numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)

    (once,) = torch.autograd.grad(reference(x).sum(), x, create_graph=True)
    (twice,) = torch.autograd.grad(once.square().sum(), x)

    def penalty(x):
        gradient = input_gradient(lambda x: ops.sum(layer(x)), x)
        return ops.sum(ops.square(gradient))

    got = ops.convert_to_numpy(input_gradient(penalty, ops.convert_to_tensor(X)))
    np.testing.assert_allclose(
        got, twice.permute(0, 2, 3, 1).numpy(), atol=1e-5, rtol=1e-4
    )


def test_a_loaded_layer_is_the_same_layer():
    layer = GroupedConv2D(4, 1, groups=2, use_bias=False)
    twin = GroupedConv2D.from_config(layer.get_config())
    expected = layer(X)
    twin.build(X.shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(
        ops.convert_to_numpy(twin(X)), ops.convert_to_numpy(expected)
    )
    assert (
        keras.saving.serialize_keras_object(twin)
        == (keras.saving.serialize_keras_object(layer))
        or twin.get_config() == layer.get_config()
    )
