"""Puts trained presets into the package and writes the index anew.

    python tools/bundle_presets.py [FOLDER ...]

Each FOLDER is what `genzoo train NAME --output FOLDER/NAME` wrote: the preset goes to
`keras_genzoo/zoo/presets/NAME`, the losses of its first steps to
`keras_genzoo/zoo/recipes/curves/NAME.json`. Without a folder only the index is written,
`keras_genzoo/zoo/index.json`. Entries of presets that are downloaded stay.
"""

import argparse
import json
import shutil
from pathlib import Path

from keras_genzoo.zoo.layout import FILES
from keras_genzoo.zoo.named import BUNDLED, INDEX, index_entry
from keras_genzoo.zoo.recipes.recipe import FOLDER as RECIPES

# Bytes of one bundled preset, and of all.
LARGEST, ALL = 5_000_000, 40_000_000


def bundle(folder: Path) -> None:
    """Copies a trained preset and its curve into the package."""
    target = BUNDLED / folder.name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
    curve = RECIPES / "curves" / f"{folder.name}.json"
    curve.parent.mkdir(exist_ok=True)
    shutil.copyfile(folder / "curve.json", curve)


def write_index() -> int:
    """Writes the index; returns the bytes of all bundled presets.

    Raises:
        SystemExit: presets that are too large for the package.
    """
    content = json.loads(INDEX.read_text(encoding="utf-8"))
    presets = {k: v for k, v in content["presets"].items() if not v["bundled"]}
    for folder in sorted(BUNDLED.iterdir()):
        entry = presets[folder.name] = index_entry(folder)
        if entry["size"] > LARGEST:
            raise SystemExit(f"{folder.name} has {entry['size']:,} bytes.")
    content["presets"] = dict(sorted(presets.items()))
    total = sum(e["size"] for e in presets.values() if e["bundled"])
    if total > ALL:
        raise SystemExit(f"all presets have {total:,} bytes.")
    text = json.dumps(content, indent=1, ensure_ascii=False)
    INDEX.write_text(text + "\n", encoding="utf-8")
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    for folder in parser.parse_args().folders:
        bundle(folder)
    total = write_index()
    print(f"{len(list(BUNDLED.iterdir()))} presets, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
