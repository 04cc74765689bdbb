import numpy as np
import pytest

from keras_genzoo.visualization import image_grid, image_pairs, strip

pytestmark = pytest.mark.backend_free


def flat(*levels, size=1, channels=1):
    """One image of a single grey level for each of `levels`."""
    images = [np.full((size, size, channels), level, "uint8") for level in levels]
    return np.stack(images)


def test_grid_places_rows_and_columns():
    grid = image_grid(flat(10, 20, 30), columns=2, padding=1, background=7)
    expected = [
        [7, 7, 7, 7, 7],
        [7, 10, 7, 20, 7],
        [7, 7, 7, 7, 7],
        [7, 30, 7, 7, 7],
        [7, 7, 7, 7, 7],
    ]
    assert grid.dtype == np.uint8
    np.testing.assert_array_equal(grid[..., 0], expected)


def test_grid_keeps_colour_and_orientation():
    image = np.arange(2 * 3 * 3, dtype="uint8").reshape(1, 2, 3, 3)
    np.testing.assert_array_equal(image_grid(image, padding=0), image[0])


def test_scale_repeats_pixels():
    grid = image_grid(flat(1, 2), columns=2, padding=0, scale=3)
    np.testing.assert_array_equal(grid[..., 0], [[1] * 3 + [2] * 3] * 3)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 2), (5, 3), (64, 8)])
def test_default_columns(count, columns):
    rows = -(-count // columns)
    grid = image_grid(flat(*[0] * count), padding=0)
    assert grid.shape == (rows, columns, 1)


def test_floats_are_rounded_not_cut():
    images = np.array([0.0, 0.5, 1.0, 0.999]).reshape(4, 1, 1, 1)
    grid = image_grid(images, columns=4, padding=0)
    np.testing.assert_array_equal(grid[..., 0], [[0, 128, 255, 255]])


def test_input_is_not_changed():
    images = flat(5, 6)
    grid = image_grid(images[:1], padding=0)
    grid[:] = 99
    assert images.max() == 6


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((4, 4, 3), "uint8"), ValueError, r"`images`.*\(4, 4, 3\)"),
        (np.zeros((2, 4, 4, 2), "uint8"), ValueError, "1 or 3 channels"),
        (np.zeros((0, 4, 4, 3), "uint8"), ValueError, "at least one image"),
        (np.zeros((1, 4, 4, 3), "int64"), TypeError, "int64"),
        (np.full((1, 4, 4, 3), -1.0), ValueError, "from -1 to -1"),
        (np.full((1, 4, 4, 3), 255.0), ValueError, "from 255 to 255"),
        (np.full((1, 4, 4, 3), np.nan), ValueError, "nan"),
    ],
)
def test_refuses_what_is_no_image(images, error, message):
    with pytest.raises(error, match=message):
        image_grid(images)


@pytest.mark.parametrize(
    "option",
    [
        {"columns": 0},
        {"columns": 1.5},
        {"padding": -1},
        {"scale": 0},
        {"scale": True},
        {"background": 256},
    ],
)
def test_refuses_options_and_names_them(option):
    (name,) = option
    with pytest.raises(ValueError, match=f"`{name}`"):
        image_grid(flat(1), **option)


def test_strip_is_one_row():
    np.testing.assert_array_equal(strip(flat(1, 2, 3), padding=0)[..., 0], [[1, 2, 3]])


def test_strip_of_sequences_is_a_row_each():
    images = flat(1, 2, 3, 4, 5, 6).reshape(2, 3, 1, 1, 1)
    np.testing.assert_array_equal(
        strip(images, padding=0)[..., 0], [[1, 2, 3], [4, 5, 6]]
    )


def test_strip_refuses_a_single_image():
    with pytest.raises(ValueError, match="`images`"):
        strip(np.zeros((4, 4, 3), "uint8"))


def test_pairs_stand_above_each_other():
    picture = image_pairs(
        flat(1, 2, 3), flat(11, 12, 13), columns=2, padding=1, gap=2, background=0
    )
    expected = [
        [0, 0, 0, 0, 0],
        [0, 1, 0, 2, 0],
        [0, 0, 0, 0, 0],
        [0, 11, 0, 12, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 13, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(picture[..., 0], expected)


def test_pairs_without_padding():
    picture = image_pairs(flat(1, 2), flat(3, 4), padding=0)
    np.testing.assert_array_equal(picture[..., 0], [[1, 2], [3, 4]])


def test_pairs_take_two_dtypes():
    picture = image_pairs(flat(255), np.ones((1, 1, 1, 1), "float32"), padding=0)
    np.testing.assert_array_equal(picture[..., 0], [[255], [255]])


def test_pairs_refuse_two_shapes():
    with pytest.raises(ValueError, match="same shape"):
        image_pairs(flat(1, 2), flat(1))
