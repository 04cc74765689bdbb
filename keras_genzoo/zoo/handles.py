"""From a handle to the folder of a preset."""

import difflib
import os
from pathlib import Path
from typing import Any

from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.named import BUNDLED, index, list_presets

FORMS = "the name of a preset, a folder"


def find_preset(handle: Any) -> PresetFolder:
    """The folder of a preset.

    Args:
        handle: the name of a preset, or a folder.

    Raises:
        ValueError: the handle leads nowhere.
    """
    if not isinstance(handle, str | os.PathLike) or not str(handle):
        raise ValueError(f"`handle` must be {FORMS}; got {handle!r}.")
    if isinstance(handle, str) and handle in index():
        folder = BUNDLED / handle
        return PresetFolder(folder, folder)
    folder = Path(handle).expanduser()
    if folder.is_dir():
        folder = folder.resolve()
        return PresetFolder(folder, folder)
    close = difflib.get_close_matches(str(handle), list_presets(), 3, 0.5)
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise ValueError(
        f"`handle` must be {FORMS}; {os.fspath(handle)!r} is none of them.{hint} "
        f"The presets are {', '.join(list_presets()) or 'none'}."
    )
