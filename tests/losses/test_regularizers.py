"""The regularizer objects: weights, what they see, saving, errors."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo import losses

REAL = np.array([[1.0, 0.0], [0.0, 2.0]], "float32")
FAKE = np.array([[3.0, 0.0], [0.0, 0.0]], "float32")
EVERY_KIND = [
    losses.GradientPenalty(weight=0.1, one_sided=True, every=3),
    losses.R1(gamma=2.5, every=16),
    losses.R2(gamma=0.5),
    losses.Orthogonality(weight=1e-3, phase="discriminator", every=2),
]


def half_square(x):
    """Its gradient is x."""
    return 0.5 * ops.sum(ops.square(x), axis=-1, keepdims=True)


def penalty(
    regularizer, critic=half_square, real=REAL, fake=FAKE, variables=(), seed=None
):
    seed = seed or keras.random.SeedGenerator(0)
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    value = regularizer.penalty(critic, real, fake, list(variables), seed)
    assert value.shape == ()
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    return float(ops.convert_to_numpy(value))


def test_r1_sees_real_and_r2_generated_examples():
    # Means over the batch of the halved squared norms (1 + 4) / 2 and (9 + 0) / 2.
    assert penalty(losses.R1(gamma=10.0)) == pytest.approx(10.0 * 0.5 * 5 / 2)
    assert penalty(losses.R2(gamma=10.0)) == pytest.approx(10.0 * 0.5 * 9 / 2)
    assert penalty(losses.R1(gamma=3.0, every=4)) == pytest.approx(3.0 * 0.5 * 5 / 2)


def test_gradient_penalty_weighs_the_mean():
    def linear(x):
        return ops.matmul(x, np.array([[0.3], [0.4]], "float32"))

    assert penalty(losses.GradientPenalty(), linear) == pytest.approx(10 * 0.25)
    assert penalty(losses.GradientPenalty(0.1), linear) == pytest.approx(0.025)
    assert penalty(losses.GradientPenalty(one_sided=True), linear) == 0.0


def test_gradient_penalty_draws_one_uniform_weight_an_example():
    """Real examples are 1, generated ones 0: every pixel is its example's weight."""
    n, shape = 2000, (2, 3, 1)
    d = np.prod(shape)

    def critic(x):
        return 0.5 * ops.sum(ops.square(x), axis=(1, 2, 3))

    real, fake = np.ones((n, *shape), "float32"), np.zeros((n, *shape), "float32")
    got = penalty(losses.GradientPenalty(1.0), critic, real, fake)
    # The norm is sqrt(d) w, and E (sqrt(d) w - 1)^2 with w uniform and shared by all
    # pixels is d / 3 - sqrt(d) + 1 = 0.55; 0.05 is 4 standard errors.
    assert got == pytest.approx(d / 3 - np.sqrt(d) + 1, abs=0.05)


def test_gradient_penalty_draws_anew_and_repeats_with_the_seed():
    def draws():
        seed = keras.random.SeedGenerator(7)
        return [penalty(losses.GradientPenalty(), seed=seed) for _ in range(2)]

    first, second = draws()
    assert first != second
    assert draws() == [first, second]


def test_orthogonality_takes_kernels_and_leaves_embeddings():
    embedding = keras.layers.Embedding(5, 4, embeddings_initializer="ones")
    dense = keras.layers.Dense(3, kernel_initializer="ones", bias_initializer="ones")
    conv = keras.layers.Conv2D(
        2, 1, kernel_initializer=keras.initializers.Constant(2.0)
    )
    embedding.build(())
    dense.build((None, 4))
    conv.build((None, 1, 3, 1))
    variables = [v for part in (embedding, dense, conv) for v in part.variables]
    # Three rows of four ones: six products of 4. Two rows of one 2: two products of 4.
    expected = 6 * 4.0**2 + 2 * 4.0**2
    got = penalty(losses.Orthogonality(0.01), None, variables=variables)
    assert got == pytest.approx(0.01 * expected)
    assert penalty(losses.Orthogonality(0.01), None) == 0.0


def test_what_a_model_must_know():
    first_order = losses.Orthogonality()
    assert first_order.phase == "generator"
    assert losses.Orthogonality(phase="discriminator").phase == "discriminator"
    assert not first_order.needs_examples_apart
    assert not first_order.needs_second_derivative
    for regularizer in (losses.GradientPenalty(), losses.R1(), losses.R2()):
        assert regularizer.phase == "discriminator"
        assert regularizer.needs_examples_apart
        assert regularizer.needs_second_derivative
        assert regularizer.every == 1


@pytest.mark.parametrize("regularizer", EVERY_KIND, ids=lambda r: r.name)
def test_serialisation_round_trip(regularizer):
    config = keras.saving.serialize_keras_object(regularizer)
    (again,) = losses.get_regularizers(config)
    assert type(again) is type(regularizer)
    assert again is not regularizer
    assert again.get_config() == regularizer.get_config()
    assert vars(again) == vars(regularizer)
    assert vars(again) != vars(type(regularizer)())


def test_get_regularizers():
    assert losses.get_regularizers(None) == ()
    assert losses.get_regularizers([]) == ()
    assert losses.get_regularizers(tuple(EVERY_KIND)) == tuple(EVERY_KIND)
    for kind, name in (
        (losses.GradientPenalty, "gradient_penalty"),
        (losses.R1, "r1"),
        (losses.R2, "r2"),
        (losses.Orthogonality, "orthogonality"),
    ):
        (got,) = losses.get_regularizers(name)
        assert type(got) is kind
        assert got.get_config() == kind().get_config()
    mixed = ["r1", losses.R2(3.0), keras.saving.serialize_keras_object(losses.R1(4.0))]
    assert [r.gamma for r in losses.get_regularizers(mixed)] == [10.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "identifier",
    [
        "l2",
        10.0,
        losses.R1,
        {"gamma": 10.0},
        {"class_name": "Nowhere", "config": {}},
        keras.saving.serialize_keras_object(keras.regularizers.L2(0.1)),
        ["r1", None],
    ],
    ids=str,
)
def test_unknown_regularizers(identifier):
    with pytest.raises(ValueError, match="`regularizer` must be None, one of"):
        losses.get_regularizers(identifier)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: losses.GradientPenalty(weight=0.0), "weight"),
        (lambda: losses.GradientPenalty(weight="10"), "weight"),
        (lambda: losses.GradientPenalty(one_sided=1), "one_sided"),
        (lambda: losses.GradientPenalty(every=0), "every"),
        (lambda: losses.R1(gamma=-1.0), "gamma"),
        (lambda: losses.R1(gamma=float("nan")), "gamma"),
        (lambda: losses.R1(gamma=True), "gamma"),
        (lambda: losses.R2(gamma=float("inf")), "gamma"),
        (lambda: losses.R2(every=1.5), "every"),
        (lambda: losses.R2(every=True), "every"),
        (lambda: losses.Orthogonality(weight=None), "weight"),
        (lambda: losses.Orthogonality(phase="critic"), "phase"),
    ],
)
def test_errors_name_the_argument(make, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        make()
