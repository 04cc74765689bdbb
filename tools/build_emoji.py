"""Builds the bundled emoji set from the two npm packages that hold its pictures.

    python tools/build_emoji.py                       # fetches them with `npm pack`
    python tools/build_emoji.py google.tgz twitter.tgz     # or unpacked folders
    python tools/build_emoji.py google.tgz twitter.tgz --check

The sources are `emoji-datasource-google@16.0.0` (Noto Emoji) and
`emoji-datasource-twitter@16.0.0` (Twemoji). Each emoji that both draw is composited
on white at 64x64 and resized to 32x32 with a Hamming-windowed filter, which is as
sharp as the drawing allows and, unlike Lanczos, leaves no ringing on flat colours.
Emoji with a skin tone modifier are not taken: only the base emoji.

The order is Unicode's. The split is fixed: the 200 emoji whose code points have the
smallest SHA-256 are the test set.

Running it twice writes the same bytes. Another version of zlib may compress the same
pixels to other bytes, so `--check` compares decoded pixels and the parsed index.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

TARGET = Path(__file__).parent.parent / "keras_genzoo" / "data" / "emoji"
VERSION = "16.0.0"
# The key is the style's name in the data set, the value its name in the package.
STYLES = {"noto": "google", "twemoji": "twitter"}
SIZE = 32
COUNT = 1911
TEST_COUNT = 200
COLUMNS = 49  # 49 x 39 tiles hold 1,911 emoji with none left over

# Unicode's order of groups (emoji-test.txt).
CATEGORIES = [
    "Smileys & Emotion",
    "People & Body",
    "Component",
    "Animals & Nature",
    "Food & Drink",
    "Travel & Places",
    "Activities",
    "Objects",
    "Symbols",
    "Flags",
]


def fetch_packages(folder: Path) -> list[Path]:
    """Downloads both packages with npm into `folder`."""
    paths = []
    for source in STYLES.values():
        package = f"emoji-datasource-{source}@{VERSION}"
        subprocess.run(["npm", "pack", package], cwd=folder, check=True)
        paths.append(folder / f"emoji-datasource-{source}-{VERSION}.tgz")
    return paths


def read_package(path: Path, source: str) -> tuple[list[dict], dict[str, bytes]]:
    """Returns the emoji records of a package and its 64-pixel PNG files by name."""
    pictures_at = f"package/img/{source}/64/"
    records, pictures = None, {}
    if path.is_dir():
        root = path if (path / "package").is_dir() else path.parent
        records = json.loads((root / "package/emoji.json").read_bytes())
        for file in sorted((root / pictures_at).glob("*.png")):
            pictures[file.name] = file.read_bytes()
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name == "package/emoji.json":
                    records = json.load(archive.extractfile(member))
                elif member.name.startswith(pictures_at):
                    name = member.name.removeprefix(pictures_at)
                    pictures[name] = archive.extractfile(member).read()
    if not records or not pictures:
        raise SystemExit(f"{path} holds no emoji.json or no {pictures_at}*.png")
    return records, pictures


def select_emoji(records: list[dict]) -> list[dict]:
    """Returns the emoji that both styles draw, in Unicode's order."""
    chosen = [
        record
        for record in records
        if all(record[f"has_img_{source}"] for source in STYLES.values())
    ]
    chosen.sort(key=lambda record: record["sort_order"])
    if len(chosen) != COUNT:
        raise SystemExit(f"expected {COUNT} emoji drawn in both styles, {len(chosen)}")
    return chosen


def draw_tile(png: bytes) -> np.ndarray:
    """Returns a picture as a (32, 32, 3) uint8 array on white."""
    with Image.open(BytesIO(png)) as picture:
        rgba = np.asarray(picture.convert("RGBA")).astype(np.int32)
    alpha = rgba[..., 3:]
    # On white before resizing: the hidden colour of transparent pixels cannot bleed
    # into the edge, as it would if colour and alpha were resized separately.
    on_white = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    picture = Image.fromarray(on_white.astype(np.uint8))
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.HAMMING))


def build_sheet(emoji: list[dict], pictures: dict[str, bytes]) -> np.ndarray:
    """Returns all tiles of one style as one (rows * 32, columns * 32, 3) picture."""
    tiles = np.stack([draw_tile(pictures[record["image"]]) for record in emoji])
    rows = COUNT // COLUMNS
    grid = tiles.reshape(rows, COLUMNS, SIZE, SIZE, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * SIZE, COLUMNS * SIZE, 3)


def build_index(emoji: list[dict]) -> dict:
    """Returns the index: code point, name, category and split of every emoji."""
    codes = [record["unified"] for record in emoji]
    by_hash = sorted(codes, key=lambda code: hashlib.sha256(code.encode()).digest())
    test = set(by_hash[:TEST_COUNT])
    return {
        "size": SIZE,
        "columns": COLUMNS,
        "categories": CATEGORIES,
        "code_points": codes,
        "names": [record["name"].lower() for record in emoji],
        "labels": [CATEGORIES.index(record["category"]) for record in emoji],
        "test": [index for index, code in enumerate(codes) if code in test],
    }


def encode_files(sheets: dict[str, np.ndarray], index: dict) -> dict[str, bytes]:
    """Returns the files to write by name."""
    files = {}
    for style, sheet in sheets.items():
        buffer = BytesIO()
        Image.fromarray(sheet).save(buffer, "PNG", optimize=True)
        files[f"{style}.png"] = buffer.getvalue()
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    # One key a line keeps a change of the index readable.
    for key in list(index)[1:]:
        text = text.replace(f',"{key}":', f',\n"{key}":', 1)
    files["index.json"] = (text + "\n").encode()
    return files


def same_content(name: str, built: bytes, committed: bytes) -> bool:
    """Tells whether two files hold the same pixels, or the same index."""
    if name.endswith(".json"):
        return json.loads(built) == json.loads(committed)
    with Image.open(BytesIO(built)) as a, Image.open(BytesIO(committed)) as b:
        return a.mode == b.mode and np.array_equal(np.asarray(a), np.asarray(b))


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the bundled emoji set.")
    parser.add_argument(
        "packages",
        nargs="*",
        type=Path,
        help="the google and the twitter package (.tgz or unpacked); fetched if absent",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed files"
    )
    arguments = parser.parse_args()
    if len(arguments.packages) not in (0, 2):
        parser.error("give both packages, google first, or none")

    with tempfile.TemporaryDirectory() as folder:
        packages = arguments.packages or fetch_packages(Path(folder))
        emoji, sheets = None, {}
        for (style, source), path in zip(STYLES.items(), packages, strict=True):
            records, pictures = read_package(path, source)
            emoji = emoji or select_emoji(records)
            sheets[style] = build_sheet(emoji, pictures)
    files = encode_files(sheets, build_index(emoji))

    if arguments.check:
        different = [
            name
            for name, content in files.items()
            if not (TARGET / name).exists()
            or not same_content(name, content, (TARGET / name).read_bytes())
        ]
        print(f"differs: {', '.join(different)}" if different else "all the same")
        return 1 if different else 0
    for name, content in files.items():
        (TARGET / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
