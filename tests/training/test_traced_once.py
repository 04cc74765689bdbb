"""The first step of a process is traced once.

TensorFlow traces a step again that makes a variable, and runs it in both forms; the
first of two `fit`s would then take twice as long as the second.
"""

import json

import clean_process
import keras
import numpy as np
import pytest

import keras_genzoo as gz


def fit(path):
    calls = []

    class Counted(gz.VAE):
        def compute_phase(self, phase, *args, **kwargs):
            calls.append(phase)
            return super().compute_phase(phase, *args, **kwargs)

    vae = Counted(
        gz.networks.mlp_encoder((6,), 2, (4,)), gz.networks.mlp_decoder((6,), 2, (4,))
    )
    vae.compile()
    x = np.random.default_rng(0).random((12, 6)).astype("float32")
    counts = []
    for _ in range(2):
        calls.clear()
        vae.fit(x, batch_size=4, verbose=0)
        counts.append(len(calls))
    path.write_text(json.dumps(counts))


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch traces nothing")
def test_the_first_fit_of_a_process(tmp_path):
    assert clean_process.run(fit, tmp_path / "counts.json") == 0
    assert json.loads((tmp_path / "counts.json").read_text()) == [1, 0]
