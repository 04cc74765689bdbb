"""Here all is computed in other processes: this one needs no Keras."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def compile_little():
    pass


@pytest.fixture(autouse=True)
def fresh_state():
    pass
