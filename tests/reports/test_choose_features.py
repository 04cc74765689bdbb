import numpy as np
import pytest

from keras_genzoo.evaluation import pixel_features
from keras_genzoo.reports import load_data, load_subject
from keras_genzoo.reports.choose_features import choose_features
from keras_genzoo.reports.images import ReportData


def images(*shape):
    return np.zeros((2, *shape), "uint8")


@pytest.fixture(scope="module")
def emoji():
    return load_subject("dcgan_emoji")


def test_the_classifier_that_reads_the_data(emoji):
    data = load_data(emoji)
    features = choose_features(None, emoji, data)
    assert features.image_shape == data.test.shape[1:] == (32, 32, 3)


def test_pixels_where_no_classifier_reads_the_images(emoji):
    grey, coloured = images(28, 28, 1), images(28, 28, 3)
    for name, test in (
        ("mnist", (grey, coloured)),
        ("emoji", images(64, 64, 3)),
        ("a folder", images(32, 32, 3)),
    ):
        data = ReportData(name, test, test)
        assert choose_features(None, emoji, data) is pixel_features


def test_another_name_is_refused(emoji):
    data = ReportData("emoji", images(32, 32, 3), images(32, 32, 3))
    with pytest.raises(ValueError, match=r"--features must be one of .*, got 'words'"):
        choose_features("words", emoji, data)
