"""Numbers in the logs of `fit`, and the callbacks that watch them."""

import keras
import numpy as np
import pytest

from keras_genzoo.callbacks import FrechetDistance, LikelihoodBound, SampleQuality
from keras_genzoo.evaluation import (
    extract_features,
    feature_statistics,
    frechet_distance,
    pixel_features,
    precision_recall,
    sample_batches,
)
from tests.callbacks.fake_model import FakeModel, compiled, data
from tests.models.linear_gaussian import best_posterior, draw, linear_vae, set_weights

REFERENCE = np.random.default_rng(9).random((60, 2, 2, 1), dtype="float32")


def samples(weight):
    """What a `FakeModel` of this weight gives to the callbacks below."""
    model = FakeModel()
    model.dense.kernel.assign([[weight]])
    return extract_features(sample_batches(model, 40, 0, 16), pixel_features)


def test_the_distance_is_in_the_history():
    watch = FrechetDistance(REFERENCE, n=40, every=2, batch_size=16)
    model = compiled(learning_rate=0.1)
    weights = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.append(
            float(keras.ops.convert_to_numpy(model.dense.kernel)[0, 0])
        )
    )
    history = model.fit(*data(), epochs=5, callbacks=[watch, note], verbose=0).history[
        "frechet_distance"
    ]
    reference = REFERENCE.reshape(60, -1)
    first, second, fourth = (
        frechet_distance(reference, samples(weights[i])).value for i in (0, 1, 3)
    )
    expected = [first, second, second, fourth, fourth]
    assert history == pytest.approx(expected, rel=1e-6)
    assert len({first, second, fourth}) == 3
    assert [m.epochs for m in watch.measured] == [1, 2, 4]
    assert watch.last.epochs == 4
    best = min((first, 1), (second, 2), (fourth, 4))
    assert watch.best.epochs == best[1]
    assert f"best frechet_distance {best[0]:.4g} after {best[1]} ep" in str(watch)
    assert f"last frechet_distance {fourth:.4g} after 4 epochs" in str(watch)


def test_statistics_serve_as_reference():
    statistics = feature_statistics(REFERENCE, pixel_features)
    watch = FrechetDistance(statistics, n=40, batch_size=16)
    history = compiled().fit(*data(), callbacks=[watch], verbose=0).history
    expected = frechet_distance(REFERENCE.reshape(60, -1), samples(0.25)).value
    assert history["frechet_distance"] == pytest.approx([expected], rel=1e-6)


def test_checkpoints_and_early_stopping_see_the_numbers(tmp_path):
    """A fixed model: nothing improves after the first epoch."""
    watch = SampleQuality(REFERENCE, n=40, every=2, batch_size=16, subset_size=30)
    saved = keras.callbacks.ModelCheckpoint(
        str(tmp_path / "{epoch}.weights.h5"),
        monitor="coverage",
        mode="max",
        save_best_only=True,
        save_weights_only=True,
    )
    stop = keras.callbacks.EarlyStopping("kernel_distance", mode="min", patience=3)
    history = (
        compiled()
        .fit(*data(), epochs=20, callbacks=[watch, saved, stop], verbose=0)
        .history
    )
    assert [p.name for p in tmp_path.iterdir()] == ["1.weights.h5"]
    assert len(history["kernel_distance"]) == 4
    scores = precision_recall(REFERENCE.reshape(60, -1), samples(0.25))
    for name in ("precision", "recall", "density", "coverage"):
        assert history[name][0] == pytest.approx(getattr(scores, name).value)


def test_the_bound_is_the_models():
    w = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 2)))[0]
    model = linear_vae(5, 2, 0.5)
    v, variances, _ = best_posterior(w, 0.5)
    set_weights(model, w, v, variances)
    model.compile(optimizer=keras.optimizers.SGD(1e-3))
    x = draw(w, 0.5, 64)
    watch = LikelihoodBound(x, samples=5)
    history = model.fit(
        x, batch_size=32, epochs=2, callbacks=[watch], verbose=0
    ).history
    expected = model.importance_weighted_bound(x, samples=5, seed=0).mean()
    assert history["likelihood_bound"][1] == pytest.approx(expected, rel=1e-5)
    assert watch.best.values["likelihood_bound"] == max(history["likelihood_bound"])


def test_wrong_use_is_refused():
    with pytest.raises(ValueError, match="`every`"):
        FrechetDistance(REFERENCE, every=0)
    with pytest.raises(ValueError, match="`n`"):
        SampleQuality(REFERENCE, n=0)
    with pytest.raises(ValueError, match="`monitor`"):
        SampleQuality(REFERENCE, monitor="loss")
    with pytest.raises(ValueError, match="`samples`"):
        LikelihoodBound(REFERENCE, samples=0)
    with pytest.raises(ValueError, match="NaN"):
        FrechetDistance(REFERENCE * np.nan)
    with pytest.raises(TypeError, match="importance_weighted_bound"):
        compiled().fit(*data(), callbacks=[LikelihoodBound(REFERENCE)], verbose=0)
    plain = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    plain.compile("sgd", "mse")
    with pytest.raises(TypeError, match="`sample`"):
        plain.fit(*data(), callbacks=[FrechetDistance(REFERENCE)], verbose=0)
