"""Extractors: a network's layer, Inception, samples in batches."""

import urllib.error

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_genzoo import networks
from keras_genzoo.evaluation import (
    InceptionFeatures,
    NetworkFeatures,
    class_score,
    extract_features,
    frechet_distance,
    kernel_distance,
    pixel_features,
    sample_batches,
)
from keras_genzoo.evaluation.inception import resize_images


def test_a_layer_of_a_classifier_is_an_extractor():
    network = networks.conv_classifier((8, 8, 1), 3, width=2, dense=5, seed=0)
    images = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 1), dtype="uint8")
    layer = network.layers[-2].name
    features = NetworkFeatures(network, layer, batch_size=4)
    rows = features(images)
    assert rows.shape == (7, 5)
    logits = ops.convert_to_numpy(network(images.astype("float32") / 255))
    kernel, bias = (ops.convert_to_numpy(w) for w in network.layers[-1].weights)
    np.testing.assert_allclose(rows @ kernel + bias, logits, rtol=1e-4, atol=1e-5)
    # The last batch is padded, which no row may see.
    np.testing.assert_allclose(features(images[6:]), rows[6:], rtol=1e-5, atol=1e-6)
    assert features.name == f"classifier/{layer}"
    with pytest.raises(ValueError, match=r"`layer`.*'missing'"):
        NetworkFeatures(network, "missing")


class Model:
    def sample(self, n, seed):
        return np.random.default_rng(seed).random((n, 2, 2, 1))


def test_samples_come_in_batches_and_again_with_the_same_seed():
    sizes = [len(b) for b in sample_batches(Model(), 25, seed=1, batch_size=10)]
    assert sizes == [10, 10, 5]

    def rows(seed):
        return extract_features(sample_batches(Model(), 25, seed, 10), pixel_features)

    np.testing.assert_array_equal(rows(1), rows(1))
    # No row twice, nor any of another seed.
    assert len(np.unique(np.concatenate([rows(1), rows(2)]), axis=0)) == 50


def small_inception():
    return keras.Sequential(
        [
            keras.Input((299, 299, 3)),
            keras.layers.AveragePooling2D(100),
            keras.layers.Flatten(),
        ],
        name="not_inception",
    )


def test_only_inception_is_called_fid(monkeypatch):
    asked = {}

    def inception(**kwargs):
        asked.update(kwargs)
        return small_inception()

    images = np.random.default_rng(0).integers(0, 256, (12, 20, 20, 1), dtype="uint8")
    other = InceptionFeatures(network=small_inception())
    result = frechet_distance(images, images[:5], other, allow_few=True)
    assert result.name == "Fréchet distance"
    monkeypatch.setattr(keras.applications, "InceptionV3", inception)
    features = InceptionFeatures()
    assert (asked["include_top"], asked["pooling"]) == (False, "avg")
    same = frechet_distance(images, images[:5], features, allow_few=True)
    assert same.name == "FID"
    assert same.value == result.value
    assert "keras.applications weights" in str(same)
    assert "bicubic" in str(same)
    assert kernel_distance(images, images, features, subsets=None).name == "KID"
    with pytest.raises(ValueError, match="probabilities"):
        class_score(images, features)


def test_images_are_resized_as_clean_fid_does():
    """Its recipe, one channel at a time (cleanfid/resize.py, mode "clean")."""
    image = np.random.default_rng(0).integers(0, 256, (32, 24, 3), dtype="uint8")
    expected = np.stack(
        [
            np.asarray(
                Image.fromarray(image[:, :, c].astype("float32")).resize(
                    (299, 299), Image.BICUBIC
                )
            ).clip(0, 255)
            for c in range(3)
        ],
        axis=-1,
    )
    resized = resize_images(image[None])
    np.testing.assert_array_equal(resized[0], expected)
    floats = resize_images(image[None].astype("float32") / 255)
    np.testing.assert_array_equal(floats, resized)
    grey = resize_images(image[None, :, :, :1])
    np.testing.assert_array_equal(grey, np.repeat(resized[..., :1], 3, axis=-1))
    with pytest.raises(ValueError, match=r"1 or 3\)"):
        resize_images(image)


def test_offline_inception_says_so_in_one_line(monkeypatch):
    def unreachable(**kwargs):
        raise Exception("URL fetch failure on https://x: None -- no\nnetwork")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    with pytest.raises(ConnectionError) as caught:
        InceptionFeatures()
    assert "\n" not in str(caught.value)
    assert "Inception's weights could not be downloaded" in str(caught.value)

    def broken(**kwargs):
        raise urllib.error.URLError("refused")

    monkeypatch.setattr(keras.applications, "InceptionV3", broken)
    with pytest.raises(ConnectionError, match="refused"):
        InceptionFeatures()
