"""The bundled set: 1,911 emoji, each in Noto's and in Twemoji's drawing.

Pictures: Noto Emoji (Google, Apache-2.0) and Twemoji (Twitter, Inc and other
contributors, CC BY 4.0), resized to 32x32 and composited on white. `ATTRIBUTION.md`
beside this file says more; `tools/build_emoji.py` builds the files.
"""

import json
from functools import cache
from importlib import resources

import numpy as np
from PIL import Image

from keras_genzoo.data.dataset import ArrayDataset

STYLES = ("noto", "twemoji")


def load_emoji(split: str = "train", style: str = "noto") -> ArrayDataset:
    """Loads the bundled emoji: 1,711 for training and 200 for testing.

    Args:
        split: `"train"` or `"test"`. The split is fixed; both styles share it.
        style: `"noto"`, `"twemoji"` or `"both"`. `"both"` gives all Noto images and
            then all Twemoji images: with `n = len(dataset) // 2`, images `i` and
            `i + n` show the same emoji.

    Returns:
        Images of shape `(n, 32, 32, 3)`, uint8, in Unicode's order; the label is the
        emoji's category (ten of them), and `names` holds the emoji's names.

    Raises:
        ValueError: if `split` or `style` is unknown.
    """
    if split not in ("train", "test"):
        raise ValueError(f'`split` must be "train" or "test", got {split!r}.')
    if style not in (*STYLES, "both"):
        raise ValueError(f'`style` must be "noto", "twemoji" or "both", got {style!r}.')
    index = _index()
    is_test = np.zeros(len(index["names"]), bool)
    is_test[index["test"]] = True
    chosen = np.flatnonzero(is_test if split == "test" else ~is_test)
    styles = STYLES if style == "both" else (style,)
    # Indexing with an array copies: what a caller does to the images stays there.
    images = [_tiles(name)[chosen] for name in styles]
    labels = np.array(index["labels"], np.int32)[chosen]
    names = [index["names"][i] for i in chosen]
    return ArrayDataset(
        images[0] if len(images) == 1 else np.concatenate(images),
        np.tile(labels, len(styles)),
        label_names=list(index["categories"]),
        names=names * len(styles),
    )


@cache
def _index() -> dict:
    text = resources.files(__package__).joinpath("index.json").read_text("utf-8")
    return json.loads(text)


@cache
def _tiles(style: str) -> np.ndarray:
    """Returns all tiles of a style, `(1911, 32, 32, 3)` uint8, read-only."""
    size, columns = _index()["size"], _index()["columns"]
    with resources.files(__package__).joinpath(f"{style}.png").open("rb") as file:
        sheet = np.asarray(Image.open(file))
    grid = sheet.reshape(-1, size, columns, size, 3).transpose(0, 2, 1, 3, 4)
    tiles = grid.reshape(-1, size, size, 3)
    tiles.flags.writeable = False
    return tiles
