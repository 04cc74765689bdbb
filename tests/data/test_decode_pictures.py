"""Picture files of every kind come out as the pixels that were put in."""

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.data.decode import convert_array, decode_image

pytestmark = pytest.mark.backend_free

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 8), np.uint8)
COLOUR = RNG.integers(0, 256, (6, 8, 3), np.uint8)


def decode(path, *, image_size=None, crop=True, channels=3):
    return decode_image(
        path, image_size=image_size, crop=crop, channels=channels, where=f'"{path}"'
    )


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_lossless_colour_is_exact(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(COLOUR).save(path, lossless=True)
    image = decode(path)
    assert image.dtype == np.uint8
    assert image.flags.writeable
    np.testing.assert_array_equal(image, COLOUR)


def test_grey_becomes_three_equal_channels_or_one(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)
    np.testing.assert_array_equal(decode(path), np.stack([GREY] * 3, -1))
    np.testing.assert_array_equal(decode(path, channels=1), GREY[..., None])


def test_colour_to_grey_uses_the_luma_weights(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    luma = COLOUR @ np.array([0.299, 0.587, 0.114])
    assert np.abs(decode(path, channels=1)[..., 0] - luma).max() <= 1


def test_jpeg_is_close(tmp_path):
    ramp = np.broadcast_to(np.arange(0, 256, 4, dtype=np.uint8), (64, 64))
    path = tmp_path / "a.jpg"
    Image.fromarray(np.stack([ramp, ramp, 255 - ramp], -1)).save(path, quality=95)
    image = decode(path).astype(int)
    assert np.abs(image[..., 0] - ramp).max() <= 6
    assert np.abs(image[..., 2] - (255 - ramp.astype(int))).max() <= 6


def test_cmyk_jpeg_gives_its_colours(tmp_path):
    path = tmp_path / "a.jpg"
    red = Image.new("RGB", (16, 16), (250, 10, 10)).convert("CMYK")
    red.save(path, quality=95)
    assert np.abs(decode(path).astype(int) - [250, 10, 10]).max() <= 8


def test_transparency_is_composited_on_white(tmp_path):
    alpha = RNG.integers(0, 256, (6, 8), np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(np.dstack([COLOUR, alpha])).save(path)
    share = alpha[..., None] / 255
    expected = np.rint(COLOUR * share + 255 * (1 - share))
    np.testing.assert_array_equal(decode(path), expected)
    Image.fromarray(np.dstack([GREY, alpha])).save(path)
    expected = np.rint(GREY * share[..., 0] + 255 * (1 - share[..., 0]))
    np.testing.assert_array_equal(decode(path, channels=1)[..., 0], expected)


def test_hidden_colour_of_transparent_pixels_leaves_no_halo(tmp_path):
    # White ink next to transparent black: all of it must stay white when resized.
    rgba = np.zeros((16, 16, 4), np.uint8)
    rgba[:, :8] = 255
    path = tmp_path / "a.png"
    Image.fromarray(rgba).save(path)
    assert (decode(path, image_size=(8, 8)) == 255).all()


def test_palette_and_transparent_palette(tmp_path):
    indices = np.array([[0, 1], [2, 1]], np.uint8)
    picture = Image.fromarray(indices).convert("P")
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    path = tmp_path / "a.png"
    picture.save(path)
    palette = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90]])
    np.testing.assert_array_equal(decode(path), palette[indices])
    picture.save(path, transparency=1)
    palette[1] = 255
    np.testing.assert_array_equal(decode(path), palette[indices])


def test_one_bit(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY > 128).save(path)
    np.testing.assert_array_equal(decode(path, channels=1)[..., 0], (GREY > 128) * 255)


def test_sixteen_bit_grey_uses_its_full_range(tmp_path):
    deep = RNG.integers(0, 65536, (6, 8)).astype(np.uint16)
    deep[0, :2] = 0, 65535
    path = tmp_path / "a.png"
    Image.fromarray(deep).save(path)
    image = decode(path, channels=1)[..., 0]
    np.testing.assert_array_equal(image, np.rint(deep / 257))
    np.testing.assert_array_equal(
        convert_array(deep[..., None], image_size=None, crop=True, channels=1)[..., 0],
        np.rint(deep / 257),
    )


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: np.rot90(a, 2).transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
def test_exif_orientation_is_applied(tmp_path, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, exif=exif)
    np.testing.assert_array_equal(decode(path), turn(COLOUR))


def test_animation_gives_its_first_frame(tmp_path):
    path = tmp_path / "a.webp"
    first = Image.fromarray(COLOUR)
    first.save(
        path, lossless=True, save_all=True, append_images=[Image.new("RGB", (8, 6))]
    )
    np.testing.assert_array_equal(decode(path), COLOUR)


def test_crop_keeps_the_centre_and_squeeze_keeps_all(tmp_path):
    # Three stripes of 20 columns: the centre square of 20x60 is the middle stripe.
    stripes = np.zeros((20, 60, 3), np.uint8)
    stripes[:, :20, 0] = stripes[:, 20:40, 1] = stripes[:, 40:, 2] = 200
    path = tmp_path / "a.png"
    Image.fromarray(stripes).save(path)
    np.testing.assert_array_equal(decode(path, image_size=(20, 20)), stripes[:, 20:40])
    cropped = decode(path, image_size=(10, 10))
    # The filter looks a few pixels beyond the crop: the border columns mix.
    assert np.abs(cropped[:, 3:-3].astype(int) - [0, 200, 0]).max() <= 2
    squeezed = decode(path, image_size=(20, 15), crop=False)
    assert squeezed.shape == (20, 15, 3)
    assert np.abs(squeezed[0, [2, 7, 12]] - np.diag([200.0] * 3)).max() <= 2


def test_image_size_is_height_then_width(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    assert decode(path, image_size=(12, 5)).shape == (12, 5, 3)


@pytest.mark.parametrize("kind", ["text", "empty", "truncated", "truncated_jpeg"])
def test_damaged_file_is_named(tmp_path, kind):
    path = tmp_path / "damaged.png"
    noise = Image.fromarray(RNG.integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(path, "JPEG" if kind == "truncated_jpeg" else "PNG")
    content = path.read_bytes()
    path.write_bytes(
        {"text": b"no picture", "empty": b""}.get(kind, content[: len(content) // 2])
    )
    with pytest.raises(ValueError, match=r"damaged\.png.* could not be read"):
        decode(path)


def test_encoded_bytes_are_taken_as_well(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    np.testing.assert_array_equal(decode(path.read_bytes()), COLOUR)
