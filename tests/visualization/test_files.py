import os

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.visualization import save_gif, save_png
from keras_genzoo.visualization._files import replacing

pytestmark = pytest.mark.backend_free


def read_gif(path):
    frames, durations = [], []
    with Image.open(path) as gif:
        for index in range(gif.n_frames):
            gif.seek(index)
            frames.append(np.asarray(gif.convert("RGB")).astype("int16"))
            durations.append(gif.info["duration"])
        return frames, durations, gif.info.get("loop")


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7, 1), (5, 7)])
def test_png_round_trip(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    path = save_png(tmp_path / "new" / "folder" / "a.png", pixels)
    np.testing.assert_array_equal(
        np.asarray(Image.open(path)),
        pixels.reshape(shape[:2] + shape[2:] * (3 in shape)),
    )
    assert os.listdir(path.parent) == ["a.png"]


def test_png_replaces_a_file(tmp_path):
    path = tmp_path / "a.png"
    save_png(path, np.zeros((2, 2), "uint8"))
    save_png(path, np.ones((2, 2)))
    np.testing.assert_array_equal(np.asarray(Image.open(path)), 255)


def test_png_can_be_read_like_other_files(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    path = save_png(tmp_path / "a.png", np.zeros((2, 2), "uint8"))
    assert path.stat().st_mode == plain.stat().st_mode


def test_png_refuses_a_batch(tmp_path):
    with pytest.raises(ValueError, match="`array`"):
        save_png(tmp_path / "a.png", np.zeros((1, 4, 4, 3), "uint8"))
    assert not list(tmp_path.iterdir())


def test_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_gif_keeps_few_colours_exactly(tmp_path):
    colours = np.array([[0, 0, 0], [255, 255, 255], [200, 30, 40], [7, 99, 250]])
    frames = [
        colours[np.random.default_rng(seed).integers(0, 4, (9, 8))].astype("uint8")
        for seed in range(3)
    ]
    path = save_gif(
        tmp_path / "a.gif", frames, seconds_per_frame=0.1, seconds_at_end=0.7
    )
    read, durations, loop = read_gif(path)
    np.testing.assert_array_equal(read, frames)
    assert durations == [100, 100, 700]
    assert loop == 0
    assert os.listdir(tmp_path) == ["a.gif"]


def test_gif_keeps_white_and_comes_close_elsewhere(tmp_path):
    # Far more colours than a palette holds, on a white ground.
    y, x = np.mgrid[0:64, 0:64]
    frames = []
    for blue in (0, 80, 160):
        frame = np.stack([4 * x, 4 * y, np.full_like(x, blue)], -1).astype("uint8")
        frame[:8] = 255
        frame[-8:] = 0
        frames.append(frame)
    read, _, _ = read_gif(save_gif(tmp_path / "a.gif", frames))
    for got, wanted in zip(read, frames, strict=True):
        assert np.all(got[:8] == 255)
        assert np.all(got[-8:] == 0)
        assert np.abs(got - wanted).mean() < 8


def test_gif_of_one_frame_and_of_equal_frames(tmp_path):
    frame = np.full((4, 4, 3), 128, "uint8")
    read, _, _ = read_gif(save_gif(tmp_path / "one.gif", [frame]))
    assert np.abs(read[0] - 128).max() <= 1
    read, _, loop = read_gif(save_gif(tmp_path / "two.gif", [frame] * 2, loop=False))
    assert np.abs(read[-1] - 128).max() <= 1
    assert loop is None


def test_gif_takes_grey_floats(tmp_path):
    frames = [np.zeros((4, 4)), np.ones((4, 4))]
    read, _, _ = read_gif(save_gif(tmp_path / "a.gif", frames))
    assert [int(frame.mean()) for frame in read] == [0, 255]


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "`frames`.*none"),
        ([np.zeros((2, 2)), np.zeros((3, 2))], {}, "same shape"),
        ([np.zeros((2, 2))], {"seconds_per_frame": 0}, "`seconds_per_frame`"),
        ([np.zeros((2, 2, 4))], {}, r"`frames\[0\]`"),
    ],
)
def test_gif_refuses(tmp_path, frames, options, message):
    with pytest.raises(ValueError, match=message):
        save_gif(tmp_path / "a.gif", frames, **options)
    assert not list(tmp_path.iterdir())
