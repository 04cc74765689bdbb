import io
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from keras_genzoo import cli, networks
from keras_genzoo.demo import Budget, FolderInUse, folder, run_demo
from keras_genzoo.demo.emoji import load_emoji
from keras_genzoo.demo.numbers import bits_per_dimension, mean_squared_error
from keras_genzoo.demo.pictures import PATH_STEPS, interpolation
from keras_genzoo.demo.training import start_at_mean

TINY = Budget(
    vae_hidden=(16,),
    vae_latent_dim=4,
    vae_batch_size=16,
    vae_epochs=2,
    gan_width=4,
    gan_latent_dim=4,
    gan_batch_size=16,
    gan_epochs=4,
    gan_frame_every=2,
    limit=32,
)


class Page(HTMLParser):
    """What a page refers to, and the numbers that it shows."""

    def __init__(self, text):
        super().__init__()
        self.links, self.alts, self.numbers, self._key = [], [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[k] for k in ("src", "href") if k in attributes]
        if tag == "img":
            self.alts.append(attributes.get("alt", ""))
        self._key = attributes.get("data-number")

    def handle_data(self, data):
        if self._key:
            self.numbers[self._key] = data
            self._key = None


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One tiny run: its folder, what it returned and what it printed."""
    place = tmp_path_factory.mktemp("run") / "out put"
    console = Console(record=True, width=100, file=io.StringIO())
    numbers = run_demo(place, seed=1, console=console, budget=TINY)
    return place, numbers, console.export_text()


@pytest.fixture(scope="module")
def page(demo):
    return Page((demo[0] / "index.html").read_text(encoding="utf-8"))


def test_all_files_are_there_and_no_other(demo):
    place, _, _ = demo
    assert {entry.name for entry in place.iterdir()} == folder.FILES
    assert {entry.name for entry in (place / folder.FRAMES).iterdir()} == {
        "epoch_0002.png",
        "epoch_0004.png",
        "samples.gif",
    }


def test_pictures_have_the_sizes_of_their_grids(demo):
    place, _, _ = demo
    sizes = {path.stem: Image.open(path).size for path in place.glob("*.png")}
    grid = 3 * (8 * 34 + 2)
    assert sizes.pop("emoji") == (grid, 3 * (4 * 34 + 2))  # 32 images, 8 a row
    assert sizes.pop("gan_samples") == (grid, grid)
    assert sizes.pop("vae_samples") == (grid, grid)
    # Three bands of two rows: padding 2, gaps 8.
    assert sizes.pop("vae_reconstructions") == (grid, 3 * (3 * 66 + 2 * 2 + 2 * 8))
    assert sizes.pop("vae_interpolation") == (3 * (9 * 34 + 2), 3 * (6 * 34 + 2))
    assert not sizes


def test_the_page_shows_every_picture_and_none_is_missing(demo, page):
    place, _, _ = demo
    assert all((place / link).is_file() for link in page.links), page.links
    made = {p.relative_to(place).as_posix() for p in place.glob("*.[ps][nv]g")}
    assert made | {"gan_training/samples.gif"} <= set(page.links)
    assert len(page.alts) == len(made) + 1
    assert all(len(alt) > 20 for alt in page.alts)


def test_the_page_stands_alone(demo):
    text = (demo[0] / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link", text)
    assert str(demo[0].parent) not in re.sub(r"<pre>.*</pre>", "", text, flags=re.S)


def test_the_numbers_file_holds_what_was_measured(demo):
    place, numbers, _ = demo
    assert json.loads((place / "numbers.json").read_text()) == numbers
    assert numbers["run"]["backend"] == keras.backend.backend()
    assert numbers["run"]["seed"] == 1
    assert numbers["run"]["seconds"] > numbers["vae"]["seconds"] > 0


def test_the_page_shows_what_was_measured(demo, page):
    numbers = demo[1]
    assert len(page.numbers) >= 20
    for key, text in page.numbers.items():
        group, name = key.split(".")
        value = numbers[group][name]
        if isinstance(value, str):
            assert text == value
            continue
        text = text.replace(",", "").replace("\u2212", "-")
        scale = 100 if text.endswith("%") else 1
        shown = text.rstrip("%")
        digits = len(shown.partition(".")[2])
        assert float(shown) == pytest.approx(
            scale * value, abs=0.5000001 * 10**-digits
        ), key


def test_the_terminal_says_the_same_and_what_next(demo):
    place, numbers, printed = demo
    assert f"{numbers['vae']['test_elbo_nats']:,.1f}" in printed
    assert f"{numbers['gan']['fake_accuracy']:.1%}" in printed
    assert "What to try next" in printed
    assert "genzoo demo --seed 2" in printed
    # A path with a space must survive being copied into a shell.
    assert f"'{place / 'index.html'}'" in printed


def test_the_saved_models_give_the_numbers_again(demo):
    place, numbers, _ = demo
    emoji = load_emoji(seed=1, limit=TINY.limit)
    vae = keras.saving.load_model(place / "vae.keras")
    assert mean_squared_error(vae, emoji.test) == pytest.approx(
        numbers["vae"]["test_mean_squared_error"], rel=1e-4
    )
    assert float(np.mean(vae.elbo(emoji.test, seed=1))) == pytest.approx(
        numbers["vae"]["test_elbo_nats"], rel=1e-3
    )
    gan = keras.saving.load_model(place / "gan.keras")
    samples = np.rint(255 * gan.sample(64, seed=1))
    shown = np.asarray(Image.open(place / "gan_samples.png"), "float32")
    first = shown[6 : 6 + 96 : 3, 6 : 6 + 96 : 3]
    np.testing.assert_allclose(first, samples[0], atol=1)


def test_the_same_seed_measures_the_same(demo, tmp_path):
    again = run_demo(tmp_path, seed=1, console=Console(quiet=True), budget=TINY)
    for group, name in (("vae", "test_elbo_nats"), ("gan", "generator_loss_nats")):
        assert again[group][name] == pytest.approx(demo[1][group][name], rel=1e-3)


def test_training_starts_at_the_mean_image():
    images = load_emoji(seed=0, limit=8).train
    encoder = networks.mlp_encoder(images.shape[1:], 3, (5,), "elu")
    decoder = networks.mlp_decoder(images.shape[1:], 3, (5,), "elu")
    start_at_mean(encoder, decoder, images)
    mean = images.mean(axis=0, keepdims=True).astype("float32") / 255
    np.testing.assert_allclose(
        decoder.predict(np.zeros((1, 3), "float32"), verbose=0), mean, atol=1e-5
    )
    np.testing.assert_allclose(
        encoder.predict(mean, verbose=0)[0], np.zeros((1, 3)), atol=1e-4
    )


def test_a_second_run_replaces_the_first_and_nothing_else(tmp_path):
    place = tmp_path / "demo"
    folder.prepare_folder(place)
    (place / "index.html").write_text("old")
    (place / folder.FRAMES).mkdir()
    (place / folder.FRAMES / "epoch_0099.png").write_text("old")
    (place / ".DS_Store").write_text("the system's")
    (tmp_path / "mine.txt").write_text("mine")
    folder.prepare_folder(place)
    assert {entry.name for entry in place.iterdir()} == {folder.MARKER, ".DS_Store"}
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "foreign", ["notes.txt", "index.html", "gan_training/notes.txt", "sub/a.txt"]
)
def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, foreign):
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(FolderInUse, match=Path(foreign).parts[0]):
        run_demo(tmp_path, budget=TINY, console=Console(quiet=True))
    assert (tmp_path / foreign).read_text() == "mine"
    assert not (tmp_path / folder.MARKER).exists()


@pytest.mark.parametrize("foreign", ["notes.txt", "gan_training/notes.txt"])
def test_a_foreign_file_among_a_demo_is_refused(tmp_path, foreign):
    folder.prepare_folder(tmp_path / "demo")
    (tmp_path / "demo" / folder.FRAMES).mkdir()
    (tmp_path / "demo" / "index.html").write_text("old")
    (tmp_path / "demo" / foreign).write_text("mine")
    with pytest.raises(FolderInUse, match=foreign):
        folder.prepare_folder(tmp_path / "demo")
    assert (tmp_path / "demo" / "index.html").read_text() == "old"
    assert (tmp_path / "demo" / foreign).read_text() == "mine"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(FolderInUse, match="is a file"):
        folder.prepare_folder(tmp_path / "a")


def test_command_passes_its_options_on(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(
        "keras_genzoo.demo.run_demo",
        lambda output, seed, console: seen.update(o=output, s=seed),
    )
    done = CliRunner().invoke(
        cli.app, ["demo", "--output", str(tmp_path), "--seed", "5"]
    )
    assert done.exit_code == 0
    assert seen == {"o": tmp_path, "s": 5}


def test_command_refuses_a_foreign_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = CliRunner().invoke(cli.app, ["demo", "--output", str(tmp_path)])
    assert done.exit_code == 4
    assert "notes.txt" in done.output
    assert "--output" in done.output
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_bits_per_dimension_of_uniform_and_of_halved_pixels():
    # A uniform density on [0, 1] has log-density 0 and needs all 8 bits; one that
    # knows each pixel's upper or lower half has density 2 and needs 7.
    assert bits_per_dimension(0.0, 3072) == 8.0
    assert bits_per_dimension(3072 * math.log(2), 3072) == pytest.approx(7.0)


def test_interpolation_walks_straight_between_its_ends():
    class Linear:
        def encode(self, x):
            return x.reshape(len(x), -1).astype("float32"), None

        def decode(self, z):
            return z.reshape(-1, 1, 1, 1)

    starts = np.array([0.0, 8.0]).reshape(2, 1, 1, 1)
    ends = np.array([8.0, 0.0]).reshape(2, 1, 1, 1)
    images = interpolation(Linear(), starts, ends)[..., 0, 0, 0]
    assert images.shape == (2, PATH_STEPS)
    np.testing.assert_allclose(images, [np.arange(9.0), 8 - np.arange(9.0)])


def test_no_emoji_is_in_both_training_and_test():
    emoji = load_emoji(seed=0)
    train = {image.tobytes() for image in emoji.train}
    test = {image.tobytes() for image in emoji.test}
    faces = {image.tobytes() for image in emoji.faces}
    assert faces < train
    # The same picture may stand for two emoji, such as two coloured squares; what
    # must not happen is a test set that was trained on.
    assert len(test & train) < 0.05 * len(test)
