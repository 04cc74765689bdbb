"""Presets on disk: what is saved comes back, and nothing else is touched."""

import numpy as np
import pytest
from keras import ops
from small_models import MODELS, outputs
from small_models import with_weights as trained

import keras_genzoo as gz
from keras_genzoo.zoo.save import model_config


def values(model):
    return {
        f"{i}/{v.path}": ops.convert_to_numpy(v) for i, v in enumerate(model.weights)
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_class_comes_back(name, tmp_path):
    model = trained(MODELS[name]())
    model.save_to_preset(tmp_path / "saved")
    for load in (gz.from_preset, getattr(gz, name).from_preset):
        loaded = load(tmp_path / "saved")
        assert type(loaded) is type(model)
        assert model_config(loaded, None) == model_config(model, None)
        np.testing.assert_array_equal(outputs(loaded), outputs(model))
        for got, expected in zip(loaded.weights, model.weights, strict=True):
            if "image_pool" not in expected.path:
                np.testing.assert_array_equal(
                    ops.convert_to_numpy(got), ops.convert_to_numpy(expected)
                )
