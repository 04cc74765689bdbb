import keras
import pytest

from keras_genzoo.training import LinearWarmup


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
