"""The arguments of `load`: one clear error each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_genzoo
from keras_genzoo.data import load

pytestmark = pytest.mark.backend_free


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "nonesuch",
            {},
            r'`name` must be "emoji", "mnist_5000".*tfds:NAME.*\'nonesuch\'',
        ),
        (7, {}, r"`name` must be .*got '7'"),
        ("emoji", {"split": "validation"}, r"`split` must be .*got 'validation'"),
        ("mnist", {"split": "validation"}, r"`split` must be .*got 'validation'"),
        ("emoji", {"split": None}, r"`split` must be a string, got None"),
        ("emoji", {"style": "apple"}, r'`style` must be "noto".*got \'apple\''),
        ("mnist", {"style": "noto"}, r"`style` must be None .*got 'noto'"),
        ("emoji", {"data_dir": "x"}, r"`data_dir` must be None .*got 'x'"),
        ("emoji", {"channels": 2}, r"`channels` must be 1 .*got 2"),
        ("emoji", {"channels": True}, r"`channels` must be 1 .*got True"),
        ("emoji", {"image_size": 0}, r"`image_size` must be a positive .*got 0"),
        ("emoji", {"image_size": 2.5}, r"`image_size` must be a positive .*got 2.5"),
        ("emoji", {"image_size": (8, 8, 3)}, r"`image_size` must be .*got \(8, 8, 3\)"),
        ("emoji", {"image_size": "32"}, r"`image_size` must be .*got '32'"),
        ("emoji", {"memory_limit": 0}, r"`memory_limit` must be .*got 0"),
    ],
)
def test_bad_arguments(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        load(name, **arguments)


def test_size_and_channels_of_the_bundled_set():
    dataset = load("emoji", "test", image_size=(16, 24), channels=1)
    assert dataset.images.shape == (200, 16, 24, 1)
    assert dataset.image_shape == (16, 24, 1)
    assert len(dataset.names) == len(dataset.labels) == 200
    assert "200 images" in repr(dataset)


def test_importing_the_room_imports_no_data_library():
    code = """
import sys, types
package = types.ModuleType("keras_genzoo")
package.__path__ = [sys.argv[1]]
sys.modules["keras_genzoo"] = package
import keras
before = set(sys.modules)
import keras_genzoo.data
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(*sorted(new & {"tensorflow_datasets", "tensorflow", "jax", "torch", "scipy"}))
"""
    output = subprocess.run(
        [sys.executable, "-c", code, str(Path(keras_genzoo.__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "numpy"},
    )
    assert output.stdout.strip() == ""
