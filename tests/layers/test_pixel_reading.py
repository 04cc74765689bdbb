import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo.layers import PixelReading

GREY = np.repeat(np.arange(256, dtype="float32")[None] / 255, 4000, axis=0)


def visited(reading, x=GREY, visits=1):
    layer = PixelReading(reading, seed=0)
    return [ops.convert_to_numpy(layer(ops.convert_to_tensor(x))) for _ in "x" * visits]


def test_bits_have_the_grey_value_for_their_probability():
    one, other = visited("binarized", visits=2)
    assert set(np.unique(one)) == {0.0, 1.0}
    assert (one != other).mean() == pytest.approx(
        2 * (GREY * (1 - GREY)).mean(), abs=0.01
    )
    error = (one.mean(axis=0) - GREY[0])[1:-1]
    z = error / np.sqrt(GREY[0] * (1 - GREY[0]) / len(GREY))[1:-1]
    assert np.abs(z).max() < 4.5
    assert stats.kstest(z, "norm").pvalue > 1e-3
    # Black and white are certain.
    assert one[:, 0].max() == 0
    assert one[:, -1].min() == 1


def test_dequantized_pixels_fill_their_grey_level_evenly():
    one, other = visited("dequantized", GREY[:200], visits=2)
    assert one.min() >= 0 <= one.max() < 1
    assert np.abs(one - other).max() > 0
    levels = one.astype("float64") * 256
    np.testing.assert_array_equal(np.floor(levels + 1e-4)[0], np.arange(256))
    assert stats.kstest((levels - np.arange(256)).ravel(), "uniform").pvalue > 1e-3
    layer = PixelReading("dequantized")
    np.testing.assert_allclose(
        layer.expected(GREY[0]), (np.arange(256) + 0.5) / 256, rtol=1e-6
    )


def test_as_given_changes_nothing():
    np.testing.assert_array_equal(visited("as_given")[0], GREY)
    np.testing.assert_array_equal(PixelReading("binarized").expected(GREY), GREY)


def test_the_seed_decides():
    a, b = (PixelReading("binarized", seed=s)(GREY[:2]) for s in (1, 1))
    np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))
    layer = PixelReading.from_config(PixelReading("binarized", seed=3).get_config())
    assert (layer.reading, layer.seed) == ("binarized", 3)


def test_unknown_reading():
    with pytest.raises(ValueError, match=r"`pixels` must be one of .* got 'grey'"):
        PixelReading("grey")
