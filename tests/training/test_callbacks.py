"""Stock Keras callbacks on a model of two phases."""

import csv

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")


def gan():
    model = gz.GAN(
        networks.mlp_generator((3,), 2, (4,), seed=0),
        networks.mlp_discriminator((3,), (4,), seed=1),
        seed=0,
    )
    model.compile()
    return model


def fit(model, callbacks, epochs=3, **kwargs):
    return model.fit(
        X,
        batch_size=16,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=callbacks,
        **kwargs,
    ).history


def rates(model):
    return {
        phase: float(ops.convert_to_numpy(model.optimizer[phase].learning_rate))
        for phase in model.phases
    }


def test_model_checkpoint_keeps_the_best(tmp_path):
    path = tmp_path / "best.keras"
    model = gan()
    history = fit(
        model,
        [
            keras.callbacks.ModelCheckpoint(
                path, monitor="generator_loss", mode="max", save_best_only=True
            )
        ],
        epochs=4,
    )
    best = int(np.argmax(history["generator_loss"])) + 1
    again = gan()
    fit(again, [], epochs=best)
    loaded = keras.saving.load_model(path)
    for got, expected in zip(loaded.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)
    assert int(ops.convert_to_numpy(loaded.optimizer.iterations)) == 2 * best


def test_early_stopping_restores_weights():
    model = gan()
    stop = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        mode="max",
        patience=0,
        restore_best_weights=True,
        min_delta=100.0,
    )
    history = fit(model, [stop], epochs=5, validation_data=(X,))
    assert len(history["loss"]) == 2
    first = gan()
    fit(first, [], epochs=1)
    for got, expected in zip(model.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_learning_rates_change_for_every_phase_and_are_logged_by_name():
    model = gan()
    model.optimizer["generator"].learning_rate = 1e-4
    history = fit(
        model,
        [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)],
    )
    assert rates(model) == pytest.approx(
        {"discriminator": 2e-4 / 8, "generator": 1e-4 / 8}
    )
    assert history["learning_rate_generator"] == pytest.approx([5e-5, 2.5e-5, 1.25e-5])
    assert history["learning_rate_discriminator"] == pytest.approx([1e-4, 5e-5, 2.5e-5])


def test_a_smaller_rate_is_what_training_uses():
    still = gan()
    before = [ops.convert_to_numpy(v) for v in still.trainable_variables]
    fit(still, [keras.callbacks.LearningRateScheduler(lambda epoch: 0.0)])
    for old, new in zip(before, still.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(new))


def test_reduce_on_plateau_reaches_every_phase():
    model = gan()
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="loss", factor=0.1, patience=1, min_delta=100.0
    )
    history = fit(model, [plateau], epochs=4)
    assert history["learning_rate_generator"] == pytest.approx([2e-4, 2e-4, 2e-5, 2e-6])
    assert rates(model) == pytest.approx({"discriminator": 2e-7, "generator": 2e-7})


def test_csv_logger_and_tensorboard(tmp_path):
    history = fit(
        gan(),
        [
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.TensorBoard(tmp_path / "board", update_freq=1),
        ],
    )
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["discriminator_loss"]) for r in rows] == pytest.approx(
        history["discriminator_loss"]
    )
    assert list((tmp_path / "board").rglob("events.out.tfevents.*"))


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_nan_in_either_phase_terminates(player):
    # Linear networks: some kernels' ReLU makes a 0 of NaN.
    model = gz.GAN(
        networks.mlp_generator((3,), 2, (), seed=0),
        networks.mlp_discriminator((3,), (), seed=1),
        seed=0,
    )
    model.compile()
    kernel = getattr(model, player).trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    history = fit(model, [keras.callbacks.TerminateOnNaN()], epochs=3)
    assert len(history["loss"]) == 1
    with pytest.raises(RuntimeError, match="NaN or Inf loss"):
        fit(model, [keras.callbacks.TerminateOnNaN(raise_error=True)])


def test_swapped_averages_in_evaluation():
    model = gan()
    model.compile(
        generator_optimizer=keras.optimizers.Adam(1e-2, use_ema=True),
        discriminator_optimizer=keras.optimizers.Adam(1e-2, use_ema=True),
    )
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen.append(self.model.generator.get_weights()[0].copy())

        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.generator.get_weights()[0].copy())

    fit(
        model,
        [keras.callbacks.SwapEMAWeights(swap_on_epoch=False), Watch()],
        epochs=1,
        validation_data=(X,),
    )
    assert np.abs(seen[0] - seen[1]).max() > 1e-4
