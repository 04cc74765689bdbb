"""Files that several processes want and one fetches."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from keras_genzoo.zoo.checksum import sha256
from keras_genzoo.zoo.fetch import PATIENT, Patience, fetch

# Seconds of waiting after which a user wants to know for what.
_QUIET = 3.0


def fetch_files(
    bases: Sequence[str],
    folder: Path,
    files: Mapping[str, Mapping],
    progress: Callable | None = None,
    patience: Patience = PATIENT,
) -> None:
    """Brings all `files` into `folder`, once, however many processes ask.

    A file that is there with the right checksum is left alone; any other is fetched.
    The last one in order appears last, so that it can stand for the whole.

    Args:
        bases: addresses that a `/` and the name of a file are appended to, in order.
        folder: of the cache; made where it is missing.
        files: `{name: {"size", "sha256"}}`.
        progress: `progress(total)` is a context manager that gives `report(done)`.
        patience: how long to try.

    Raises:
        ConnectionError, OSError: as `fetch`.
    """
    # Before the lock, so that a cache that cannot be written is good enough to read.
    if not _missing(folder, files):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        missing = _missing(folder, files)
        total = sum(files[name]["size"] for name in missing)
        with (progress or _silent)(total) as report:
            before = 0
            for name in missing:
                entry = files[name]
                fetch(
                    [f"{base.rstrip('/')}/{name}" for base in bases],
                    folder / name,
                    entry["size"],
                    entry["sha256"],
                    lambda done, before=before: report(before + done),
                    patience,
                )
                before += entry["size"]


def _missing(folder: Path, files: Mapping[str, Mapping]) -> list[str]:
    return [name for name in files if not _is_right(folder / name, files[name])]


def _is_right(path: Path, entry: Mapping) -> bool:
    return (
        path.is_file()
        and path.stat().st_size == entry["size"]
        and sha256(path) == entry["sha256"]
    )


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    # The system lets go of this lock when its process dies, however it dies.
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=_QUIET)
    except Timeout:
        print(
            f'Waiting for another process that downloads "{folder.name}".',
            file=sys.stderr,
        )
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _silent(total: int) -> Iterator[Callable[[int], None]]:
    yield lambda done: None
