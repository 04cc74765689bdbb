"""A preset at an address: its metadata first, which says what the files must be."""

import hashlib
import http.client
import re
import tempfile
import time
import urllib.parse
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from keras_genzoo.zoo.cached import fetch_files
from keras_genzoo.zoo.connection import (
    Interrupted,
    Refused,
    check_url,
    explain,
    open_url,
)
from keras_genzoo.zoo.fetch import PATIENT, Patience
from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.layout import METADATA, SIZE_LIMITS
from keras_genzoo.zoo.metadata import read_metadata
from keras_genzoo.zoo.settings import OFFLINE, cache_folder, is_offline


def web_preset(
    url: str, progress: Callable | None = None, patience: Patience = PATIENT
) -> PresetFolder:
    """The files at an address, in the cache.

    The metadata is asked for each time; the files it lists are fetched once. Where the
    server cannot be reached, the preset is the one fetched last.

    Args:
        url: of the folder, `https://...`.
        progress: as in `fetch_files`.
        patience: how long to try.

    Raises:
        ValueError: no address, or no preset there.
        ConnectionError, OSError: it cannot be downloaded.
    """
    check_url(url)
    parts = urllib.parse.urlsplit(url)
    if parts.query or parts.fragment or parts.username:
        raise ValueError(
            "An address must be that of a folder, without a query, a fragment or a "
            f"user, got {url!r}."
        )
    home = cache_folder() / "web" / slug(url)
    if is_offline():
        return _last(home, url, f"{OFFLINE} is set")
    try:
        data = _metadata(f"{url.rstrip('/')}/{METADATA}", patience)
    except Interrupted as error:
        folder = _last(home, url, str(error))
        warnings.warn(
            f"{url} cannot be reached ({error}); this is the preset fetched last.",
            stacklevel=2,
        )
        return folder
    except Refused as error:
        raise ConnectionError(
            f"{url} could not be downloaded ({METADATA}: {error}). The address must "
            "be that of a folder with the files of a preset."
        ) from error
    checksum = hashlib.sha256(data).hexdigest()
    files = {
        **_listed(data, url),
        # Last, so that a folder with metadata is whole.
        METADATA: {"size": len(data), "sha256": checksum},
    }
    # What was fetched once never changes: another version has another folder.
    folder = home / checksum[:16]
    fetch_files([url], folder, files, progress, patience)
    (folder / METADATA).touch()
    return PresetFolder(folder, folder)


def named_preset(
    name: str,
    entry: dict,
    bases: Sequence[str],
    progress: Callable | None = None,
    patience: Patience = PATIENT,
) -> PresetFolder:
    """The files of a preset in the index, in the cache.

    Args:
        name: of the preset.
        entry: its entry in the index.
        bases: addresses to try, in order.
        progress: as in `fetch_files`.
        patience: how long to try.

    Raises:
        ConnectionError, OSError: it cannot be downloaded.
    """
    files = dict(entry["files"])
    files[METADATA] = files.pop(METADATA)
    folder = cache_folder() / "presets" / name / files[METADATA]["sha256"][:16]
    if is_offline():
        # Fetches nothing where all is there.
        bases = []
    try:
        fetch_files(bases, folder, files, progress, patience)
    except ConnectionError as error:
        advice = (
            f"{OFFLINE} is set: unset it, or copy the cache, {cache_folder()}, from a "
            "machine that has the preset"
            if is_offline()
            else "Try again later; what has arrived is kept"
        )
        raise ConnectionError(f"The preset {name!r}: {error} {advice}.") from error
    return PresetFolder(folder, folder)


def slug(url: str) -> str:
    """A name for a folder, that shows where an address leads and is its own."""
    parts = urllib.parse.urlsplit(url.rstrip("/"))
    shown = re.sub(r"[^A-Za-z0-9]+", "-", f"{parts.netloc}{parts.path}").strip("-")
    return f"{shown[-60:]}-{hashlib.sha256(url.rstrip('/').encode()).hexdigest()[:12]}"


def _metadata(url: str, patience: Patience) -> bytes:
    for attempt in range(patience.attempts):
        try:
            with open_url(url, patience.timeout) as response:
                return _body(response, SIZE_LIMITS[METADATA])
        except Interrupted as error:
            if attempt == patience.attempts - 1:
                raise
            time.sleep(max(patience.delay * 2**attempt, error.after))
    raise AssertionError("`attempts` is at least 1")


def _body(response: http.client.HTTPResponse, limit: int) -> bytes:
    length = response.headers.get("Content-Length", "")
    try:
        data = response.read(limit + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Interrupted(explain(error)) from error
    if len(data) > limit:
        raise Refused(f"it has more than {limit:,} bytes")
    if length.isdigit() and len(data) < int(length):
        raise Interrupted(f"the connection ended after {len(data)} of {length} bytes")
    return data


def _listed(data: bytes, url: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / METADATA
        path.write_bytes(data)
        try:
            return dict(read_metadata(path)["files"])
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), f"{url}/{METADATA}")) from (
                None
            )


def _last(home: Path, url: str, reason: str) -> PresetFolder:
    folders = [f for f in home.glob("*") if (f / METADATA).is_file()]
    if not folders:
        raise ConnectionError(
            f"{url} could not be downloaded ({reason}), and it is not in the cache, "
            f"{cache_folder()}."
        )
    newest = max(folders, key=lambda f: (f / METADATA).stat().st_mtime)
    return PresetFolder(newest, newest)
