"""Batches: order, epochs, and training through `fit` on the current backend."""

import keras
import numpy as np
import pytest

from keras_genzoo.data import ArrayDataset


def numbered(count=23, labels=True):
    """A set whose image i is filled with i, and whose label is i."""
    images = np.broadcast_to(np.arange(count, dtype=np.uint8), (4, 4, 3, count))
    images = np.ascontiguousarray(images.transpose(3, 0, 1, 2))
    return ArrayDataset(images, np.arange(count) if labels else None)


def order_of(batches):
    return np.concatenate([images[:, 0, 0, 0] for images, *_ in batches]).tolist()


def test_every_epoch_is_a_new_permutation_fixed_by_the_seed():
    dataset = numbered()
    one, same, other = (dataset.batches(5, seed=seed) for seed in (1, 1, 2))
    epochs = []
    for _ in range(3):
        epochs.append(order_of(one))
        assert epochs[-1] == order_of(one) == order_of(same)
        assert epochs[-1] != order_of(other)
        assert sorted(epochs[-1]) == list(range(23))
        for batches in (one, same, other):
            batches.on_epoch_end()
    assert len({tuple(epoch) for epoch in epochs}) == 3
    same.epoch = 1
    assert order_of(same) == epochs[1]


def test_without_shuffling_the_order_stays():
    batches = numbered().batches(5, shuffle=False)
    for _ in range(2):
        assert order_of(batches) == list(range(23))
        batches.on_epoch_end()


def test_remainder_is_kept_or_dropped():
    dataset = numbered()
    assert [len(images) for (images,) in dataset.batches(5)] == [5, 5, 5, 5, 3]
    assert [len(images) for (images,) in dataset.batches(5, drop_remainder=True)] == [
        5
    ] * 4
    assert len(dataset.batches(23, drop_remainder=True)) == 1
    assert len(dataset.batches(100)) == 1


def test_labels_stay_with_their_images():
    for images, labels in numbered().batches(4, labels=True):
        assert images.dtype == np.uint8
        assert labels.dtype == np.int32
        np.testing.assert_array_equal(images[:, 0, 0, 0], labels)


def test_changing_a_batch_leaves_the_set_alone():
    dataset = numbered()
    (images,) = dataset.batches(5, shuffle=False)[0]
    images[:] = 255
    assert order_of(dataset.batches(5, shuffle=False)) == list(range(23))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be a positive integer, got 0"),
        ({"batch_size": 2.5}, "`batch_size` must be a positive integer, got 2.5"),
        ({"batch_size": 24, "drop_remainder": True}, "`batch_size` must not exceed"),
        ({"batch_size": 4, "seed": -1}, "`seed` must be an integer from 0 up, got -1"),
        ({"batch_size": 4, "labels": True}, "`labels` must be False"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        numbered(labels=False).batches(**arguments)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((0, 4, 4, 3), np.uint8), None, "empty"),
        (np.zeros((2, 4, 4, 3), np.float32), None, "`images` must be uint8"),
        (np.zeros((2, 4, 4), np.uint8), None, "`images` must be uint8 of shape"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(3, int), "`labels` must be"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2), "`labels` must be integers"),
    ],
)
def test_bad_arrays(images, labels, message):
    with pytest.raises(ValueError, match=message):
        ArrayDataset(images, labels)


class MeanPixel(keras.Model):
    """Learns the mean pixel of what it sees, from images alone."""

    def __init__(self):
        super().__init__()
        self.mean = self.add_weight(shape=(), initializer="zeros", name="mean")
        self.seen = keras.metrics.Sum(name="seen")

    def call(self, images):
        return keras.ops.cast(images, "float32") - self.mean

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        self.seen.update_state(keras.ops.ones(keras.ops.shape(x)[0]))
        return keras.ops.mean(keras.ops.square(y_pred))


def generator(dataset, epochs):
    for _ in range(epochs):
        yield from dataset.batches(5)


