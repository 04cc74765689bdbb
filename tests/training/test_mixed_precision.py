"""Half precision: a loss scale for each phase, and losses in float32."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as gz
from keras_genzoo import networks

X = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1), dtype="uint8")


def gan():
    return gz.GAN(
        networks.dcgan_generator((28, 28, 1), 8, width=8, seed=0),
        networks.dcgan_discriminator((28, 28, 1), width=8, seed=1),
        seed=0,
    )


def vae():
    return gz.VAE(
        networks.conv_encoder((28, 28, 1), 4, width=8, seed=0),
        networks.conv_decoder((28, 28, 1), 4, width=8, seed=1),
        likelihood="bernoulli",
        seed=0,
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("build", [gan, vae])
def test_a_mixed_step_is_close_to_the_full_one(build, policy):
    full = build()
    full.compile()
    expected = full.fit(X, batch_size=16, shuffle=False, verbose=0).history
    keras.config.set_dtype_policy(policy)
    mixed = build()
    mixed.compile()
    scaled = [
        isinstance(o, keras.optimizers.LossScaleOptimizer)
        for o in mixed.optimizer.optimizers
    ]
    assert all(scaled) == any(scaled) == (policy == "mixed_float16")
    history = mixed.fit(X, batch_size=16, shuffle=False, verbose=0).history
    assert {v.dtype for v in mixed.trainable_variables} == {"float32"}
    assert history["loss"][0] == pytest.approx(expected["loss"][0], rel=0.05)
    assert mixed.metrics[0].totals.dtype == "float32"


def test_an_overflow_in_one_phase_skips_that_phase_alone():
    keras.config.set_dtype_policy("mixed_float16")
    model = gan()
    model.compile()
    model.train_on_batch(X[:16])
    scales = [o.dynamic_scale for o in model.optimizer.optimizers]
    model.optimizer["discriminator"].dynamic_scale.assign(1e38)
    before = {
        phase: [ops.convert_to_numpy(v) for v in model.phase_variables(phase)]
        for phase in model.phases
    }
    model.train_on_batch(X[:16])
    moved = {
        phase: any(
            np.any(ops.convert_to_numpy(v) != old)
            for v, old in zip(model.phase_variables(phase), before[phase], strict=True)
        )
        for phase in model.phases
    }
    assert moved == {"discriminator": False, "generator": True}
    assert float(ops.convert_to_numpy(scales[0])) == pytest.approx(0.5e38, rel=1e-3)
    assert float(ops.convert_to_numpy(scales[1])) == 2.0**15


def test_a_mixed_model_comes_back_from_its_file(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    model = gan()
    model.compile()
    model.fit(X, batch_size=16, shuffle=False, verbose=0)
    model.save(tmp_path / "gan.keras")
    keras.config.set_dtype_policy("float32")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for got, expected in zip(
        loaded.optimizer.variables, model.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(got), ops.convert_to_numpy(expected)
        )
    assert {layer.compute_dtype for layer in loaded.generator.layers[1:]} == {"float16"}
