import numpy as np
import pytest
from scipy.spatial import geometric_slerp

from keras_genzoo.latent import linear_path, spherical_path


def pairs(n=5, d=6, seed=0):
    a, b = np.random.default_rng(seed).normal(size=(2, n, d))
    return a.astype("float32"), b.astype("float32")


def units(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def angles(path):
    """Between neighbours on each path, in radians."""
    u = units(path.astype("float64"))
    chords = np.linalg.norm(np.diff(u, axis=1), axis=-1)
    return 2 * np.arcsin(chords / 2)


@pytest.mark.parametrize("make", [linear_path, spherical_path])
def test_both_ends_are_on_the_path_exactly(make):
    a, b = pairs()
    path = make(a, b, 7)
    assert path.shape == (5, 7, 6)
    assert path.dtype == np.float32
    np.testing.assert_array_equal(path[:, 0], a)
    np.testing.assert_array_equal(path[:, -1], b)


def test_line_is_numpys():
    a, b = pairs()
    np.testing.assert_allclose(
        linear_path(a, b, 9), np.linspace(a, b, 9, axis=1), atol=1e-6
    )


def test_arc_of_unit_vectors_is_scipys():
    a, b = (units(x).astype("float32") for x in pairs())
    path = spherical_path(a, b, 9)
    for row in range(len(a)):
        # SciPy takes unit vectors to double precision only.
        ends = (units(x[row].astype("float64")) for x in (a, b))
        expected = geometric_slerp(*ends, np.linspace(0, 1, 9))
        np.testing.assert_allclose(path[row], expected, atol=1e-6)


def test_arc_turns_evenly_and_its_norm_is_linear():
    a, b = pairs()
    b *= np.array([0.1, 1.0, 3.0, 10.0, 0.5], "float32")[:, None]
    path = spherical_path(a, b, 11)
    steps = angles(path)
    cosine = np.sum(units(a) * units(b), axis=-1)
    np.testing.assert_allclose(
        steps, np.repeat(np.arccos(cosine)[:, None] / 10, 10, axis=1), rtol=1e-4
    )
    norms = np.linalg.norm(path, axis=-1)
    np.testing.assert_allclose(
        norms, np.linspace(norms[:, 0], norms[:, -1], 11, axis=1), rtol=1e-5
    )


def test_arc_of_equal_norms_is_slerps_formula():
    a, b = pairs(d=3)
    b *= np.linalg.norm(a, axis=-1, keepdims=True) / np.linalg.norm(
        b, axis=-1, keepdims=True
    )
    angle = np.arccos(np.sum(units(a) * units(b), -1))[:, None, None]
    t = np.linspace(0, 1, 5)[None, :, None]
    expected = np.sin((1 - t) * angle) * a[:, None] + np.sin(t * angle) * b[:, None]
    np.testing.assert_allclose(
        spherical_path(a, b, 5), expected / np.sin(angle), atol=1e-5
    )


@pytest.mark.parametrize("size", [1e-2, 1e-4, 1e-6, 1e-8, 0.0])
def test_arc_becomes_the_line_as_the_angle_goes_to_zero(size):
    a, side = pairs()
    b = (2 * a + size * side).astype("float32")
    difference = spherical_path(a, b, 9) - linear_path(a, b, 9)
    # The line turns faster at its shorter end: they differ by a part of the angle.
    assert np.abs(difference).max() <= size / 2 + 1e-6


@pytest.mark.parametrize("angle", [1e-1, 1e-2, 1e-3])
def test_arc_of_equal_norms_rises_above_the_line_by_its_height(angle):
    a, b = [[1.0, 0.0]], [[np.cos(angle), np.sin(angle)]]
    above = spherical_path(a, b, 3)[0, 1] - linear_path(a, b, 3)[0, 1]
    assert np.linalg.norm(above) == pytest.approx(angle**2 / 8, rel=0.01, abs=1e-7)


def test_a_zero_vector_is_reached_on_the_line():
    a, _ = pairs()
    zero = np.zeros_like(a)
    for ends in ((a, zero), (zero, a), (zero, zero)):
        np.testing.assert_array_equal(spherical_path(*ends, 5), linear_path(*ends, 5))


@pytest.mark.parametrize("error", [0.0, 1e-8])
def test_opposite_vectors_take_the_half_circle_that_is_written_down(error):
    a = np.array([[3.0, 0.0, 4.0], [0.0, 0.0, 2.0]], "float32")
    b = -a * np.array([[2.0], [1.0]], "float32") + np.float32(error)
    path = spherical_path(a, b, 5)
    # Through the second axis and the first, the smallest component of each.
    np.testing.assert_allclose(path[0, 2], [0, 7.5, 0], atol=1e-5)
    np.testing.assert_allclose(path[1, 2], [2, 0, 0], atol=1e-5)
    np.testing.assert_allclose(angles(path), np.pi / 4, rtol=1e-5)
    np.testing.assert_array_equal(path[:, -1], b)


def test_half_circle_is_orthogonal_where_no_component_is_zero():
    a = np.array([[1.0, -2.0, 0.5, 3.0]], "float32")
    middle = spherical_path(a, -a, 3)[0, 1]
    assert abs(middle @ a[0]) < 1e-5
    assert np.linalg.norm(middle) == pytest.approx(np.linalg.norm(a), rel=1e-6)
    assert np.argmax(np.abs(middle)) == 2


def test_one_dimension_has_lines_only():
    a, b = np.array([[1.0], [-2.0]]), np.array([[3.0], [-1.0]])
    np.testing.assert_allclose(
        spherical_path(a, b, 3)[..., 0], [[1, 2, 3], [-2, -1.5, -1]], rtol=1e-6
    )
    with pytest.raises(ValueError, match=r"two sides of zero.*\[1\.\] and \[-1\.\]"):
        spherical_path(np.array([[1.0]]), np.array([[-1.0]]), 3)


@pytest.mark.parametrize("make", [linear_path, spherical_path])
@pytest.mark.parametrize(
    ("a", "b", "steps", "message"),
    [
        (np.ones(3), np.ones((1, 3)), 4, r"`a`.*\(3,\).*a\[None\]"),
        (np.ones((1, 3)), np.ones((1, 4)), 4, r"`b`.*\(n, 3\).*\(1, 4\)"),
        (np.ones((1, 3)), np.ones((2, 3)), 4, r"`a`, `b`.*\[1, 2\]"),
        (np.ones((0, 3)), np.ones((0, 3)), 4, "`a`.*at least 1"),
        (np.full((1, 3), np.nan), np.ones((1, 3)), 4, "`a`.*finite"),
        (np.ones((1, 3)), np.ones((1, 3), "complex64"), 4, "`b`.*complex64"),
        (np.ones((1, 3)), np.ones((1, 3)), 1, "`steps`.*2.*1"),
        (np.ones((1, 3)), np.ones((1, 3)), 4.0, "`steps`.*4.0"),
    ],
)
def test_refuses(make, a, b, steps, message):
    with pytest.raises(ValueError, match=message):
        make(a, b, steps)
