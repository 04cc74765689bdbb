import pytest

# Keras is imported where tests run: the process that only deals them out to others
# would import it for nothing.


@pytest.fixture(scope="session", autouse=True)
def compile_little():
    import few_programs

    few_programs.install()


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from the same global seed and float policy."""
    import few_programs
    import keras

    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")
    few_programs.collect_iterators()
