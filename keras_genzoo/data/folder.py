"""A folder of image files."""

import os
from collections import deque
from pathlib import Path

import numpy as np

from keras_genzoo.data.dataset import DEFAULT_MEMORY_LIMIT, StreamedDataset
from keras_genzoo.data.decode import decode_image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class FolderDataset(StreamedDataset):
    """Image files, decoded when they are asked for; made by `load_folder`."""

    def __init__(
        self,
        paths: list[Path],
        names: list[str],
        *,
        image_size: tuple[int, int],
        crop: bool = True,
        channels: int = 3,
        labels: np.ndarray | None = None,
        label_names: list[str] | None = None,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
    ):
        super().__init__(
            len(paths),
            (*image_size, channels),
            memory_limit=memory_limit,
            has_labels=labels is not None,
            label_names=label_names,
            names=names,
        )
        self._paths = paths
        self._file_labels = labels
        self._crop = crop

    def read_one(self, index: int) -> tuple[np.ndarray, int]:
        image = decode_image(
            self._paths[index],
            image_size=self.image_shape[:2],
            crop=self._crop,
            channels=self.image_shape[2],
            where=f'"{self._paths[index]}"',
        )
        return image, self.read_label(index)

    def read_label(self, index: int) -> int:
        return int(self._file_labels[index]) if self.has_labels else -1


def load_folder(
    folder: str | os.PathLike,
    split: str = "train",
    *,
    image_size: tuple[int, int] | None,
    crop: bool = True,
    channels: int = 3,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
) -> FolderDataset:
    """Loads the PNG, JPEG and WebP files below a folder.

    Hidden files are left out; linked folders are followed, and each is read once.

    Args:
        folder: where the images are. With sub-folders `train` and `test` it holds
            both splits; otherwise all of it is `"train"`.
        split: `"train"` or `"test"`.
        image_size: `(height, width)` that every image is brought to.
        crop: whether the shorter side is scaled to the target and the centre cropped;
            otherwise both sides are squeezed.
        channels: 1 for grey, 3 for RGB.
        memory_limit: if the decoded images take no more bytes than this, they are
            decoded now and kept; otherwise files are decoded batch by batch.

    Returns:
        Images in the order of their relative paths, which are the `names`. If every
        image lies in a sub-folder, the label is the first sub-folder's name, numbered
        in alphabetical order over both splits.

    Raises:
        ValueError: if the split, the images or `image_size` are missing, or a file
            cannot be decoded; the message names the file.
    """
    root = Path(folder).expanduser()
    if split not in ("train", "test"):
        raise ValueError(f'`split` must be "train" or "test", got {split!r}.')
    is_split = (root / "train").is_dir() and (root / "test").is_dir()
    if split == "test" and not is_split:
        raise ValueError(
            f'`split` must be "train" for "{root}", got "test": only a folder with '
            "sub-folders train and test has a test split."
        )
    roots = [root / "train", root / "test"] if is_split else [root]
    if image_size is None:
        raise ValueError(
            "`image_size` must be given for a folder of images, got None: for "
            f'example load("{root}", image_size=64) or image_size=(height, width).'
        )
    chosen = root / split if is_split else root
    found = {start: find_images(start) for start in roots}
    names = found[chosen]
    if not names:
        raise ValueError(
            f'"{chosen}" must hold image files ({", ".join(SUFFIXES)}), got none.'
        )
    labels, label_names = None, None
    if all("/" in name for name in names):
        classes = {
            name.split("/")[0]
            for listed in found.values()
            for name in listed
            if "/" in name
        }
        label_names = sorted(classes)
        numbers = {name: number for number, name in enumerate(label_names)}
        labels = np.array([numbers[n.split("/")[0]] for n in names], np.int32)
    dataset = FolderDataset(
        [chosen / name for name in names],
        names,
        image_size=image_size,
        crop=crop,
        channels=channels,
        labels=labels,
        label_names=label_names,
        memory_limit=memory_limit,
    )
    if dataset.fits_in_memory:
        # Now, so that a damaged file is found before training starts.
        _ = dataset.images
    return dataset


def find_images(root: Path) -> list[str]:
    """Returns the image files below `root`, as sorted relative paths with slashes."""
    found = []
    visited = set()
    # Links wait until every real folder is listed: a folder that is also linked to
    # then counts where it really is, and a loop of links leads only to visited ones.
    folders, links = deque([Path()]), deque()
    while folders or links:
        folder = folders.popleft() if folders else links.popleft()
        real = os.path.realpath(root / folder)
        if real in visited:
            continue
        visited.add(real)
        with os.scandir(root / folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if os.path.isdir(entry.path):
                queue = links if entry.is_symlink() else folders
                queue.append(folder / entry.name)
            elif entry.name.lower().endswith(SUFFIXES):
                found.append((folder / entry.name).as_posix())
    return sorted(found)
