"""Fetches files in a process of its own, without importing Keras.

`python download_worker.py URL FOLDER FILES.json [BYTES]`; with BYTES no file may become
larger than that, as on a disk that is full.
"""

import json
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[2] / "keras_genzoo"


def main(url, folder, files, limit=None):
    for name, path in (("keras_genzoo", ROOT), ("keras_genzoo.zoo", ROOT / "zoo")):
        module = types.ModuleType(name)
        module.__path__ = [str(path)]
        sys.modules[name] = module
    from keras_genzoo.zoo.cached import fetch_files
    from keras_genzoo.zoo.fetch import Patience

    if limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    fetch_files(
        [url],
        Path(folder),
        json.loads(Path(files).read_text()),
        patience=Patience(timeout=5.0, attempts=3, delay=0.01),
    )
    assert not {"keras", "jax", "torch", "tensorflow"} & set(sys.modules)


if __name__ == "__main__":
    main(*sys.argv[1:])
