"""`genzoo sample`: as many files as asked for, with what the model draws."""

import json

import numpy as np
import pytest
from PIL import Image
from presets import LABELS


def test_a_grid(zoo, genzoo, tmp_path):
    folder, models = zoo
    done = genzoo("sample", folder / "gan", "-n", 6, "--seed", 1, "--columns", 3)
    assert done.exit_code == 0, done.output
    assert done.stdout == "gan.png\n"
    expected = models["gan"].sample(6, seed=1)[..., 0]
    shown = np.asarray(Image.open(tmp_path / "gan.png"), "float32") / 255.0
    assert shown.shape == (2 * (2 * 30 + 2), 2 * (3 * 30 + 2))
    for i in range(6):
        top, left = 2 * (2 + 30 * (i // 3)), 2 * (2 + 30 * (i % 3))
        tile = shown[top : top + 56 : 2, left : left + 56 : 2]
        np.testing.assert_allclose(tile, expected[i], atol=0.51 / 255)


def test_an_array_and_files(zoo, genzoo, tmp_path):
    folder, models = zoo
    expected = models["vae"].sample(3, seed=2)
    assert not genzoo("sample", folder / "vae", "-n3", "--seed=2", "-o a.npy").exit_code
    array = np.load(tmp_path / " a.npy")
    np.testing.assert_allclose(array, expected, atol=1e-5)
    done = genzoo("sample", folder / "vae", "-n3", "--seed=2", "-o", "each")
    assert done.stdout.splitlines() == [f"each/000{i}.png" for i in range(3)]
    for i in range(3):
        image = np.asarray(Image.open(tmp_path / f"each/000{i}.png"))
        np.testing.assert_allclose(image / 255.0, expected[i, ..., 0], atol=0.51 / 255)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ([], [0, 1, 2, 0, 1]),
        (["--label", "Flags"], [2] * 5),
        (["--label", "1", "--label", "cat"], [1, 0, 1, 0, 1]),
    ],
)
def test_classes_by_number_and_name(zoo, genzoo, tmp_path, given, labels):
    folder, models = zoo
    done = genzoo(
        "sample", folder / "conditional", "-n5", "-o", "a.npy", "--seed", 3,
        "--truncation", 0.5, "--json", *given,
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert result["labels"] == labels
    assert result["label_names"] == LABELS
    assert result["files"] == ["a.npy"]
    expected = models["conditional"].sample(
        labels=np.array(labels), seed=3, truncation=0.5
    )
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-5)


BAD = {
    "no preset": (["nothing"], 3, "there is no preset 'nothing'"),
    "no class": (["conditional", "--label", "Flag"], 2, "did you mean Flags?"),
    "class 3": (["conditional", "--label", "3"], 2, "a class from 0 to 2"),
    "no classes": (["gan", "--label", "1"], 2, "has no classes"),
    "no truncation": (["vae", "--truncation", "1"], 2, "--truncation"),
    "truncation": (["gan", "--truncation", "-1"], 2, "`truncation` must be"),
    "ending": (["gan", "-o", "a.jpg"], 2, "must end in .png or .npy"),
    "no number": (["gan", "-n", "0"], 2, "-n"),
    "translator": (["cyclegan"], 2, "see `genzoo translate`"),
    "backend": (["gan", "--backend", "theano"], 2, "must be one of"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(zoo, genzoo, case, tmp_path):
    (name, *rest), code, message = BAD[case]
    handle = zoo[0] / name if (zoo[0] / name).exists() else name
    done = genzoo("sample", handle, *rest)
    assert done.exit_code == code, done.output
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
    if code != 2:
        assert done.stderr.count("\n") == 1


def test_nothing_is_overwritten_unless_asked(zoo, genzoo, tmp_path):
    (tmp_path / "a.png").write_text("mine")
    done = genzoo("sample", zoo[0] / "gan", "-n1", "-o", "a.png")
    assert done.exit_code == 4
    assert "--overwrite" in done.stderr
    assert (tmp_path / "a.png").read_text() == "mine"
    done = genzoo("sample", zoo[0] / "gan", "-n1", "-o", "a.png", "--overwrite")
    assert done.exit_code == 0
    assert Image.open(tmp_path / "a.png").size == (64, 64)


def test_a_damaged_preset_is_refused(zoo, genzoo, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in (zoo[0] / "gan").iterdir():
        content = path.read_bytes()
        cut = len(content) // 2 if path.suffix == ".h5" else len(content)
        (broken / path.name).write_bytes(content[:cut])
    done = genzoo("sample", broken, "-n1", "-o", "a.png")
    assert done.exit_code == 6
    assert done.stderr.startswith("genzoo: ")
    assert not (tmp_path / "a.png").exists()
