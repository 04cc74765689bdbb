"""`fit` takes every kind of data that Keras takes, with the same result."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

SIZE = 8
X = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), dtype="uint8")


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return -(-len(X) // SIZE)

    def __getitem__(self, index):
        return (X[index * SIZE : (index + 1) * SIZE],)


def generator():
    for i in range(0, len(X), SIZE):
        yield X[i : i + SIZE]


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, index):
        return torch.from_numpy(X[index])


SOURCES = {
    "uint8 array": lambda: (X, {"batch_size": SIZE}),
    "float array": lambda: (
        (X / np.float32(255)).astype("float32"),
        {"batch_size": SIZE},
    ),
    "backend tensor": lambda: (ops.convert_to_tensor(X), {"batch_size": SIZE}),
    "tf.data of uint8": lambda: (tf.data.Dataset.from_tensor_slices(X).batch(SIZE), {}),
    "tf.data of floats": lambda: (
        tf.data.Dataset.from_tensor_slices(X / np.float32(255)).batch(SIZE),
        {},
    ),
    "tf.data of tuples": lambda: (
        tf.data.Dataset.from_tensor_slices((X, np.zeros(20))).batch(SIZE),
        {},
    ),
    "PyDataset": lambda: (Batches(), {}),
    "DataLoader of images": lambda: (
        torch.utils.data.DataLoader(Rows(), batch_size=SIZE),
        {},
    ),
    "DataLoader of pairs": lambda: (
        torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(torch.from_numpy(X), torch.zeros(20)),
            batch_size=SIZE,
        ),
        {},
    ),
    "DataLoader of singles": lambda: (
        torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(torch.from_numpy(X)), batch_size=SIZE
        ),
        {},
    ),
    "generator of arrays": lambda: (generator(), {}),
    "generator of tuples": lambda: (((x,) for x in generator()), {}),
}


def vae():
    model = gz.VAE(
        networks.mlp_encoder((8, 8, 1), 2, (8,), seed=0),
        networks.mlp_decoder((8, 8, 1), 2, (8,), seed=1),
        noise=0.5,
        seed=0,
    )
    model.compile()
    return model


@pytest.fixture(scope="module")
def expected():
    model = vae()
    logs = model.fit(X, batch_size=SIZE, shuffle=False, verbose=0).history
    return logs["elbo"][0], model.get_weights()


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_trains_the_same(source, expected):
    elbo, weights = expected
    x, kwargs = SOURCES[source]()
    model = vae()
    history = model.fit(x, shuffle=False, verbose=0, **kwargs).history
    assert history["elbo"][0] == pytest.approx(elbo, rel=1e-5)
    for got, wanted in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_validates(source):
    model = vae()
    x, kwargs = SOURCES[source]()
    history = model.fit(
        X,
        batch_size=SIZE,
        verbose=0,
        validation_data=x,
        validation_batch_size=kwargs.get("batch_size"),
    ).history
    again, kwargs = SOURCES[source]()
    evaluated = model.evaluate(again, verbose=0, return_dict=True, **kwargs)
    # The draws of z differ from one pass to the next.
    assert evaluated["elbo"] == pytest.approx(history["val_elbo"][0], rel=0.05)


def test_predict_takes_uint8_and_floats_alike():
    model = vae()
    np.testing.assert_allclose(
        model.predict(X, verbose=0),
        model.predict((X / np.float32(255)), verbose=0),
        atol=1e-6,
    )
