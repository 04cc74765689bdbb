"""From a handle to the folder of a preset."""

import difflib
import os
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.hubs import hf_preset, kaggle_preset
from keras_genzoo.zoo.layout import METADATA
from keras_genzoo.zoo.named import BUNDLED, entry_of, list_presets
from keras_genzoo.zoo.progress import progress_bar
from keras_genzoo.zoo.settings import base_url
from keras_genzoo.zoo.web import named_preset, web_preset

FORMS = (
    "the name of a preset, a folder, file:///folder, https://host/folder, "
    "hf://user/repo[@revision] or "
    "kaggle://owner/model/framework/variation[/version]"
)


def find_preset(
    handle: Any, progress: Callable[[str], Callable] | None = progress_bar
) -> PresetFolder:
    """The folder of a preset, downloaded where it must be.

    Args:
        handle: the name of a preset (`list_presets()`); a folder; `file:///folder`;
            `https://host/folder`, below which the files are; `hf://user/repo`, with
            `@revision` for a branch, a tag or a commit;
            `kaggle://owner/model/framework/variation`, with `/version` if wanted. A
            name goes before a folder that is called the same: `./name` is the folder.
        progress: shows how far a download is; None shows nothing.

    Returns:
        The folder, `.folder`; it is checked when it is loaded.

    Raises:
        ValueError: the handle leads nowhere; the message lists the forms, and names
            that are nearly the same.
        ImportError: the client of a hub is not installed.
        ConnectionError: the preset cannot be downloaded, or KERAS_GENZOO_OFFLINE is
            set and it is not in the cache.
        OSError: there is no room for it.
    """
    if not isinstance(handle, str | os.PathLike) or not os.fspath(handle):
        raise ValueError(f"`handle` must be {FORMS}; got {handle!r}.")
    if not isinstance(handle, str):
        return _folder(handle, handle)
    scheme, separator, rest = handle.partition("://")
    if not separator:
        entry = entry_of(handle)
        return _folder(handle, handle) if entry is None else _named(handle, progress)
    if scheme in ("https", "http"):
        return web_preset(handle, progress and progress(handle))
    if scheme == "hf":
        return hf_preset(rest)
    if scheme == "kaggle":
        return kaggle_preset(rest)
    if scheme == "file":
        parts = urllib.parse.urlsplit(handle)
        if parts.netloc in ("", "localhost"):
            return _folder(urllib.request.url2pathname(parts.path), handle)
    raise ValueError(f"`handle` must be {FORMS}; got {handle!r}.")


def _named(name: str, progress: Callable | None) -> PresetFolder:
    folder = BUNDLED / name
    if (folder / METADATA).is_file():
        return PresetFolder(folder, folder)
    entry, base = entry_of(name), base_url()
    bases = [f"{base.rstrip('/')}/{name}"] if base else entry["urls"]
    return named_preset(name, entry, bases, progress and progress(name))


def _folder(path: Any, handle: Any) -> PresetFolder:
    folder = Path(path).expanduser()
    if folder.is_dir():
        folder = folder.resolve()
        return PresetFolder(folder, folder)
    close = difflib.get_close_matches(str(handle), list_presets(), 3, 0.5)
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise ValueError(
        f"`handle` must be {FORMS}; {os.fspath(handle)!r} is none of them.{hint} "
        f"The presets are {', '.join(list_presets()) or 'none'}."
    )
