"""The outlined look against SciPy's grey dilation."""

import numpy as np
import pytest
from scipy import ndimage

from keras_genzoo.data import outlined

pytestmark = pytest.mark.backend_free


def test_a_stroke_its_outline_and_the_paper():
    image = np.zeros((1, 5, 7, 1), "uint8")
    image[0, 2, 3] = 255
    picture = outlined(image)[0]
    assert tuple(picture[2, 3]) == (242, 153, 64)
    assert tuple(picture[0, 0]) == (250, 242, 224)
    ring = np.zeros((5, 7), bool)
    ring[1:4, 2:5] = True
    ring[2, 3] = False
    assert {tuple(p) for p in picture[ring]} == {(26, 51, 128)}


def test_the_outline_is_what_a_dilation_adds():
    image = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    stroke = image[..., 0]
    grown = np.stack(
        [ndimage.grey_dilation(x, (3, 3), mode="constant") for x in stroke]
    )
    red = 0.98 * (1 - grown) + 0.95 * stroke + 0.10 * (grown - stroke)
    np.testing.assert_allclose(outlined(image)[..., 0] / 255.0, red, atol=0.5 / 255)
    np.testing.assert_array_equal(
        outlined(np.round(255 * image).astype("uint8")),
        outlined(np.round(255 * image) / np.float32(255)),
    )


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((1, 8, 8, 3), "uint8"), r"grey.*\(1, 8, 8, 3\)"),
        (np.zeros((8, 8, 1), "uint8"), r"grey.*\(8, 8, 1\)"),
        (np.zeros((1, 8, 8, 1), "int32"), "uint8.*int32"),
    ],
)
def test_other_images_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        outlined(images)
