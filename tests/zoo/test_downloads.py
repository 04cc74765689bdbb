"""Downloads from a server that misbehaves on purpose.

Whatever it does, the folder never holds a file with a wrong checksum, and a good server
afterwards always leads to success.
"""

import errno
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_server import BadServer

from keras_genzoo.zoo import fetch
from keras_genzoo.zoo.cached import fetch_files
from keras_genzoo.zoo.fetch import Patience

pytestmark = pytest.mark.backend_free

WORKER = Path(__file__).with_name("download_worker.py")
HURRIED = Patience(timeout=0.3, attempts=3, delay=0.001)
NAME = "model.weights.h5"
DATA = random.Random(0).randbytes(300_000)


def entry(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


FILES = {NAME: entry(DATA)}


@pytest.fixture
def server():
    server = BadServer({f"/{NAME}": DATA})
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "preset"


def get(server, folder, patience=HURRIED, files=FILES):
    fetch_files([server.url], folder, files, patience=patience)


def is_right(folder, files=FILES):
    return all(
        (folder / n).is_file() and entry((folder / n).read_bytes()) == e
        for n, e in files.items()
    )


def fails(server, folder, match, error=ConnectionError, patience=HURRIED):
    """It fails, says why and where, and then a good server leads to success."""
    with pytest.raises(error, match=match):
        get(server, folder, patience)
    assert not (folder / NAME).exists()
    server.always.clear()
    get(server, folder)
    assert is_right(folder)


RECOVERS = {
    "truncated": [("cut", 100_000)],
    "truncated without a tag": [("untagged_cut", 100_000)],
    "wrong bytes once": [("wrong_bytes",)],
    "500 then good": [("status", 500)],
    "503 and 429 then good": [("status", 503), ("status", 429)],
    "slow": [("slow", 0.01)],
    "stalls": [("stall", 5_000)],
    "hangs up": [("hang_up",), ("hang_up",)],
    "no ranges": [("no_ranges",)],
    "truncated, then no ranges": [("cut", 100_000), ("no_ranges",)],
    "truncated, then another place": [("cut", 100_000), ("wrong_place",)],
    "truncated, then wrong bytes": [("cut", 100_000), ("wrong_bytes",)],
    "a page for logging in": [("page",)],
    "cut nine times": [("cut", 30_000)] * 9,
}


@pytest.mark.parametrize("case", RECOVERS)
def test_a_bad_moment_passes(server, folder, case):
    server.plan[f"/{NAME}"] = list(RECOVERS[case])
    get(server, folder)
    assert is_right(folder)
    assert [p.name for p in folder.iterdir()] == [NAME]


def test_what_has_arrived_is_not_asked_for_again(server, folder):
    server.plan[f"/{NAME}"] = [("cut", 100_000), ("cut", 50_000)]
    get(server, folder)
    assert server.ranges(f"/{NAME}") == [None, "bytes=100000-", "bytes=150000-"]


FAILS = {
    "wrong bytes": (("wrong_bytes",), "sha256"),
    "404": (("status", 404), f"/{NAME}: HTTP 404"),
    "403": (("status", 403), "HTTP 403"),
    "500": (("status", 500), "HTTP 500"),
    "a page": (("page",), "it has 42 bytes, expected 300,000"),
    "endless": (("endless",), "more than the 300,000 bytes"),
    "encoded": (("encoded",), "encoded"),
    "stalls": (("stall", 0), "timed out"),
    "hangs up": (("hang_up",), "closed connection"),
    "another machine": (("redirect", "http://192.0.2.1/x"), "redirects"),
    "a file": (("redirect", "file:///etc/passwd"), "not allowed"),
    "ftp": (("redirect", "ftp://127.0.0.1/x"), "redirects"),
}


@pytest.mark.parametrize("case", FAILS)
def test_a_bad_server_is_given_up(server, folder, case):
    server.always[f"/{NAME}"], match = FAILS[case]
    fails(server, folder, match)


def test_what_will_not_change_is_asked_once(server, folder):
    server.always[f"/{NAME}"] = ("status", 404)
    with pytest.raises(ConnectionError):
        get(server, folder)
    assert len(server.requests) == 1


def test_redirects_on_this_machine_are_followed(server, folder):
    server.files["/moved"] = DATA
    server.always[f"/{NAME}"] = ("redirect", f"{server.url}/moved")
    get(server, folder)
    assert is_right(folder)
    server.always["/moved"] = ("redirect", f"{server.url}/moved")
    shutil.rmtree(folder)
    with pytest.raises(ConnectionError, match="infinite loop"):
        get(server, folder)


def test_urls_are_tried_in_order(server, folder):
    server.always[f"/{NAME}"] = ("status", 404)
    server.files[f"/mirror/{NAME}"] = DATA
    bases = [server.url, f"{server.url}/mirror/", f"{server.url}/never"]
    fetch_files(bases, folder, FILES, patience=HURRIED)
    assert is_right(folder)
    assert [path for path, _ in server.requests] == [f"/{NAME}", f"/mirror/{NAME}"]


def test_a_cut_at_any_point_is_made_good(server, tmp_path):
    points = [*random.Random(1).sample(range(len(DATA)), 18), 0, len(DATA) - 1]
    for point in points:
        folder = tmp_path / str(point)
        server.plan[f"/{NAME}"] = [("cut", point)]
        with pytest.raises(ConnectionError, match=f"after {point:,} of 300,000"):
            get(server, folder, Patience(timeout=0.3, attempts=1, delay=0.0))
        assert (folder / f"{NAME}.part").stat().st_size == point
        assert not (folder / NAME).exists()
        get(server, folder)
        assert is_right(folder)
        assert server.ranges(f"/{NAME}")[-1] == (f"bytes={point}-" if point else None)


def test_a_file_that_changes_meanwhile_is_not_patched_together(
    server, folder, monkeypatch
):
    old = random.Random(2).randbytes(len(DATA))
    server.files[f"/{NAME}"] = old
    server.plan[f"/{NAME}"] = [("cut", 100_000)]
    monkeypatch.setattr(
        fetch.time, "sleep", lambda _: server.files.update({f"/{NAME}": DATA})
    )
    get(server, folder)
    assert is_right(folder)
    first, second = [headers for _, headers in server.requests]
    assert "If-Range" not in first
    assert second["If-Range"] == f'"{hashlib.sha256(old).hexdigest()}"'


def test_a_part_of_another_file_does_no_harm(server, folder):
    for part in (b"x" * 1000, b"x" * len(DATA), b"x" * (len(DATA) + 1)):
        folder.mkdir(parents=True)
        (folder / f"{NAME}.part").write_bytes(part)
        get(server, folder)
        assert is_right(folder)
        shutil.rmtree(folder)


def test_a_damaged_file_in_the_cache_is_fetched_again(server, folder):
    get(server, folder)
    (folder / NAME).write_bytes(DATA[:-1] + b"?")
    get(server, folder)
    assert is_right(folder)
    count = len(server.requests)
    get(server, folder)
    assert len(server.requests) == count == 2


def test_a_cache_that_cannot_be_written_can_be_read(server, folder):
    get(server, folder)
    (folder.parent / "preset.lock").unlink()
    folder.parent.chmod(0o500)
    try:
        get(server, folder)
    finally:
        folder.parent.chmod(0o700)
    assert not (folder.parent / "preset.lock").exists()


def test_no_room_is_seen_before_and_while_writing(server, folder, monkeypatch):
    free = shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: free)
    with pytest.raises(OSError, match="no room for 300,000 bytes; free some"):
        get(server, folder)
    monkeypatch.undo()

    class Full:
        def write(self, block):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *a: (
            Full() if "a" in mode or "w" in mode else opened(self, mode, *a)
        ),
    )
    with pytest.raises(OSError, match="no room") as error:
        get(server, folder)
    assert error.value.errno == errno.ENOSPC
    monkeypatch.undo()
    get(server, folder)
    assert is_right(folder)


