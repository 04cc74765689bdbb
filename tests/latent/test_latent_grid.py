import numpy as np
import pytest
from linear_decoders import SHAPE, Conditional, DecoderOnly, W, images, latents
from scipy import stats

from keras_genzoo.latent import latent_grid, quantile_axis


@pytest.mark.parametrize("steps", [2, 7, 20])
@pytest.mark.parametrize("coverage", [0.5, 0.98, 0.9999])
def test_axis_is_scipys_quantiles(steps, coverage):
    axis = quantile_axis(steps, coverage)
    tail = (1 - coverage) / 2
    expected = stats.norm.ppf(np.linspace(tail, 1 - tail, steps))
    assert axis.dtype == np.float32
    np.testing.assert_allclose(axis, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(axis, -axis[::-1])


def test_neighbours_on_the_axis_have_the_same_mass_between_them():
    mass = np.diff(stats.norm.cdf(quantile_axis(15).astype("float64")))
    np.testing.assert_allclose(mass, 0.98 / 14, rtol=1e-5)


def test_columns_run_along_the_first_dim_and_rows_upwards_along_the_second():
    result = latent_grid(DecoderOnly(), 5)
    assert result.shape == (5, 5, *SHAPE)
    assert result.dtype == np.float32
    axis = stats.norm.ppf(np.linspace(0.01, 0.99, 5))
    for row in range(5):
        for column in range(5):
            expected = axis[column] * W[0] + axis[4 - row] * W[1]
            np.testing.assert_allclose(
                result[row, column], expected.reshape(SHAPE), atol=1e-5
            )


def test_other_components_are_the_bases():
    base = latents(1, 0)[0]
    result = latent_grid(
        Conditional(), 3, dims=(3, 1), base=base, labels=1, coverage=0.5
    )
    edge = stats.norm.ppf(0.75)
    corner = base.copy()
    corner[[3, 1]] = [edge, edge]
    np.testing.assert_allclose(result[0, 2], images(corner, 1), atol=1e-5)
    corner[[3, 1]] = [-edge, 0]
    np.testing.assert_allclose(result[1, 0], images(corner, 1), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 1}, "`steps`"),
        ({"steps": 2.0}, "`steps`"),
        ({"coverage": 0}, "`coverage`.*0"),
        ({"coverage": 1.0}, "`coverage`.*1.0"),
        ({"coverage": "all"}, "`coverage`.*'all'"),
        ({"dims": (0,)}, "`dims`.*two different"),
        ({"dims": (1, 1)}, "`dims`.*two different"),
        ({"dims": (0, 4)}, r"`dims`.*\[0, 4\)"),
        ({"base": np.zeros(3)}, r"`base`.*4 numbers.*\(3,\)"),
        ({"labels": 0}, "`labels`"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        latent_grid(DecoderOnly(), **options)
