"""A classifier as extractor."""

import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_genzoo import networks
from keras_genzoo.evaluation import ClassifierFeatures, class_balance
from keras_genzoo.reports.reading import reader_for

NAMES = ("cat, ink", "cat, oil", "dog, ink", "dog, oil")


def classifier():
    return networks.vgg_classifier((8, 8, 1), 4, width=2, stages=2, dropout=0.2, seed=0)


def test_features_and_probabilities_are_the_networks():
    network = classifier()
    features = ClassifierFeatures(network, NAMES, "features", "animals")
    images = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 1), dtype="uint8")
    rows = features(images)
    assert rows.shape == (7, 4)
    kernel, bias = (ops.convert_to_numpy(w) for w in network.layers[-1].weights)
    expected = special.softmax(rows @ kernel + bias, axis=1)
    np.testing.assert_allclose(features.probabilities(images), expected, atol=1e-5)
    np.testing.assert_array_equal(features.classify(images), expected.argmax(axis=1))
    same = ClassifierFeatures(network, NAMES)(images / np.float32(255))
    np.testing.assert_allclose(same, rows, rtol=1e-5, atol=1e-6)
    assert features.name == "animals"
    balance = class_balance(images, features.probabilities)
    assert balance.modes.extractor == "animals probabilities"
    with pytest.raises(ValueError, match=r"`class_names`.*4 classes"):
        ClassifierFeatures(network, NAMES[:3])
    with pytest.raises(ValueError, match=r"`images`.*\(n, 8, 8, 1\).*animals"):
        features(images[:, :4])


def test_a_reader_joins_and_leaves_out_classes():
    features = ClassifierFeatures(classifier(), NAMES, "features")
    images = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 1), dtype="uint8")
    p = features.probabilities(images)
    kinds = reader_for(features, ("dog", "cat"))(images)
    np.testing.assert_allclose(
        kinds, np.stack([p[:, 2] + p[:, 3], p[:, 0] + p[:, 1]], 1)
    )
    some = reader_for(features, ("cat, oil", "dog, ink"))(images)
    np.testing.assert_allclose(some, p[:, 1:3] / p[:, 1:3].sum(1, keepdims=True))
    assert reader_for(features, ("cat", "bird")) is None
    assert reader_for(lambda x: x, ("cat",)) is None
