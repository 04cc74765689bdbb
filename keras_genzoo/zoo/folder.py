"""A folder that holds a preset."""

from pathlib import Path
from typing import NamedTuple

from keras_genzoo.zoo.layout import SIZE_LIMITS


class PresetFolder(NamedTuple):
    """Where a preset lies, and what its files may be links into.

    `root` is the folder itself, or the cache of a hub whose snapshots are links.
    """

    folder: Path
    root: Path

    def path(self, name: str) -> Path:
        """The file of this name.

        Raises:
            ValueError: it is missing, no file, too large, or a link that leads out.
        """
        path = self.folder / name
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(
                f'"{path}" must lie in "{self.root}", it is a link that leads out.'
            )
        if not path.is_file():
            raise ValueError(
                f'"{self.folder}" must be a preset, it has no file {name}.'
            )
        size = path.stat().st_size
        if size > SIZE_LIMITS[name]:
            raise ValueError(
                f'"{path}" must have at most {SIZE_LIMITS[name]:,} bytes, it has '
                f"{size:,}."
            )
        return path
