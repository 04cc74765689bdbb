"""`genzoo translate`: files in, files out, what stands in the way."""

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from keras_genzoo import CycleGAN, cli, networks


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A model from grey to RGB, saved whole and one way, and pictures of any size."""
    folder = tmp_path_factory.mktemp("translate")
    model = CycleGAN(
        networks.cyclegan_generator(1, 3, width=4, blocks=1, seed=0),
        networks.cyclegan_generator(3, 1, width=4, blocks=1, seed=1),
        networks.patchgan_discriminator(1, width=4, depth=1, seed=2),
        networks.patchgan_discriminator(3, width=4, depth=1, seed=3),
        image_size=8,
        pool_size=1,
    )
    model.save(folder / "both.keras")
    model.translator("b_to_a").save(folder / "back.keras")
    model.discriminator_a.save(folder / "judge.keras")
    rng = np.random.default_rng(0)
    for name, shape in (("one.png", (12, 16, 3)), ("sub/two.png", (9, 5, 3))):
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, shape, dtype="uint8")).save(path)
    (folder / "empty").mkdir()
    return folder, model


def run(*arguments):
    return CliRunner().invoke(cli.app, ["translate", *map(str, arguments)])


@pytest.mark.parametrize("saved", ["both", "back"])
def test_a_folder_keeps_names_and_sizes(files, saved, tmp_path):
    folder, model = files
    done = run(
        folder / f"{saved}.keras", folder / "images", tmp_path, "--direction", "b_to_a"
    )
    assert done.exit_code == 0, done.output
    image = np.asarray(Image.open(folder / "images" / "one.png"))
    expected = model.translate(image[None], "b_to_a")[0, ..., 0]
    got = np.asarray(Image.open(tmp_path / "one.png"))
    np.testing.assert_allclose(got / 255.0, expected, atol=0.51 / 255)
    # Of a size that no generator takes: repeated at the end, and cut again.
    image = np.asarray(Image.open(folder / "images" / "sub" / "two.png"))
    image = np.pad(image, ((0, 3), (0, 3), (0, 0)), mode="edge")
    expected = model.translate(image[None], "b_to_a")[0, :9, :5, 0]
    got = np.asarray(Image.open(tmp_path / "sub" / "two.png"))
    np.testing.assert_allclose(got / 255.0, expected, atol=0.51 / 255)
    assert str(tmp_path / "one.png") in done.output


def test_one_file_brought_to_a_size(files, tmp_path):
    folder, _ = files
    source = folder / "images" / "one.png"
    done = run(folder / "both.keras", source, tmp_path, "--image-size", 8)
    assert done.exit_code == 0, done.output
    assert np.asarray(Image.open(tmp_path / "one.png")).shape == (8, 8, 3)


BAD = {
    "no model": (("none.keras", "images"), "does not exist"),
    "other model": (("judge.keras", "images"), "must be a `CycleGAN`"),
    "no images": (("both.keras", "empty"), "INPUT must be an image or a folder"),
    "no such way": (("both.keras", "images", "--direction", "up"), "must be one of"),
    "other way": (
        ("back.keras", "images", "--direction", "a_to_b"),
        "--direction must be b_to_a",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(files, case, tmp_path):
    folder, _ = files
    (model, source, *options), message = BAD[case]
    done = run(folder / model, folder / source, tmp_path, *options)
    assert done.exit_code == (3 if case == "no model" else 2)
    assert message in " ".join(done.output.split())
