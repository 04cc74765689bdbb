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


def fetch(
    urls: Sequence[str],
    target: Path,
    size: int,
    checksum: str,
    report: Callable[[int], None] = lambda done: None,
    patience: Patience = Patience(),
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
    part = target.with_name(f"{target.name}.part")
    problems = []
    for url in urls:
        try:
            _fetch_from(url, part, size, checksum, report, patience)
        except (Refused, Interrupted) as error:
            problems.append(f"{url}: {error}")
            continue
        os.replace(part, target)
        return
    raise ConnectionError(
        f"{target.name} could not be downloaded ({'; '.join(problems)})."
    )


def _fetch_from(
    url: str,
    part: Path,
    size: int,
    expected: str,
    report: Callable[[int], None],
    patience: Patience,
) -> None:
    failures, tag = 0, None
    while True:
        begin = _size_of(part)
        try:
            tag = _download(url, part, size, tag, report, patience.timeout)
            _check(part, expected)
            return
        except Interrupted as error:
            # A server that cuts every connection is good enough while bytes come.
            progress = _size_of(part) - begin >= max(1, size // 100)
            failures = 1 if progress else failures + 1
            if failures >= patience.attempts:
                raise
            wait = patience.delay * 2 ** (failures - 1) * random.uniform(0.5, 1.0)
            time.sleep(max(wait, min(error.after, patience.timeout)))


def _download(
    url: str,
    part: Path,
    size: int,
    tag: str | None,
    report: Callable[[int], None],
    timeout: float,
) -> str | None:
    """Appends to `part` what is missing; returns the server's tag of the file."""
    begin = _size_of(part)
    if begin > size:
        part.unlink()
        begin = 0
    if begin == size and part.exists():
        return tag
    headers = {}
    if begin:
        headers["Range"] = f"bytes={begin}-"
        if tag:
            # Bytes of a file that has changed since would be useless. In a new
            # process, which knows no tag, the checksum tells.
            headers["If-Range"] = tag
    with _open(url, part, timeout, headers) as response:
        begin = _check_answer(response, part, begin, size)
        _check_room(part, size - begin)
        report(begin)
        try:
            _copy(response, part, begin, size, report)
        except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
            raise Interrupted(explain(error)) from error
        except OSError as error:
            if error.errno in _NO_ROOM:
                part.unlink(missing_ok=True)
                raise _no_room(part, size) from error
            raise Interrupted(explain(error)) from error
        return _strong(response.headers.get("ETag"))


def _open(url: str, part: Path, timeout: float, headers: dict):
    try:
        return open_url(url, timeout, headers)
    except Interrupted as error:
        if str(error).startswith("HTTP 416"):
            part.unlink(missing_ok=True)
        raise


def _check_answer(
    response: http.client.HTTPResponse, part: Path, begin: int, size: int
) -> int:
    """Where in the file the body begins."""
    length = response.headers.get("Content-Length")
    if response.status == 206 and begin:
        unit, _, span = response.headers.get("Content-Range", "").partition(" ")
        place, _, total = span.partition("/")
        if unit != "bytes" or not place.startswith(f"{begin}-"):
            part.unlink(missing_ok=True)
            raise Interrupted("the server continues at another place than asked")
        if total not in ("*", str(size)):
            part.unlink(missing_ok=True)
            raise Interrupted(f"it has {total} bytes, expected {size:,}")
        return begin
    if response.status != 200:
        raise Refused(f"HTTP {response.status}, expected a file")
    # The server knows no ranges, or the file has changed: from the start.
    if length is not None and length != str(size):
        raise Interrupted(f"it has {length} bytes, expected {size:,}")
    return 0


def _copy(
    response: http.client.HTTPResponse,
    part: Path,
    begin: int,
    size: int,
    report: Callable[[int], None],
) -> None:
    done = begin
    with part.open("ab" if begin else "wb") as file:
        while block := response.read(min(_BLOCK, size - done + 1)):
            done += len(block)
            if done > size:
                raise Interrupted(f"it sends more than the {size:,} bytes expected")
            file.write(block)
            # What is on the disk counts when the next process goes on.
            file.flush()
            report(done)
        os.fsync(file.fileno())
    if done < size:
        raise Interrupted(f"the connection ended after {done:,} of {size:,} bytes")


def _check(part: Path, expected: str) -> None:
    found = sha256(part)
    if found != expected:
        part.unlink()
        raise Interrupted(
            f"it has the sha256 {found}, expected {expected}: the file at this "
            "address is another or was damaged on its way"
        )


def _check_room(part: Path, needed: int) -> None:
    if shutil.disk_usage(part.parent).free < needed:
        raise _no_room(part, needed)


def _no_room(part: Path, needed: int) -> OSError:
    return OSError(
        errno.ENOSPC,
        f"there is no room for {needed:,} bytes; free some, or set KERAS_GENZOO_CACHE "
        "to a folder on another disk",
        str(part.parent),
    )


def _size_of(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _strong(tag: str | None) -> str | None:
    return tag if tag and tag.startswith('"') else None
