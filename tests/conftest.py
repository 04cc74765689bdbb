import keras
import pytest

if keras.backend.backend() == "jax":
    import padded_draws

    padded_draws.install()


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from the same global seed and float policy."""
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")
