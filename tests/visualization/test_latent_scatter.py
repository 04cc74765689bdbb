import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex

from keras_genzoo.visualization import latent_scatter

pytestmark = pytest.mark.backend_free

Z = np.random.default_rng(0).normal(size=(6, 2))
LABELS = np.array([3, 0, 3, 1, 0, 1])


def drawn(figure):
    (axes,) = figure.axes
    (points,) = axes.collections
    return points.get_offsets(), [to_hex(c) for c in points.get_facecolors()]


def legend(figure):
    (box,) = figure.legends
    colours = [to_hex(handle.get_color()) for handle in box.legend_handles]
    return dict(zip([t.get_text() for t in box.get_texts()], colours, strict=True))


def test_points_are_where_they_are_and_of_their_labels_colour():
    figure = latent_scatter(Z, LABELS, title="t")
    places, colours = drawn(figure)
    np.testing.assert_array_equal(places, Z)
    keys = legend(figure)
    assert list(keys) == ["0", "1", "3"]
    assert colours == [keys[str(label)] for label in LABELS]
    assert len(set(colours)) == 3
    assert figure.axes[0].get_aspect() == 1
    assert figure.axes[0].get_title() == "t"


def test_legend_says_names():
    keys = legend(latent_scatter(Z, LABELS, ["cat", "dog", "eel", "fox"]))
    assert list(keys) == ["cat", "dog", "fox"]


@pytest.mark.parametrize("classes", [10, 20, 40])
def test_every_class_has_a_colour_of_its_own(classes):
    z = np.zeros((classes, 2))
    _, colours = drawn(latent_scatter(z, np.arange(classes)))
    assert len(set(colours)) == classes


def test_without_labels_there_is_no_legend(tmp_path):
    figure = latent_scatter(Z)
    assert not figure.legends
    np.testing.assert_array_equal(drawn(figure)[0], Z)
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "keras-genzoo\[plots\]"'):
        latent_scatter(Z)


@pytest.mark.parametrize(
    ("z", "options", "message"),
    [
        (np.zeros((4, 3)), {}, r"`z`.*\(n, 2\).*\(4, 3\)"),
        (np.zeros(2), {}, "`z`"),
        (np.zeros((0, 2)), {}, "`z`.*at least 1"),
        (np.full((4, 2), np.nan), {}, "`z`.*finite"),
        (Z, {"labels": LABELS[:2]}, r"`labels`.*\(6,\).*\(2,\)"),
        (Z, {"labels": LABELS.astype(float)}, "`labels`.*float64"),
        (Z, {"labels": LABELS, "names": ["a", "b"]}, r"`labels`.*\[0, 2\).*0 to 3"),
        (Z, {"names": ["a", "b"]}, "`names`"),
    ],
)
def test_refuses(z, options, message):
    with pytest.raises(ValueError, match=message):
        latent_scatter(z, **options)
