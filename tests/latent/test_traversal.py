import numpy as np
import pytest
from linear_decoders import SHAPE, WIDTH, Conditional, DecoderOnly, W, images, latents

from keras_genzoo.latent import traverse

Z = latents(1, 0)[0]


def test_all_dims_from_minus_three_to_three():
    result = traverse(DecoderOnly(), Z)
    assert result.shape == (WIDTH, 9, *SHAPE)
    assert result.dtype == np.float32
    values = np.linspace(-3, 3, 9)
    for dim in range(WIDTH):
        for column, value in enumerate(values):
            # A linear decoder: only this component's share of the image changes.
            expected = images(Z) + ((value - Z[dim]) * W[dim]).reshape(SHAPE)
            np.testing.assert_allclose(result[dim, column], expected, atol=1e-5)


def test_chosen_dims_and_values_in_their_order():
    result = traverse(DecoderOnly(), Z[None], dims=[3, 0], values=[1.0, -2.0])
    z = np.tile(Z, (2, 2, 1))
    z[0, :, 3] = z[1, :, 0] = [1.0, -2.0]
    np.testing.assert_allclose(result, images(z), atol=1e-5)


def test_label_is_kept():
    result = traverse(Conditional(), Z, dims=(1,), values=(Z[1],), labels=2)
    np.testing.assert_allclose(result[0, 0], images(Z, 2), atol=1e-5)


@pytest.mark.parametrize(
    ("z", "options", "message"),
    [
        (latents(2, 0), {}, r"`z`.*one latent.*\(2, 4\)"),
        (Z[:3], {}, r"`z`.*\(3,\)"),
        (Z * np.nan, {}, "`z`.*finite"),
        (Z, {"dims": [4]}, r"`dims`.*\[0, 4\).*\[4\]"),
        (Z, {"dims": [-1]}, r"`dims`.*\[-1\]"),
        (Z, {"dims": []}, "`dims`"),
        (Z, {"dims": [0.5]}, "`dims`"),
        (Z, {"dims": 1}, "`dims`"),
        (Z, {"values": []}, "`values`"),
        (Z, {"values": [[1.0]]}, r"`values`.*\(1, 1\)"),
        (Z, {"values": [np.inf]}, "`values`.*finite"),
        (Z, {"labels": 0}, "`labels`"),
        (Z, {"batch_size": 1.5}, "`batch_size`"),
    ],
)
def test_refuses(z, options, message):
    with pytest.raises(ValueError, match=message):
        traverse(DecoderOnly(), z, **options)
