"""The page of `genzoo report`: whole in one file, with every number and picture."""

import base64
import csv
import io
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.reports import EvaluationOptions, evaluate_model, write_page
from keras_genzoo.reports.page import rows
from keras_genzoo.reports.training_log import log_pictures, read_log
from tests.reports.small_subjects import (
    Showing,
    brightness_features,
    data,
    subject,
    two_classes,
)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.sources, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "link", "iframe")
        if tag == "img":
            assert dict(attrs)["alt"]
            self.sources.append(dict(attrs)["src"])

    def handle_data(self, text):
        self.texts.append(text)


@pytest.fixture(scope="module")
def evaluation():
    shown, _ = two_classes(40, 30)
    return evaluate_model(
        subject(Showing(shown)), data(), brightness_features(), EvaluationOptions()
    )


def test_the_page_holds_its_pictures_and_all_numbers(evaluation):
    page = Page(write_page(evaluation))
    assert len(page.sources) == len(evaluation.pictures) >= 3
    for source, picture in zip(page.sources, evaluation.pictures, strict=True):
        kind, _, encoded = source.partition(";base64,")
        assert kind == "data:image/png"
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
        np.testing.assert_array_equal(shown.reshape(picture.image.shape), picture.image)
    for row in rows(evaluation.measured):
        for cell in filter(None, row):
            assert cell in page.texts


def test_names_are_text_and_nothing_else(evaluation):
    handle = evaluation.about["handle"]
    evaluation.about["handle"] = "<script>alert(1)</script>"
    try:
        text = write_page(evaluation)
    finally:
        evaluation.about["handle"] = handle
    assert "<script" not in text


def test_curves_come_from_the_preset_or_a_log(evaluation, tmp_path):
    (tmp_path / "losses.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    plain, own = (
        Page(write_page(evaluation, folder)).sources for folder in (None, tmp_path)
    )
    added = [s for s in own if s not in plain]
    assert len(added) == 1
    assert base64.b64decode(added[0].partition(",")[2]).startswith(b"<svg")
    history = {"loss": [3.0, 2.0], "d_loss": [1.0, float("nan")], "elbo": [-3.0, -2.0]}
    log = tmp_path / "log.csv"
    with open(log, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *history])
        writer.writerows(zip(range(2), *history.values(), strict=True))
    read = read_log(log)
    assert read["loss"] == history["loss"]
    assert read["elbo"] == history["elbo"]
    (tmp_path / "log.json").write_text(json.dumps({"loss": [1, 2]}))
    assert read_log(tmp_path / "log.json") == {"loss": [1.0, 2.0]}
    assert list(log_pictures(log)) == ["losses", "elbo"]
    assert len(Page(write_page(evaluation, tmp_path, log)).sources) == len(plain) + 2


def test_what_is_no_log_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="log"):
        read_log(tmp_path / "missing.csv")
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,much\n")
    with pytest.raises(ValueError, match="--log"):
        read_log(path)
    path.write_text("")
    with pytest.raises(ValueError, match="--log"):
        read_log(path)