@pytest.mark.parametrize("source", ["batches", "array", "generator"])
def test_fit_takes_images_alone(source):
    dataset = numbered()
    epochs = 12
    model = MeanPixel()
    model.compile(keras.optimizers.SGD(0.2))
    data = {
        "batches": lambda: dataset.batches(5),
        "array": lambda: dataset.images,
        "generator": lambda: generator(dataset, epochs),
    }[source]()
    options = {"steps_per_epoch": 5, "shuffle": False} if source == "generator" else {}
    options |= {"batch_size": 5} if source == "array" else {}
    history = model.fit(data, epochs=epochs, verbose=0, **options)
    # Every image once an epoch, the last batch smaller; the mean of 0..22 is 11.
    assert history.history["seen"] == [23.0] * epochs
    assert abs(float(keras.ops.convert_to_numpy(model.mean)) - 11) < 3.5
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_fit_takes_labels_and_redraws_the_order_each_epoch():
    seen = []

    class Watched(ArrayDataset):
        def read(self, indices, *, labels=False):
            seen.append(tuple(int(i) for i in indices))
            return super().read(indices, labels=labels)

    dataset = Watched(numbered().images, np.arange(23) % 2)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    batches = dataset.batches(5, labels=True, seed=4)
    model.fit(batches, epochs=2, verbose=0, shuffle=False)
    # `fit` redraws once before it starts, hence epochs 1 and 2.
    expected = dataset.batches(5, labels=True, seed=4)
    for epoch in (1, 2):
        expected.epoch = epoch
        _, order = expected._epoch_order()
        assert {tuple(order[i : i + 5].tolist()) for i in range(0, 23, 5)} <= set(seen)
    assert np.isfinite(model.evaluate(batches, verbose=0))
    assert model.predict(dataset.batches(5, shuffle=False), verbose=0).shape == (23, 2)


def pictured(count=40):
    """Images whose pixels all differ: 100 i + row, and 100 i + column."""
    image = np.arange(count)[:, None, None] * np.ones((1, 6, 6), int)
    rows, columns = np.mgrid[:6, :6]
    planes = (image, np.broadcast_to(rows, image.shape), columns + 0 * image)
    return ArrayDataset(np.stack(planes, axis=-1).astype("uint8"))


def test_a_shift_moves_what_is_seen_and_repeats_the_edge():
    batches = pictured().batches(40, shuffle=False, shift=2, seed=3)
    ((images,),) = list(batches)
    corners = images[:, 0, 0, 1:].astype(int)
    moves = set()
    for i, image in enumerate(images.astype(int)):
        # The first visible row and column say by how much the image moved; where
        # that is upwards or to the left, the last ones do.
        down = 5 - image[5, 0, 1] if image[5, 0, 1] < 5 else -corners[i, 0]
        right = 5 - image[0, 5, 2] if image[0, 5, 2] < 5 else -corners[i, 1]
        rows = np.clip(np.arange(6) - down, 0, 5)
        columns = np.clip(np.arange(6) - right, 0, 5)
        np.testing.assert_array_equal(image[..., 0], i)
        np.testing.assert_array_equal(image[..., 1], rows[:, None] + 0 * columns)
        np.testing.assert_array_equal(image[..., 2], columns + 0 * rows[:, None])
        assert max(abs(down), abs(right)) <= 2
        moves.add((down, right))
    # 40 draws of 25 places leave 20 places seen; fewer than 12 has odds below 1e-6.
    assert len(moves) >= 12


def test_a_flip_mirrors_half_of_the_images():
    dataset = pictured(200)
    batches = dataset.batches(50, shuffle=False, flip=True, seed=0)
    images = np.concatenate([images for (images,) in batches])
    mirrored = images[:, 0, 0, 2] == 5
    assert 70 <= mirrored.sum() <= 130
    straight = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    np.testing.assert_array_equal(straight, dataset.images)


def test_moves_depend_on_seed_epoch_and_batch_alone():
    one, same, other = (
        pictured().batches(8, shift=1, flip=True, seed=seed) for seed in (1, 1, 2)
    )
    backwards = [same[i][0] for i in reversed(range(5))][::-1]
    for i in range(5):
        np.testing.assert_array_equal(one[i][0], backwards[i])
    assert any((one[i][0] != other[i][0]).any() for i in range(5))
    first = one[0][0]
    one.on_epoch_end()
    assert (one[0][0] != first).any()
    one.epoch = 0
    np.testing.assert_array_equal(one[0][0], first)


@pytest.mark.parametrize("shift", [-1, 6, 1.5, True])
def test_a_shift_out_of_the_image(shift):
    with pytest.raises(ValueError, match="`shift` must be a number of pixels from 0"):
        pictured().batches(8, shift=shift)
