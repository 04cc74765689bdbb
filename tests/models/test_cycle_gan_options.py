"""CycleGAN with regularizers and augmentation, against formulas."""

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo import losses
from tests.models.pixelwise_cycle_gan import (
    RATE,
    SIDE,
    assert_resumes,
    four,
    number,
    pictures,
    small,
)

NETWORKS = ("a_to_b", "b_to_a", "discriminator_a", "discriminator_b")
PIXELS = SIDE * SIDE


def test_penalties_of_a_linear_discriminator():
    """The mean logit over n pixels has the gradient w / n at each, everywhere."""
    r1, r2, every = 30.0, 20.0, 2
    model = small(regularizer=[losses.R1(r1, every=every), losses.R2(r2)])
    plain = small()
    for step in range(3):
        for name in NETWORKS:
            getattr(plain, name).set_weights(getattr(model, name).get_weights())
        kernels = {s: _kernel(model, s) for s in "ab"}
        a, b = pictures(2, seed=step), pictures(2, seed=10 + step)
        for each in (model, plain):
            each.reset_metrics()
        logs = model.train_on_batch(a, b, return_dict=True)
        plain_logs = plain.train_on_batch(a, b, return_dict=True)
        gamma = r2 + (every * r1 if step % every == 0 else 0.0)
        total = number(plain_logs["loss"])
        for side, w in kernels.items():
            penalty = gamma / 2 * w**2 / PIXELS
            got = number(logs[f"discriminator_{side}_penalty"])
            assert got == pytest.approx(penalty, rel=1e-5)
            total += penalty
            moved = _kernel(model, side) - _kernel(plain, side)
            assert moved == pytest.approx(-RATE * gamma * w / PIXELS, rel=1e-3)
        assert number(logs["loss"]) == pytest.approx(total, rel=1e-5)
        for name in ("a_to_b", "b_to_a"):
            for got, want in zip(
                getattr(model, name).get_weights(),
                getattr(plain, name).get_weights(),
                strict=True,
            ):
                np.testing.assert_allclose(got, want, atol=1e-7)


def _kernel(model, side):
    return getattr(model, f"discriminator_{side}").get_weights()[0].item()


def test_orthogonality_is_of_each_generator():
    model = small(a=2, b=3, regularizer=losses.Orthogonality(0.1))
    logs = model.test_on_batch(pictures(2, 2), pictures(2, 3, seed=1), return_dict=True)
    for name in ("a_to_b", "b_to_a"):
        columns = getattr(model, name).get_weights()[0][0, 0]
        gram = columns.T @ columns
        expected = 0.1 * np.sum(np.square(gram - np.diag(np.diag(gram))))
        assert number(logs[f"{name}_penalty"]) == pytest.approx(expected, rel=1e-5)
    assert "discriminator_a_penalty" not in logs


def test_augmentation_is_in_both_turns_and_only_in_training():
    """A brightness of U(-1/2, 1/2) adds w^2 / 12 to the mean of a square.

    On images of one grey the other policies of "color" do nothing.
    """
    model = small(augment="color")
    model.compile({p: keras.optimizers.SGD(0.0) for p in model.phases})
    for side in "ab":
        getattr(model, f"discriminator_{side}").set_weights(
            [np.full((1, 1, 1, 1), 3.0), np.zeros(1)]
        )
    a, b = (np.full((4000, SIDE, SIDE, 1), grey, "float32") for grey in (0.3, 0.6))
    plain = model.test_on_batch(a, b, return_dict=True)
    plain = {name: number(value) for name, value in plain.items()}
    model.reset_metrics()
    logs = model.train_on_batch(a, b, return_dict=True)
    for direction, side in (("a_to_b", "b"), ("b_to_a", "a")):
        more = _kernel(model, side) ** 2 / 12
        name = f"adversarial_{direction}"
        assert number(logs[name]) - plain[name] == pytest.approx(more, rel=0.2)
        # Half the square of real images, half that of generated ones.
        name = f"discriminator_{side}_loss"
        assert number(logs[name]) - plain[name] == pytest.approx(more, rel=0.2)
        name = f"cycle_{side}"
        assert number(logs[name]) == pytest.approx(plain[name], rel=1e-5)


def test_a_resumed_run_with_every_option_ends_as_an_uninterrupted_one(tmp_path):
    def new():
        model = gz.CycleGAN(
            *four(),
            image_size=SIDE,
            objective="relativistic",
            pool_size=3,
            regularizer=[losses.R1(3.0, every=3), "gradient_penalty", "orthogonality"],
            augment=gz.layers.DifferentiableAugmentation(
                ("color", "translation"), seed=2, name="changes"
            ),
            seed=5,
        )
        model.compile(learning_rate=1e-3)
        return model

    loaded, expected = assert_resumes(new, tmp_path / "cyclegan.keras"), new()
    assert [r.get_config() for r in loaded.regularizers] == [
        r.get_config() for r in expected.regularizers
    ]
    assert loaded.augmentation.get_config() == expected.augmentation.get_config()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="of PyTorch alone")
def test_second_derivatives_are_refused_to_the_compiler():
    model = small(regularizer="r1")
    with pytest.raises(ValueError, match="`jit_compile` must be False or 'auto'"):
        model.compile(jit_compile=True)
