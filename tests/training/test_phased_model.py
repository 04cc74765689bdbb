"""The engine against steps worked out by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.training import PhaseOptimizer
from tests.training.two_players import Sharing, TwoPlayers

X = np.array([[1.0], [2.0], [3.0], [6.0]], "float32")


def number(variable):
    return float(ops.convert_to_numpy(variable))


def test_a_later_phase_sees_what_an_earlier_one_has_updated():
    model = TwoPlayers()
    model.compile()
    model.fit(X, batch_size=4, shuffle=False, verbose=0)
    # a: 0 - 0.25 * 2 * (0 - 3) = 1.5; b: 0 - 0.25 * 2 * (0 - 2 * 1.5) = 1.5
    assert number(model.a) == pytest.approx(1.5)
    assert number(model.b) == pytest.approx(1.5)


def test_a_repeated_phase_gets_its_own_part_of_the_batch_each_time():
    model = TwoPlayers(first_turns=2)
    model.compile()
    history = model.fit(X, batch_size=4, shuffle=False, verbose=0).history
    # Parts with means 1.5 and 4.5: a = 0 -> 0.75 -> 2.625; b = 2.625.
    assert number(model.a) == pytest.approx(2.625)
    assert number(model.b) == pytest.approx(2.625)
    assert history["a_seen"][0] == pytest.approx((0.0 + 0.75) / 2)
    losses = (1.5**2 + 3.75**2) / 2 + 5.25**2
    assert history["loss"][0] == pytest.approx(losses)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_short_last_batch_gives_every_turn_an_example(size):
    model = TwoPlayers(first_turns=3)
    model.compile()
    model.fit(X[:size], batch_size=4, shuffle=False, verbose=0)
    a = 0.0
    for i in range(3):
        begin = min(i * size // 3, size - 1)
        end = max((i + 1) * size // 3, begin + 1)
        a += 0.5 * (X[begin:end].mean() - a)
    assert number(model.a) == pytest.approx(a)


def test_metrics_are_means_over_examples_of_uneven_batches():
    model = TwoPlayers()
    model.compile()
    model.fit(X, batch_size=3, shuffle=False, verbose=0)
    a, b = number(model.a), number(model.b)
    logs = model.evaluate(X, batch_size=3, verbose=0, return_dict=True)
    first = (3 * (a - 2.0) ** 2 + (a - 6.0) ** 2) / 4
    assert logs["loss"] == pytest.approx(first + (b - 2 * a) ** 2, rel=1e-5)
    assert logs["a_seen"] == pytest.approx(a)
    assert model.examples_seen == 4
    listed = model.evaluate(X, batch_size=3, verbose=0)
    assert dict(zip(model.metrics_names, listed, strict=True)) == pytest.approx(logs)


def test_evaluate_changes_no_weight():
    model = TwoPlayers()
    model.compile()
    model.evaluate(X, verbose=0)
    assert (number(model.a), number(model.b)) == (0.0, 0.0)
    assert number(model.optimizer.iterations) == 0


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_shared_work_is_done_once_and_gives_the_same_gradients(options):
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    models = [Sharing(share) for share in (True, False)]
    for model in models:
        model.compile(**options)
        model.fit(x, batch_size=4, shuffle=False, verbose=0)
    shared, apart = models
    for name in ("w", "u", "v"):
        np.testing.assert_allclose(
            ops.convert_to_numpy(getattr(shared, name)),
            ops.convert_to_numpy(getattr(apart, name)),
            rtol=1e-5,
        )
    assert number(shared.calls) == 2
    assert number(apart.calls) == 4


@pytest.mark.parametrize("repetition", range(5))
def test_shared_work_trains_as_numpy_says(repetition):
    # Repeated: the loss is linear in u and in w, so that a backend which updated one
    # before it has read it for the other's gradient would differ now and then.
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    model = Sharing()
    model.compile()
    model.train_on_batch(x)
    # First player: v from 0 towards tanh(x), mean over 12 numbers.
    y = np.tanh(x)
    v = 0.1 * 2.0 * y.sum(0) / 12
    residual = v * y - 1.0
    d_w = (2.0 * residual * v * (1 - y**2) * x + 1.0).sum(0) / 12
    d_u = (-2.0 * residual + 1.0).sum(0) / 12
    for variable, expected in (
        (model.v, v),
        (model.w, 1 - 0.1 * d_w),
        (model.u, 1 - 0.1 * d_u),
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(variable), expected, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize(
    "options",
    [
        {"run_eagerly": True},
        {"jit_compile": False},
        {"jit_compile": True},
    ],
)
def test_every_way_to_run_a_step_gives_the_same_result(options):
    model = TwoPlayers()
    model.compile(**options)
    model.fit(X, batch_size=2, epochs=2, shuffle=False, verbose=0)
    a = b = 0.0
    for mean in (1.5, 4.5, 1.5, 4.5):
        a += 0.5 * (mean - a)
        b += 0.5 * (2 * a - b)
    assert number(model.a) == pytest.approx(a, rel=1e-5)
    assert number(model.b) == pytest.approx(b, rel=1e-5)


def test_several_steps_per_execution():
    model = TwoPlayers()
    if keras.backend.backend() == "torch":
        model.compile(steps_per_execution=2)
        with pytest.raises(ValueError, match="steps_per_execution"):
            model.fit(X, batch_size=1, verbose=0)
        return
    one = TwoPlayers()
    for m, steps in ((one, 1), (model, 2)):
        m.compile(steps_per_execution=steps)
        m.fit(X, batch_size=1, epochs=3, shuffle=False, verbose=0)
    assert number(model.b) == pytest.approx(number(one.b), rel=1e-6)
    assert number(model.optimizer.iterations) == 12


def test_train_on_batch_and_test_on_batch():
    model = TwoPlayers()
    model.compile()
    logs = model.train_on_batch(X, return_dict=True)
    assert number(logs["loss"]) == pytest.approx(9.0 + 9.0)
    assert number(model.a) == pytest.approx(1.5)
    logs = model.test_on_batch(X, return_dict=True)
    assert number(logs["loss"]) == pytest.approx(1.5**2 + 1.5**2)


def test_each_phase_keeps_its_own_schedule_clipping_and_average():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.25, 0.0])
    model = TwoPlayers()
    model.compile(
        first_optimizer=keras.optimizers.SGD(schedule),
        second_optimizer=keras.optimizers.SGD(
            0.25, clipvalue=1.0, use_ema=True, ema_momentum=0.5
        ),
    )
    for _ in range(3):
        model.train_on_batch(X)
    # The schedule stops a after two steps (it reads 0.25 at iterations 0 and 1).
    assert number(model.a) == pytest.approx(1.5 + 0.75)
    # Gradients of b are below -1 each time: three clipped steps of 0.25.
    assert number(model.b) == pytest.approx(0.75)
    average = model.optimizer["second"].variables[-1]
    expected = 0.0
    for value in (0.25, 0.5, 0.75):
        expected = 0.5 * expected + 0.5 * value
    # Keras seeds the average with the first value.
    assert 0.25 < number(average) < 0.75
    model.optimizer.finalize_variable_values(model.trainable_variables)
    assert number(model.b) == pytest.approx(number(average))


def test_a_phase_optimizer_can_be_given_whole_by_dictionary_or_by_name():
    composite = PhaseOptimizer(
        {"first": keras.optimizers.SGD(0.25), "second": keras.optimizers.SGD(0.0)}
    )
    for kwargs in (
        {"optimizer": composite},
        {"optimizer": {"second": keras.optimizers.SGD(0.0)}},
        {"second_optimizer": keras.optimizers.SGD(0.0)},
    ):
        model = TwoPlayers()
        model.compile(**kwargs)
        model.train_on_batch(X)
        assert number(model.a) == pytest.approx(1.5)
        assert number(model.b) == 0.0


def test_compile_refuses_what_it_cannot_mean():
    cases = [
        ({"optimizer": "adam"}, "for each of"),
        ({"third_optimizer": "adam"}, "unknown argument 'third_optimizer'"),
        ({"first": "adam"}, "unknown argument 'first'"),
        ({"optimizer": {"first": "adam"}, "first_optimizer": "sgd"}, "two optimizers"),
        ({"optimizer": {"third": "adam"}}, r"names \['third'\]"),
        (
            {"optimizer": PhaseOptimizer({"second": "sgd", "first": "sgd"})},
            "in this order",
        ),
    ]
    for kwargs, message in cases:
        with pytest.raises(ValueError, match=message):
            TwoPlayers().compile(**kwargs)


def test_an_optimizer_serves_one_model():
    shared = keras.optimizers.Adam()
    TwoPlayers().compile(first_optimizer=shared)
    with pytest.raises(ValueError, match="own instance"):
        TwoPlayers().compile(first_optimizer=shared)


def test_the_optimizer_is_applied_by_phase_only():
    model = TwoPlayers()
    model.compile()
    with pytest.raises(TypeError, match="one phase at a time"):
        model.optimizer.apply([], [])
    with pytest.raises(AttributeError, match="for each phase"):
        _ = model.optimizer.learning_rate
    with pytest.raises(AttributeError, match="one phase"):
        model.optimizer.learning_rate = 0.1


def test_metrics_must_be_those_declared():
    class Undeclared(TwoPlayers):
        metric_names = ("something_else",)

    model = Undeclared()
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="a_seen"):
        model.train_on_batch(X)


def test_save_and_load_restore_weights_optimizers_and_compile(tmp_path):
    model = TwoPlayers(first_turns=2)
    model.compile(first_optimizer=keras.optimizers.SGD(0.25, momentum=0.9))
    model.fit(X, batch_size=2, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.first_turns == 2
    assert len(loaded.optimizer.variables) == len(model.optimizer.variables)
    for m in (model, loaded):
        m.fit(X, batch_size=2, epochs=2, shuffle=False, verbose=0)
    assert number(loaded.a) == number(model.a)
    assert number(loaded.b) == number(model.b)
    assert loaded.get_compile_config()["jit_compile"] == "auto"
