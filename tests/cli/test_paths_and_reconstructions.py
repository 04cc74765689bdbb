"""`genzoo interpolate` and `genzoo reconstruct`."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.latent import interpolate


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 28, 28), dtype="uint8")
    (tmp_path / "in" / "sub").mkdir(parents=True)
    Image.fromarray(images[0]).save(tmp_path / "in" / "one.png")
    Image.fromarray(images[1]).save(tmp_path / "in" / "sub" / "two.png")
    return images[..., None]


def test_paths_between_draws(zoo, genzoo, tmp_path):
    folder, models = zoo
    done = genzoo(
        "interpolate", folder / "gan", "-o", "a.npy", "--rows", 2, "--steps", 5,
        "--seed", 4, "--path", "linear", "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["paths"] == 2
    ends = np.random.default_rng(4).standard_normal((2, 2, 4), dtype="float32")
    expected = interpolate(models["gan"], *ends, steps=5, path="linear")
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-5)


def test_a_path_between_pictures(zoo, genzoo, tmp_path, pictures):
    folder, models = zoo
    done = genzoo(
        "interpolate", folder / "cvae", "--start", "in/one.png", "--end",
        "in/sub/two.png", "--label", "dog", "-o", "a.npy", "--steps", 3,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    expected = interpolate(
        models["cvae"], pictures[:1], pictures[1:], 3, "spherical", labels=1
    )
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-5)


def test_strips_and_animations(zoo, genzoo, tmp_path):
    gan = zoo[0] / "gan"
    assert genzoo("interpolate", gan, "--rows", 2).stdout == "gan-path.png\n"
    size = Image.open(tmp_path / "gan-path.png").size
    assert size == (2 * (9 * 30 + 2), 2 * (2 * 30 + 2))
    assert not genzoo("interpolate", gan, "-o", "a.gif", "--steps", 4).exit_code
    assert Image.open(tmp_path / "a.gif").n_frames == 7


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gan", "--start", "in/one.png"], 2, "given together"),
        (["gan", "--start", "in/one.png", "--end", "in/one.png"], 2, "no encoder"),
        (["vae", "--start", "in/none.png", "--end", "in/one.png"], 3, "none.png"),
        (["gan", "--path", "round"], 2, "`path` must be one of"),
        (["gan", "-o", "a.txt"], 2, "must end in"),
        (["cyclegan"], 2, "cannot decode latents"),
    ],
)
def test_paths_that_there_are_not(zoo, genzoo, pictures, arguments, code, message):
    name, *rest = arguments
    done = genzoo("interpolate", zoo[0] / name, *rest)
    assert done.exit_code == code, done.output
    assert message in done.stderr


def test_reconstructions_of_a_folder(zoo, genzoo, tmp_path, pictures):
    folder, models = zoo
    done = genzoo("reconstruct", folder / "vae", "in", "out", "--json")
    result = json.loads(done.stdout)
    expected = models["vae"].reconstruct(pictures)
    errors = np.mean(np.square(expected - pictures / 255.0), axis=(1, 2, 3))
    np.testing.assert_allclose(
        [image["squared_error"] for image in result["images"]], errors, rtol=1e-4
    )
    assert result["mean"] == pytest.approx(errors.mean(), rel=1e-4)
    for name, image in zip(("one.png", "sub/two.png"), expected, strict=True):
        got = np.asarray(Image.open(tmp_path / "out" / name)) / 255.0
        np.testing.assert_allclose(got, image[..., 0], atol=0.51 / 255)
    again = genzoo("reconstruct", folder / "vae", "in", "out")
    assert again.exit_code == 4


def test_reconstructions_in_one_picture(zoo, genzoo, tmp_path, pictures):
    done = genzoo("reconstruct", zoo[0] / "cvae", "in/one.png", "a.png", "--label", 2)
    assert done.exit_code == 0, done.output
    expected = zoo[1]["cvae"].reconstruct(pictures[:1], [2])[0, ..., 0]
    shown = np.asarray(Image.open(tmp_path / "a.png"), "float32") / 255.0
    np.testing.assert_allclose(
        shown[64 : 64 + 56 : 2, 4 : 4 + 56 : 2], expected, atol=0.51 / 255
    )


@pytest.mark.parametrize(
    ("name", "source", "code", "message"),
    [
        ("gan", "in", 2, "cannot reconstruct images"),
        ("cvae", "in", 2, "--label must be given"),
        ("vae", "nowhere", 3, "nowhere"),
    ],
)
def test_what_is_not_reconstructed(zoo, genzoo, pictures, name, source, code, message):
    done = genzoo("reconstruct", zoo[0] / name, source, "out")
    assert done.exit_code == code, done.output
    assert message in done.stderr
