"""On PyTorch `fit` of arrays sees the batches that Keras' own loader would make."""

import keras
import numpy as np
import pytest

from keras_genzoo import backends, networks
from keras_genzoo.models import VAE

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch's loader"
)

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (21, 6), dtype="uint8")
LABELS = np.arange(21)


class Recorder(VAE):
    """Keeps what it is given, and what the global generator would draw then."""

    def prepare_batch(self, data, training):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.seen.append([None if t is None else t.numpy() for t in (x, y)])
        self.states.append(backends.random_states()["cpu"])
        return super().prepare_batch((x,), training)


def trained(x, y, **kwargs):
    keras.utils.set_random_seed(3)
    encoder = networks.mlp_encoder((6,), 2, (5,), seed=0)
    model = Recorder(encoder, networks.mlp_decoder((6,), 2, (5,), seed=1), seed=2)
    model.seen, model.states = [], []
    model.compile()
    model.fit(x, y, 8, 2, verbose=0, **kwargs)
    return model


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("labels", [None, LABELS])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shuffle": False},
        {"shuffle": "batch"},
        {"steps_per_epoch": 2},
        {"validation_split": 0.3},
        {"validation_data": (IMAGES, None)},
    ],
    ids=lambda o: next(iter(o), "plain"),
)
def test_batches_and_order_are_those_of_keras(dtype, labels, options, monkeypatch):
    x = IMAGES if dtype == "uint8" else (IMAGES / 255).astype(dtype)
    model = trained(x, labels, **options)
    monkeypatch.setattr(backends, "array_loader", lambda *args: None)
    expected = trained(x, labels, **options)
    assert len(model.seen) == len(expected.seen)
    for mine, theirs in zip(model.seen, expected.seen, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b)
    for a, b in zip(model.states, expected.states, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_arrays_that_can_not_be_written_to_or_go_backwards():
    x = IMAGES[::-1]
    x.flags.writeable = False
    model = trained(x, None, shuffle=False)
    seen = np.concatenate([x for x, _ in model.seen[-3:]])
    np.testing.assert_array_equal(seen, IMAGES[::-1])


def test_what_is_left_to_keras():
    floats = IMAGES.astype("float32")
    assert backends.array_loader(floats, LABELS, 8, True) is not None
    for x, y, shuffle in (
        (IMAGES.astype("float64"), None, True),
        (IMAGES.astype("uint16"), None, True),
        (floats.tolist(), None, True),
        (floats, LABELS[1:], True),
        (floats, None, "batch"),
    ):
        assert backends.array_loader(x, y, 8, shuffle) is None
