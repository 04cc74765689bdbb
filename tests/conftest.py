import keras
import pytest


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from the same global seed and float policy."""
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")
