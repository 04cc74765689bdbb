"""Puts trained presets into the package and writes the index anew.

    python tools/bundle_presets.py [FOLDER ...]

Each FOLDER is what `genzoo train NAME --output FOLDER/NAME` wrote: the preset goes to
`keras_genzoo/zoo/presets/NAME`, the losses of its first steps to
`keras_genzoo/zoo/recipes/curves/NAME.json`. Without a folder only the index is written,
`keras_genzoo/zoo/index.json`, and the table of presets in `README.md`, between the two
comments that mark it. Entries of presets that are downloaded stay.
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
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- presets -->", "<!-- end of presets -->"
# The number of each that the table shows, the first that there is.
SHOWN = {
    "test_error_percent": "test error {:.2f} %",
    "class_agreement_percent": "{:.1f} % read as asked",
    "frechet_distance": "Fréchet distance {:.2f}",
    "test_elbo": "test ELBO {:.0f} nats",
    "a_to_b_error": "error {:.4f}",
    "a_to_b_cycle_error": "cycle error {:.4f}",
    "explained_variance": "{:.1%} of the variance",
    "test_squared_error": "squared error {:.4f}",
}

# The command of each class that draws no samples.
COMMANDS = {
    "Autoencoder": "reconstruct {} pictures rebuilt.png",
    "CycleGAN": "translate {} pictures translated",
    "Functional": "info {}",
}


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


def write_table() -> None:
    """Writes the table of bundled presets in the README."""
    entries = json.loads(INDEX.read_text(encoding="utf-8"))["presets"]
    rows = ["| preset | | measured | size |", "|---|---|---|---|"]
    for name, entry in entries.items():
        if not entry["bundled"]:
            continue
        key = next(key for key in SHOWN if key in entry["numbers"])
        number = SHOWN[key].format(entry["numbers"][key])
        picture = f"keras_genzoo/zoo/presets/{name}/samples.png"
        command = COMMANDS.get(entry["class"], "sample {}").format(name)
        rows.append(
            f"| **{name}**<br>{entry['description']}<br>`genzoo {command}` "
            f'| <img src="{picture}" width="260" alt="What {name} makes"> '
            f"| {number} | {entry['size'] / 1e6:.1f} MB |"
        )
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    table = "\n".join(rows)
    README.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    for folder in parser.parse_args().folders:
        bundle(folder)
    total = write_index()
    write_table()
    print(f"{len(list(BUNDLED.iterdir()))} presets, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
