"""A bad batch among good ones is named by its number, whatever stream it comes in."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_genzoo as gz
from keras_genzoo import networks

COUNT, SIZE = 30, 4
GOOD = np.random.default_rng(0).random((SIZE, 4, 4, 1), dtype="float32")
BAD = {
    "wrong size": (GOOD[:, :3], r"must have shape \(batch, 4, 4, 1\); got \(4, 3, 4"),
    "NaN": (np.where(GOOD > 0.9, np.nan, GOOD), "must be finite, got NaN"),
    "empty": (GOOD[:0], "must hold at least one example"),
    "out of range": (GOOD + 1, r"float in \[0, 1\], got float32 in"),
}
# Ten of the thirty.
PLACES = (2, 3, 5, 8, 13, 14, 20, 21, 28, 29)


def stream(place, bad):
    return [bad if i == place else GOOD for i in range(COUNT)]


class Batches(keras.utils.PyDataset):
    def __init__(self, batches, **kwargs):
        super().__init__(**kwargs)
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return (self.batches[index],)


def tf_data(batches):
    spec = tf.TensorSpec((None, None, 4, 1), "float32")
    return tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec)


SOURCES = {
    "generator": lambda batches: (b for b in batches),
    "PyDataset": Batches,
    "PyDataset, threads": lambda batches: Batches(batches, workers=2),
    "tf.data": tf_data,
}


@pytest.fixture(scope="module")
def vae():
    model = gz.VAE(
        networks.mlp_encoder((4, 4, 1), 2, (4,), seed=0),
        networks.mlp_decoder((4, 4, 1), 2, (4,), seed=1),
        noise=0.5,
        seed=0,
    )
    model.compile()
    return model


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("source", SOURCES)
def test_a_bad_batch_is_named(source, kind, vae):
    bad, message = BAD[kind]
    for place in PLACES if source == "PyDataset" else PLACES[1::5]:
        data = SOURCES[source](stream(place, bad))
        with pytest.raises(ValueError, match=f"Batch {place} of `x`: .*{message}"):
            vae.fit(data, shuffle=False, verbose=0)


def test_a_shuffled_set_is_asked_by_its_own_numbers(vae):
    with pytest.raises(ValueError, match="Batch 7 of `x`"):
        vae.fit(Batches(stream(7, BAD["NaN"][0])), shuffle=True, verbose=0)


def test_validation_data_and_evaluate_name_it_too(vae):
    data = Batches(stream(4, BAD["NaN"][0]))
    with pytest.raises(ValueError, match="Batch 4 of `validation_data`"):
        vae.fit(GOOD, validation_data=data, verbose=0)
    with pytest.raises(ValueError, match="Batch 4 of `x`"):
        vae.evaluate(data, verbose=0)


def test_the_sets_own_attributes_stay_its_own(vae):
    class Numbered(Batches):
        epoch = 5
        seen = ()

        def __getitem__(self, index):
            self.seen += (self.epoch,)
            return super().__getitem__(index)

        def on_epoch_end(self):
            self.epoch += 1

    data = Numbered([GOOD, GOOD])
    vae.fit(data, epochs=2, verbose=0)
    # Once more than there are epochs: Keras counts before the first.
    assert data.epoch == 8
    assert data.seen[-4:] == (6, 6, 7, 7)
