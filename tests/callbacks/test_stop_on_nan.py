"""A step that comes out NaN changes nothing, and is named."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as gz
from keras_genzoo.callbacks import Backup, StopOnNaN
from keras_genzoo.training import PhasedModel

SIZE, STEPS = 4, 7
NAN = float("nan")


@keras.saving.register_keras_serializable(package="tests")
class Two(PhasedModel):
    """One's loss is mean(x) a, the other's mean(x) (b - a)."""

    phases = ("one", "other")

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a = self.add_weight(shape=(), initializer="zeros", name="a")
        self.b = self.add_weight(shape=(), initializer="ones", name="b")
        self.built = True

    def phase_variables(self, phase):
        return [self.a if phase == "one" else self.b]

    def default_optimizers(self):
        return {phase: keras.optimizers.SGD(1.0) for phase in self.phases}

    def compute_phase(self, phase, batch, training, shared):
        mean = ops.mean(batch)
        if phase == "one":
            return mean * self.a, {}
        return (self.b - self.a) * mean, {}


def batches(*means):
    return np.repeat(np.array(means, "float32"), SIZE)[:, None]


def fit(x, *callbacks, model=None, epochs=1):
    model = model or Two()
    model.check_data = lambda *args: None
    if not model.compiled:
        model.compile()
    history = model.fit(
        x,
        batch_size=SIZE,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
    )
    return model, history.history


def values(model):
    return [
        ops.convert_to_numpy(v) for v in [*model.variables, *model.optimizer.variables]
    ]


def test_a_bad_loss_is_named_and_nothing_of_its_step_stays():
    model = Two()
    model.compile()
    with pytest.raises(FloatingPointError) as caught:
        fit(batches(1, 2, 3, NAN, 5, 6, 7), StopOnNaN(check_every=2), model=model)
    error = caught.value
    assert (error.phase, error.epoch, error.step) == ("one", 1, 4)
    # a = 0, -1, -3, -6; b = 1, 0, -2, -5: the losses of step 3.
    assert error.last_losses == {"one": 3 * -3, "other": 3 * (-2 + 6)}
    assert np.isnan(error.losses["one"])
    assert "Epoch 1, step 4: the loss of phase 'one' was nan" in str(error)
    assert "The last finite losses: one -9, other 12." in str(error)
    good, _ = fit(batches(1, 2, 3))
    for got, want in zip(values(model), values(good), strict=True):
        np.testing.assert_array_equal(got, want)


def test_a_bad_update_is_blamed_on_its_own_phase():
    model = Two()
    with pytest.raises(FloatingPointError) as caught:
        fit(batches(1, 1), StopOnNaN(), Bad(0), model=model)
    assert caught.value.phase == "one"
    assert "made its weights NaN or infinite (its loss was 0)" in str(caught.value)
    assert "No step before it was finite." in str(caught.value)
    assert float(ops.convert_to_numpy(model.a)) == 0.0


def gan():
    def network(inputs, outputs, seed):
        start = keras.initializers.GlorotUniform(seed)
        return keras.Sequential(
            [
                keras.Input((inputs,)),
                # A bias before a normalisation, the discriminator's included, has no
                # gradient; Adam would make steps out of its rounding.
                keras.layers.Dense(8, use_bias=False, kernel_initializer=start),
                keras.layers.BatchNormalization(center=False),
                keras.layers.Dense(outputs, use_bias=False, kernel_initializer=start),
            ]
        )

    model = gz.GAN(network(3, 5, 0), network(5, 1, 1), average_half_life=20.0, seed=2)
    model.compile()
    return model


def cyclegan():
    def network(outputs, seed):
        start = keras.initializers.GlorotUniform(seed)
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(outputs, 1, kernel_initializer=start),
            ]
        )

    model = gz.CycleGAN(
        *(network(1, seed) for seed in range(4)), image_size=8, pool_size=3, seed=4
    )
    model.compile(learning_rate=gz.training.LinearDecay(1e-2, 4, 1, 3))
    return model


class Some(keras.utils.PyDataset):
    """Batches of these numbers only; those of `bad` are NaN."""

    def __init__(self, shape, numbers, bad=()):
        super().__init__()
        self.shape, self.numbers, self.bad = shape, numbers, bad

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        number = self.numbers[index]
        draw = np.random.default_rng(number)
        sides = draw.random((2, SIZE, *self.shape), dtype="float32")
        if number in self.bad:
            sides[0, 1] = np.nan
        return tuple(sides) if len(self.shape) == 3 else (sides[0],)


@pytest.mark.parametrize(("make", "shape"), [(gan, (5,)), (cyclegan, (8, 8, 1))])
def test_skipping_is_training_without_the_batch(make, shape):
    bad = (1, 4, 5)
    model = make()
    with pytest.warns(RuntimeWarning, match="step 6: the loss.*Skipped: 3 steps"):
        _, history = fit(
            Some(shape, range(STEPS), bad), StopOnNaN(skip=True), model=model
        )
    good = [number for number in range(STEPS) if number not in bad]
    expected = make()
    _, wanted = fit(Some(shape, good), StopOnNaN(skip=True), model=expected)
    assert history.pop("skipped_steps") == [3]
    assert wanted.pop("skipped_steps") == [0]
    assert history == wanted
    for got, want in zip(values(model), values(expected), strict=True):
        np.testing.assert_array_equal(got, want)
    # As good as the step that nobody guards.
    plain = make()
    fit(Some(shape, good), model=plain)
    for got, want in zip(values(model), values(plain), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_too_many_in_a_row_stop_the_training():
    with pytest.raises(FloatingPointError, match="the last of 5 such steps in a row"):
        fit(batches(1, *[NAN] * 5), StopOnNaN(skip=True, limit=3), epochs=2)
    skipping = StopOnNaN(skip=True, limit=3)
    with pytest.warns(RuntimeWarning, match="Skipped: 4 steps"):
        fit(batches(NAN, NAN, 1, NAN, NAN, 1), skipping)


class Counted(Two):
    """Knows how often its step was traced."""

    traced = 0

    def compute_phase(self, phase, *args):
        self.traced += phase == "one"
        return super().compute_phase(phase, *args)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch traces nothing")
def test_another_callback_compiles_nothing_anew():
    model, _ = fit(batches(1, 2), StopOnNaN(), model=Counted())
    traced = model.traced
    fit(batches(1, 2), StopOnNaN(), model=model)
    assert model.traced == traced
    fit(batches(1, 2), StopOnNaN(skip=True), model=model)
    assert model.traced > traced


def test_another_callback_knows_nothing_of_the_last_one():
    with pytest.warns(RuntimeWarning, match="Skipped: 2 steps"):
        model, _ = fit(batches(1, NAN, NAN), StopOnNaN(skip=True, limit=3))
    anew = StopOnNaN(skip=True, limit=3)
    with pytest.warns(RuntimeWarning, match="No step before it was finite"):
        fit(batches(NAN), anew, model=model)
    # The same one goes on counting.
    with pytest.raises(FloatingPointError, match="the last of 3 such steps in a row"):
        fit(batches(NAN, NAN), anew, model=model)


def test_a_guard_is_gone_with_its_callback_and_not_saved(tmp_path):
    model, _ = fit(batches(1, 2), StopOnNaN())
    model.save_weights(tmp_path / "a.weights.h5")
    other = Two()
    other.compile()
    other.load_weights(tmp_path / "a.weights.h5")
    _, history = fit(batches(NAN), model=model)
    assert np.isnan(history["loss"][0])
    assert np.isnan(ops.convert_to_numpy(model.a))


@pytest.mark.parametrize("guards", [[StopOnNaN], []])
def test_no_bad_state_replaces_a_good_one(guards, tmp_path):
    callbacks = [Bad(1), *(guard() for guard in guards), Backup(tmp_path)]
    if guards:
        with pytest.raises(FloatingPointError, match="Epoch 2, step 1"):
            fit(batches(1, 2), *callbacks, epochs=2)
    else:
        with pytest.warns(RuntimeWarning, match="a has NaN or infinite values"):
            fit(batches(1, 2), *callbacks, epochs=2)
    kept = Two()
    kept.compile()
    assert Backup(tmp_path).restore(kept).epoch == 1
    assert np.isfinite(ops.convert_to_numpy(kept.a))


class Bad(keras.callbacks.Callback):
    """Makes an optimizer's rate NaN from one epoch on."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.model.optimizer["one"].learning_rate.assign(NAN)


def test_bad_arguments_are_named():
    for name in ("check_every", "limit"):
        with pytest.raises(ValueError, match=f"`{name}` must be a positive integer"):
            StopOnNaN(**{name: 0})
    with pytest.raises(ValueError, match="one guard of the steps at most"):
        fit(batches(1), StopOnNaN(), StopOnNaN())
    plain = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    plain.compile("sgd", "mse")
    with pytest.raises(TypeError, match="`StopOnNaN` needs a model of keras_genzoo"):
        plain.fit(batches(1), batches(1), verbose=0, callbacks=[StopOnNaN()])
