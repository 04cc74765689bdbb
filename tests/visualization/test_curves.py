import re
import sys
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest

from keras_genzoo.visualization import loss_curves, svg_curves
from keras_genzoo.visualization.svg_curves import nice_ticks, tick_text

pytestmark = pytest.mark.backend_free

HISTORY = {"loss": [4.0, 2.0, 1.0], "kl": [0.5, 1.0, 1.5]}
SVG = "{http://www.w3.org/2000/svg}"


def elements(text, name):
    return list(ElementTree.fromstring(text).iter(SVG + name))


def points(line):
    return np.array(
        [[float(part) for part in p.split(",")] for p in line.get("points").split()]
    )


def test_figure_draws_each_series_over_epochs():
    figure = loss_curves(SimpleNamespace(history=HISTORY), title="t", ylabel="nats")
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["loss", "kl"]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [0.5, 1.0, 1.5])
    assert (axes.get_title(), axes.get_ylabel()) == ("t", "nats")


def test_figure_of_chosen_keys_and_a_resumed_run(tmp_path):
    figure = loss_curves(HISTORY, keys=["kl"], initial_epoch=10)
    (line,) = figure.axes[0].lines
    np.testing.assert_array_equal(line.get_xdata(), [11, 12, 13])
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "keras-genzoo\[plots\]"'):
        loss_curves(HISTORY)


@pytest.mark.parametrize("draw", [loss_curves, svg_curves])
@pytest.mark.parametrize(
    ("history", "keys", "error", "message"),
    [
        (HISTORY, ["elbo"], ValueError, r"`keys`.*'kl', 'loss'.*'elbo'"),
        ({}, None, ValueError, "at least one series"),
        ({"loss": []}, None, ValueError, "at least one series"),
        ({"loss": [[1.0]]}, None, ValueError, r"history\['loss'\]"),
        ([1.0, 2.0], None, TypeError, "list"),
    ],
)
def test_refuses_what_is_no_history(draw, history, keys, error, message):
    with pytest.raises(error, match=message):
        draw(history, keys)


def test_svg_curve_runs_through_its_points():
    text = svg_curves({"loss": [0.0, 10.0, 5.0]}, width=600, height=300)
    (line,) = elements(text, "polyline")
    xy = points(line)
    # Evenly spaced epochs; 5 lies half way between 0 (low) and 10 (high).
    assert xy[1, 0] - xy[0, 0] == pytest.approx(xy[2, 0] - xy[1, 0], abs=0.11)
    assert xy[0, 1] > xy[2, 1] > xy[1, 1]
    assert xy[2, 1] == pytest.approx((xy[0, 1] + xy[1, 1]) / 2, abs=0.11)
    assert xy.min() > 0
    assert xy[:, 0].max() < 600
    assert xy[:, 1].max() < 300


def test_svg_names_series_axis_and_title():
    text = svg_curves(
        HISTORY, title="a < b", ylabel="nats", labels={"loss": "\u2212ELBO"}
    )
    said = [element.text for element in elements(text, "text")]
    assert {"\u2212ELBO", "kl", "nats", "epoch", "1", "3"} <= set(said)
    assert elements(text, "title")[0].text == "a < b"
    assert len(elements(text, "polyline")) == 2


def test_svg_leaves_a_gap_where_a_value_is_missing():
    text = svg_curves({"loss": [1.0, 2.0, np.nan, 3.0, 4.0, np.inf, 5.0]})
    assert [len(points(line)) for line in elements(text, "polyline")] == [2, 2]
    assert len(elements(text, "circle")) == 1
    assert not re.search(r"nan|inf", text)


def test_svg_of_one_epoch_and_of_a_constant():
    assert len(elements(svg_curves({"loss": [3.0]}), "circle")) == 1
    assert len(elements(svg_curves({"loss": [0.0, 0.0]}), "polyline")) == 1


def test_svg_refuses_too_many_and_nothing_finite():
    with pytest.raises(ValueError, match="at most 6"):
        svg_curves({str(i): [1.0] for i in range(7)})
    with pytest.raises(ValueError, match="no finite number"):
        svg_curves({"loss": [np.nan]})


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.2, 7.9), (1e-6, 3e-6), (1e6, 1.5e6), (5, 5), (0, 0)]
)
def test_ticks_are_round_and_cover(low, high):
    ticks = nice_ticks(low, high)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= high - 1e-6 * step
    assert 2 <= len(ticks) <= 9
    mantissa = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    assert np.isclose(mantissa, [1, 2, 5, 10]).any()


def test_tick_text():
    assert tick_text(-1500.0, 500.0) == "\u22121500"
    assert tick_text(0.25, 0.05) == "0.25"
    assert tick_text(-0.0, 1.0) == "0"