def test_progress_counts_bytes_of_all_files(server, folder):
    server.files["/config.json"] = b"{}"
    files = {"config.json": entry(b"{}"), **FILES}
    seen = []

    class Bar:
        def __init__(self, total):
            seen.append(total)

        def __enter__(self):
            return seen.append

        def __exit__(self, *_):
            pass

    server.plan[f"/{NAME}"] = [("cut", 100_000)]
    fetch_files([server.url], folder, files, Bar, HURRIED)
    assert seen[0] == seen[-1] == 300_002
    assert sorted(seen[1:]) == seen[1:]


# In processes of their own.


def worker(server, folder, tmp_path, *arguments):
    listing = tmp_path / "files.json"
    # Written once: the workers before this one may be reading it.
    if not listing.exists():
        listing.write_text(json.dumps(FILES))
    return subprocess.Popen(
        [
            sys.executable,
            str(WORKER),
            server.url,
            str(folder),
            str(listing),
            *arguments,
        ],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("count", [2, 8])
def test_processes_at_once_fetch_once(server, folder, tmp_path, count):
    server.always[f"/{NAME}"] = ("slow", 0.05)
    workers = [worker(server, folder, tmp_path) for _ in range(count)]
    assert [w.communicate(timeout=60)[1] for w in workers] == [""] * count
    assert [w.returncode for w in workers] == [0] * count
    assert len(server.requests) == 1
    assert is_right(folder)


def test_a_killed_download_is_taken_up(server, folder, tmp_path):
    server.always[f"/{NAME}"] = ("slow", 0.1)
    process = worker(server, folder, tmp_path)
    part = folder / f"{NAME}.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    kept = part.stat().st_size
    assert 0 < kept < len(DATA)
    assert not (folder / NAME).exists()
    server.always.clear()
    process = worker(server, folder, tmp_path)
    assert process.communicate(timeout=60)[1] == ""
    assert is_right(folder)
    assert server.ranges(f"/{NAME}") == [None, f"bytes={kept}-"]


def test_a_full_disk_leaves_nothing_behind(server, folder, tmp_path):
    process = worker(server, folder, tmp_path, "100000")
    errors = process.communicate(timeout=60)[1]
    assert "there is no room for 300,000 bytes" in errors
    assert list(folder.iterdir()) == []
    get(server, folder)
    assert is_right(folder)
