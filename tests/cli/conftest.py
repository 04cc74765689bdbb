import presets
import pytest
from typer.testing import CliRunner

from keras_genzoo import cli


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    """A folder of small presets, and the models in them."""
    folder = tmp_path_factory.mktemp("zoo")
    return folder, presets.make(folder)


@pytest.fixture
def genzoo(tmp_path, monkeypatch):
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(cli.app, list(map(str, arguments)))

    return run
