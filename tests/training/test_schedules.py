import keras
import pytest

from keras_genzoo.training import LinearDecay, LinearWarmup


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.1), (1, 0.2), (5, 0.6), (10, 1.1), (1000, 1.1)]
)
def test_warmup_is_a_line_and_then_flat(step, expected):
    schedule = LinearWarmup(10, 0.1, 1.1)
    assert float(schedule(step)) == pytest.approx(expected)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(schedule)
    )
    assert float(again(step)) == pytest.approx(expected)


@pytest.mark.parametrize("steps", [0, -1, 2.5, True])
def test_steps_must_be_a_positive_integer(steps):
    with pytest.raises(ValueError, match="`steps` must be a positive integer, got"):
        LinearWarmup(steps)


def test_linear_decay_is_that_of_the_authors_code():
    # `1 - max(0, epoch + 1 - n_epochs) / (n_epochs_decay + 1)`, epochs from 0.
    schedule = LinearDecay(2e-4, steps_per_epoch=5, epochs=3, decay_epochs=4)
    for step in range(35):
        factor = 1.0 - max(0, step // 5 + 1 - 3) / (4 + 1)
        assert float(schedule(step)) == pytest.approx(2e-4 * factor)
    assert float(schedule(34)) == float(schedule(1000)) == pytest.approx(2e-4 / 5)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(schedule)
    )
    assert again.get_config() == schedule.get_config()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"rate": 0.0}, "rate"),
        ({"steps_per_epoch": 0}, "steps_per_epoch"),
        ({"epochs": 1.5}, "epochs"),
        ({"decay_epochs": True}, "decay_epochs"),
    ],
)
def test_linear_decay_refuses(options, name):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive"):
        LinearDecay(**{"rate": 1e-3, "steps_per_epoch": 5, **options})
