"""The augmentation's draws, recovered from what it does to images."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy import stats

from keras_genzoo.layers import DifferentiableAugmentation
from keras_genzoo.training import input_gradient

RNG = np.random.default_rng(0)


def images(*shape):
    return RNG.uniform(-0.9, 0.9, size=shape).astype("float32")


def augmented(x, policies, seed=1, **kwargs):
    layer = DifferentiableAugmentation(policies, seed=seed, **kwargs)
    return ops.convert_to_numpy(layer(ops.convert_to_tensor(x), training=True))


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 255.0)])
def test_color_is_the_three_formulas_with_uniform_draws(value_range):
    unit = 0.5 * (value_range[1] - value_range[0])
    x = (unit * images(2000, 3, 4, 3)).astype("float64")
    y = augmented(x.astype("float32"), ("color",), value_range=value_range)
    x, y = x / unit, y.astype("float64") / unit
    axes = (1, 2, 3)
    # Only brightness changes an image's mean; only brightness and contrast its grey.
    means = [t.mean(axes, keepdims=True) for t in (x, y)]
    greys = [t.mean(3, keepdims=True) for t in (x, y)]
    brightness = means[1] - means[0]
    deviations = [g - m for g, m in zip(greys, means, strict=True)]
    contrast = np.sum(deviations[0] * deviations[1], axes, keepdims=True) / np.sum(
        deviations[0] ** 2, axes, keepdims=True
    )
    colors = [t - g for t, g in zip((x, y), greys, strict=True)]
    both = np.sum(colors[0] * colors[1], axes, keepdims=True) / np.sum(
        colors[0] ** 2, axes, keepdims=True
    )
    np.testing.assert_allclose(
        y, means[1] + contrast * deviations[0] + both * colors[0], atol=1e-5
    )
    draws = {
        "brightness": (brightness.ravel(), -0.5, 0.5),
        "contrast": (contrast.ravel(), 0.5, 1.5),
        "saturation": ((both / contrast).ravel(), 0.0, 2.0),
    }
    for draw, low, high in draws.values():
        assert stats.kstest(draw, "uniform", (low, high - low)).pvalue > 1e-3
        assert draw.min() > low - 1e-4
        assert draw.max() < high + 1e-4
    correlation = np.corrcoef([d for d, _, _ in draws.values()])
    assert np.abs(correlation - np.eye(3)).max() < 0.1


@pytest.mark.parametrize("middle", [0.0, 0.5])
def test_translation_is_a_padded_crop_at_a_uniform_offset(middle):
    # An eighth of 17 is 2, of 28 is 3.5, rounded up.
    reach = (2, 4)
    x = images(600, 17, 28, 2)
    y = augmented(x, ("translation",), value_range=(middle - 1.0, middle + 1.0))
    pad = ((0, 0), (2, 2), (4, 4), (0, 0))
    padded = np.pad(x, pad, constant_values=middle)
    found = np.zeros((600, 5, 9), bool)
    for i in range(5):
        for j in range(9):
            crop = padded[:, i : i + 17, j : j + 28]
            found[:, i, j] = (crop == y).all(axis=(1, 2, 3))
    np.testing.assert_array_equal(found.sum((1, 2)), 1)
    rows, columns = found.sum((0, 2)), found.sum((0, 1))
    assert (len(rows), len(columns)) == tuple(2 * r + 1 for r in reach)
    assert stats.chisquare(rows).pvalue > 1e-3
    assert stats.chisquare(columns).pvalue > 1e-3
    assert stats.chi2_contingency(found.sum(0))[1] > 1e-3


@pytest.mark.parametrize("middle", [0.0, 0.5])
def test_cutout_is_half_a_side_around_a_uniform_centre(middle):
    x = images(1000, 8, 5, 2)
    x[x == middle] += 0.1
    y = augmented(x, "cutout", value_range=(middle - 1.0, middle + 1.0))
    hole = (y == middle).all(-1)
    np.testing.assert_array_equal(y[~hole], x[~hole])
    rows, columns = hole.any(2), hole.any(1)
    np.testing.assert_array_equal(hole, rows[:, :, None] & columns[:, None, :])
    # What a hole of 4 of 8 around 0, ..., 8 and one of 3 of 5 around 0, ..., 4 leave.
    expected = (
        [range(max(c - 2, 0), min(c + 2, 8)) for c in range(9)],
        [range(max(c - 1, 0), min(c + 2, 5)) for c in range(5)],
    )
    for got, spans in zip((rows, columns), expected, strict=True):
        counts = []
        for span in spans:
            line = np.isin(np.arange(got.shape[1]), span)
            counts.append((got == line).all(1).sum())
        assert sum(counts) == 1000
        assert stats.chisquare(counts).pvalue > 1e-3


def test_policies_come_one_after_another_and_each_example_at_its_probability():
    x = images(1000, 8, 8, 1)
    y = augmented(x, "color, translation, cutout", probability=0.3)
    changed = (x != y).any(axis=(1, 2, 3))
    # Cutout leaves none of the changed images without its hole of zeros.
    assert stats.binomtest(int(changed.sum()), 1000, 0.3).pvalue > 1e-3
    assert ((y[changed] == 0.0).sum((1, 2, 3)) >= 4).all()
    np.testing.assert_array_equal(augmented(x, ("color",), probability=0.0), x)


def test_inference_is_the_identity():
    x = images(3, 8, 8, 3)
    layer = DifferentiableAugmentation()
    for kwargs in ({}, {"training": False}):
        np.testing.assert_array_equal(ops.convert_to_numpy(layer(x, **kwargs)), x)


def test_seeds():
    x = images(4, 8, 8, 3)
    layer = DifferentiableAugmentation(seed=3)
    again = DifferentiableAugmentation.from_config(layer.get_config())
    calls = [
        [ops.convert_to_numpy(one(x, training=True)) for _ in range(2)]
        for one in (layer, again)
    ]
    np.testing.assert_array_equal(calls[0], calls[1])
    assert np.abs(calls[0][0] - calls[0][1]).max() > 0.1
    same = np.repeat(x[:1], 4, 0)
    y = ops.convert_to_numpy(layer(same, training=True))
    assert min(np.abs(y[i] - y[j]).max() for i in range(4) for j in range(i)) > 0.1


def test_first_and_second_derivative():
    x = images(3, 6, 8, 2)
    layer = DifferentiableAugmentation(probability=0.8, seed=5)
    state = ops.convert_to_numpy(layer.seed_generator.state).copy()

    def restored(fn):
        def call(x):
            layer.seed_generator.state.assign(state)
            return fn(ops.convert_to_tensor(x.astype("float32")))

        return call

    def cubes(x):
        return ops.sum(layer(x, training=True) ** 3)

    def penalty(x):
        return ops.sum(ops.square(input_gradient(cubes, x)))

    for fn in (cubes, penalty):
        gradient = ops.convert_to_numpy(
            restored(lambda x, fn=fn: input_gradient(fn, x))(x)
        )
        scale = float(np.linalg.norm(gradient))
        for seed in range(3):
            direction = np.random.default_rng(seed).normal(size=x.shape)
            step = 3e-3 * direction
            up, down = (
                float(ops.convert_to_numpy(restored(fn)(x + s))) for s in (step, -step)
            )
            expected = np.sum(gradient.astype("float64") * direction)
            assert (up - down) / 6e-3 == pytest.approx(expected, abs=2e-3 * scale)


def test_batches_of_unknown_size_in_fit():
    # Grey images stay as they are when moved or cut: training must not change.
    x, y = np.full((7, 8, 8, 1), 0.5), np.arange(7.0)[:, None]
    results = []
    for policies in ((), ("translation", "cutout")):
        kwargs = {"value_range": (0.0, 1.0), "seed": 0}
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                *[DifferentiableAugmentation(p, **kwargs) for p in policies],
                layers.Flatten(),
                layers.Dense(1, kernel_initializer="ones"),
            ]
        )
        model.compile(keras.optimizers.SGD(1e-3), "mse")
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"policies": ("color", "blur")}, "`policies` must .* 'blur'"),
        ({"policies": ()}, "`policies` must"),
        ({"value_range": (1.0, 1.0)}, "`value_range` must"),
        ({"probability": 1.5}, "`probability` must .* 1.5"),
    ],
)
def test_errors(kwargs, message):
    with pytest.raises(ValueError, match=message):
        DifferentiableAugmentation(**kwargs)


def test_a_shape_that_does_not_fit():
    with pytest.raises(ValueError, match="`inputs` must have shape"):
        DifferentiableAugmentation().build((None, None, 4, 3))
