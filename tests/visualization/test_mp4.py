import os
import subprocess
import sys

import imageio_ffmpeg
import numpy as np
import pytest

from keras_genzoo.visualization import save_mp4

pytestmark = pytest.mark.backend_free

# imageio-ffmpeg's reader, which only the tests use, forks.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork")


def read_mp4(path):
    """The frames, `(n, height, width, 3)`, and what the file says of itself."""
    reader = imageio_ffmpeg.read_frames(str(path))
    facts = next(reader)
    width, height = facts["source_size"]
    frames = [np.frombuffer(f, "uint8").reshape(height, width, 3) for f in reader]
    return np.array(frames).astype("int16"), facts


def smooth(count, height, width):
    """Pictures that compress well: a colour gradient that moves."""
    y, x = np.mgrid[0:height, 0:width]
    return [
        np.stack(
            [x * 200 / width, y * 200 / height, np.full(x.shape, 40.0 * t)], -1
        ).astype("uint8")
        for t in range(count)
    ]


def test_film_shows_the_frames(tmp_path):
    frames = smooth(6, 48, 64)
    path = save_mp4(tmp_path / "new" / "a.mp4", frames, seconds_per_frame=0.25)
    read, facts = read_mp4(path)
    assert read.shape == (6, 48, 64, 3)
    assert facts["codec"] == "h264"
    assert facts["pix_fmt"].startswith("yuv420p")
    assert facts["fps"] == pytest.approx(4)
    # x264 at this quality, and colours at half the resolution.
    difference = np.abs(read - frames)
    assert difference.mean() < 2
    assert difference.max() < 12
    assert os.listdir(path.parent) == ["a.mp4"]


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (200, 30, 40)])
def test_flat_colours_come_back(tmp_path, colour):
    frame = np.full((16, 16, 3), colour, "uint8")
    read, _ = read_mp4(save_mp4(tmp_path / "a.mp4", [frame] * 2))
    assert np.abs(read - frame).max() <= 3


def test_odd_sides_repeat_their_last_pixels(tmp_path):
    frames = smooth(3, 33, 41)
    read, _ = read_mp4(save_mp4(tmp_path / "a.mp4", frames))
    assert read.shape == (3, 34, 42, 3)
    assert np.abs(read[:, :33, :41] - frames).mean() < 2
    assert np.abs(read[:, 33] - read[:, 32]).mean() < 2


def test_grey_floats_and_a_single_tiny_frame(tmp_path):
    read, _ = read_mp4(
        save_mp4(tmp_path / "a.mp4", [np.zeros((3, 3)), np.ones((3, 3))])
    )
    assert [round(float(frame.mean())) for frame in read] == [0, 255]
    read, _ = read_mp4(save_mp4(tmp_path / "b.mp4", [np.ones((1, 1))]))
    assert read.shape == (1, 2, 2, 3)


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.mp4"
    path.write_text("old")

    def fail(command, **options):
        return subprocess.CompletedProcess(command, 1, b"", b"no such encoder\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(RuntimeError, match=r"could not write.*no such encoder$"):
        save_mp4(path, [np.zeros((4, 4))])
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_without_imageio_ffmpeg_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match=r'pip install "keras-genzoo\[video\]"'):
        save_mp4(tmp_path / "a.mp4", [np.zeros((4, 4))])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "`frames`.*none"),
        ([np.zeros((2, 2)), np.zeros((3, 2))], {}, "same shape"),
        ([np.zeros((2, 2))], {"seconds_per_frame": 0}, "`seconds_per_frame`"),
        ([np.zeros((2, 2, 4))], {}, r"`frames\[0\]`"),
    ],
)
def test_refuses(tmp_path, frames, options, message):
    with pytest.raises(ValueError, match=message):
        save_mp4(tmp_path / "a.mp4", frames, **options)
    assert not list(tmp_path.iterdir())
