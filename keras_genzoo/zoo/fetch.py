"""One file from the web to the disk: whole and right, or not there.

`keras.utils.get_file` writes straight to the final path, and neither it nor pooch
resumes, retries with back-off or locks; huggingface_hub does all of it for its own hub.
So this is ours; the lock alone (`cached.py`) is filelock's.
"""

import errno
import http.client
import os
import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from keras_genzoo.zoo.checksum import sha256
from keras_genzoo.zoo.connection import Interrupted, Refused, explain, open_url

_BLOCK = 2**16
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Patience(NamedTuple):
    """How long to try.

    Args:
        timeout: seconds without a byte after which a connection is given up.
        attempts: how often in a row a server may fail without progress.
        delay: seconds before the second attempt; doubled for each later one.
    """

    timeout: float = 30.0
    attempts: int = 5
    delay: float = 0.5


PATIENT = Patience()


def fetch(
    urls: Sequence[str],
    target: Path,
    size: int,
    checksum: str,
    report: Callable[[int], None] = lambda done: None,
    patience: Patience = PATIENT,
) -> None:
    """Downloads a file; `target` appears once its checksum is right.

    What has arrived is kept beside it as `*.part` and continued by the next attempt or
    the next process.

    Args:
        urls: where the file is, tried in order.
        target: where it goes; its folder exists.
        size: its bytes.
        checksum: its SHA-256, in hexadecimal digits.
        report: called with the bytes that have arrived.
        patience: how long to try.

    Raises:
        ConnectionError: no URL gave the file; the message says why each did not.
        OSError: no room on the disk.
    """
    problems = []
    for url in urls:
        part = _Part(target.with_name(f"{target.name}.part"), size, report)
        try:
            _fetch_from(url, part, checksum, patience)
        except (Refused, Interrupted) as error:
            problems.append(f"{url}: {error}")
            continue
        os.replace(part.path, target)
        return
    reasons = "; ".join(problems) or "no address"
    raise ConnectionError(f"{target.name} could not be downloaded ({reasons}).")


class _Part:
    """What has arrived of a file, and the server's tag of that file."""

    def __init__(self, path: Path, size: int, report: Callable[[int], None]):
        self.path = path
        self.size = size
        self.report = report
        self.tag: str | None = None

    @property
    def length(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


def _fetch_from(url: str, part: _Part, checksum: str, patience: Patience) -> None:
    failures = 0
    while True:
        begin = part.length
        try:
            _download(url, part, patience.timeout)
            _check(part, checksum)
            return
        except Interrupted as error:
            # A server that cuts every connection is good enough while bytes come.
            progress = part.length - begin >= max(1, part.size // 100)
            failures = 1 if progress else failures + 1
            if failures >= patience.attempts:
                raise
            wait = patience.delay * 2 ** (failures - 1) * random.uniform(0.5, 1.0)
            time.sleep(max(wait, min(error.after, patience.timeout)))


def _download(url: str, part: _Part, timeout: float) -> None:
    """Appends what is missing."""
    if part.length > part.size:
        part.drop()
    begin = part.length
    if begin == part.size and part.path.exists():
        return
    headers = {}
    if begin:
        headers["Range"] = f"bytes={begin}-"
        if part.tag:
            # Bytes of a file that has changed since would be useless. In a new
            # process, which knows no tag, the checksum tells.
            headers["If-Range"] = part.tag
    with _open(url, part, timeout, headers) as response:
        begin = _begin(response, part, begin)
        tag = response.headers.get("ETag")
        part.tag = tag if tag and tag.startswith('"') else None
        _check_room(part.path, part.size - begin)
        part.report(begin)
        try:
            _copy(response, part, begin)
        except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
            raise Interrupted(explain(error)) from error
        except OSError as error:
            if error.errno in _NO_ROOM:
                part.drop()
                raise _no_room(part.path, part.size) from error
            raise Interrupted(explain(error)) from error


def _open(url: str, part: _Part, timeout: float, headers: dict):
    try:
        return open_url(url, timeout, headers)
    except Interrupted as error:
        if str(error).startswith("HTTP 416"):
            part.drop()
        raise


def _begin(response: http.client.HTTPResponse, part: _Part, asked: int) -> int:
    """Where in the file the body begins."""
    length = response.headers.get("Content-Length")
    if response.status == 206 and asked:
        unit, _, span = response.headers.get("Content-Range", "").partition(" ")
        place, _, total = span.partition("/")
        if unit != "bytes" or not place.startswith(f"{asked}-"):
            part.drop()
            raise Interrupted("the server continues at another place than asked")
        if total not in ("*", str(part.size)):
            part.drop()
            raise Interrupted(f"it has {total} bytes, expected {part.size:,}")
        return asked
    if response.status != 200:
        raise Refused(f"HTTP {response.status}, expected a file")
    # The server knows no ranges, or the file has changed: from the start.
    if length is not None and length != str(part.size):
        raise Interrupted(f"it has {length} bytes, expected {part.size:,}")
    return 0


def _copy(response: http.client.HTTPResponse, part: _Part, begin: int) -> None:
    done = begin
    with part.path.open("ab" if begin else "wb") as file:
        while block := response.read(min(_BLOCK, part.size - done + 1)):
            done += len(block)
            if done > part.size:
                raise Interrupted(
                    f"it sends more than the {part.size:,} bytes expected"
                )
            file.write(block)
            # What is on the disk counts when the next process goes on.
            file.flush()
            part.report(done)
        os.fsync(file.fileno())
    if done < part.size:
        raise Interrupted(f"the connection ended after {done:,} of {part.size:,} bytes")


def _check(part: _Part, checksum: str) -> None:
    found = sha256(part.path)
    if found != checksum:
        part.drop()
        raise Interrupted(
            f"it has the sha256 {found}, expected {checksum}: the file at this "
            "address is another or was damaged on its way"
        )


def _check_room(path: Path, needed: int) -> None:
    if shutil.disk_usage(path.parent).free < needed:
        raise _no_room(path, needed)


def _no_room(path: Path, needed: int) -> OSError:
    return OSError(
        errno.ENOSPC,
        f"there is no room for {needed:,} bytes; free some, or set KERAS_GENZOO_CACHE "
        "to a folder on another disk",
        str(path.parent),
    )
