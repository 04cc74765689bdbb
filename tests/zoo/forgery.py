"""A preset in the hands of someone who knows how it is made."""

import json
import shutil
from pathlib import Path

import h5py

from keras_genzoo.zoo.checksum import sha256
from keras_genzoo.zoo.layout import CONFIG, METADATA, WEIGHTS


class Forgery:
    """A copy of a preset to change; `seal` makes its checksums right again."""

    def __init__(self, original: Path, folder: Path):
        self.folder = folder
        shutil.copytree(original, folder)

    def json(self, name=CONFIG):
        return json.loads((self.folder / name).read_text())

    def write(self, value, name=CONFIG):
        text = value if isinstance(value, str) else json.dumps(value)
        (self.folder / name).write_text(text)
        return self.seal()

    def metadata(self, **entries):
        (self.folder / METADATA).write_text(
            json.dumps({**self.json(METADATA), **entries})
        )
        return self

    def weights(self):
        return h5py.File(self.folder / WEIGHTS, "r+")

    def seal(self):
        metadata = self.json(METADATA)
        for name, entry in metadata["files"].items():
            path = self.folder / name
            entry["sha256"], entry["size"] = sha256(path), path.stat().st_size
        (self.folder / METADATA).write_text(json.dumps(metadata))
        return self
