"""The prior, truncated and not."""

import keras
import numpy as np
import pytest
from scipy import stats

import keras_genzoo as gz
from keras_genzoo import networks


@pytest.fixture(scope="module")
def model():
    identity = keras.Sequential([keras.Input((5,)), keras.layers.Identity()])
    return gz.GAN(identity, networks.mlp_discriminator((5,), (4,)), seed=0)


@pytest.mark.parametrize("truncation", [0.04, 0.5, 2.0])
def test_truncated_latents_are_those_drawn_anew(model, truncation):
    z = model.sample(4000, seed=1, truncation=truncation).ravel()
    assert np.abs(z).max() <= truncation
    expected = stats.truncnorm(-truncation, truncation)
    assert stats.kstest(z, expected.cdf).pvalue > 1e-3
    assert z.std() == pytest.approx(expected.std(), rel=0.02)


def test_the_whole_prior(model):
    z = model.sample(4000, seed=1).ravel()
    assert stats.kstest(z, "norm").pvalue > 1e-3


def test_seeds(model):
    a, b = (model.sample(3, seed=5, truncation=1.0) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert np.abs(model.sample(3) - model.sample(3)).max() > 0.1
