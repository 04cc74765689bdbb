"""The same weights, batch and noise give the same updated weights on all backends."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).with_name("worker.py")
BACKENDS = ("jax", "tensorflow", "torch")
CASES = (
    "vae_bernoulli",
    "vae_gaussian_fixed",
    "vae_gaussian_learned",
    "vae_gaussian_profiled",
    "vae_continuous_bernoulli_warmup",
    "vae_binarized",
    "vae_dequantized_free_bits",
    "vae_importance_weighted",
    "conditional_vae",
    "semi_supervised_vae",
    "autoencoder_linear",
    "autoencoder_conv",
    "gan_dcgan_28",
    "gan_dcgan_32_minimax",
    "gan_mlp_two_discriminator_steps",
    "gan_least_squares",
    "gan_hinge_packed",
    "wgan_gp",
    "gan_relativistic_r1_r2",
    "gan_augmented",
    "conditional_dcgan",
    "conditional_biggan",
    "r3gan",
    "veegan",
    "cyclegan_empty_pool",
    "cyclegan_half_full_pool",
    "cyclegan_full_pool",
    "cyclegan_relativistic_r1_r2_augmented",
)


@pytest.fixture(scope="module")
def updated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("updated")
    paths = {backend: folder / f"{backend}.npz" for backend in BACKENDS}
    workers = [
        subprocess.Popen(
            [sys.executable, str(WORKER), ",".join(CASES), str(path)],
            env={**os.environ, "KERAS_BACKEND": backend},
        )
        for backend, path in paths.items()
    ]
    assert [worker.wait(timeout=1200) for worker in workers] == [0, 0, 0]
    return {backend: np.load(path) for backend, path in paths.items()}


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
@pytest.mark.parametrize(("steps", "tolerance"), [(1, 1e-5), (10, 1e-4)])
@pytest.mark.parametrize("case", CASES)
def test_updated_weights_agree_with_jax(updated, case, steps, tolerance, backend):
    prefix = f"{case}/{steps}/"
    expected = {
        k.split("/")[2]: updated["jax"][k]
        for k in updated["jax"].files
        if k.startswith(prefix)
    }
    got = {
        k.split("/")[2]: updated[backend][k]
        for k in updated[backend].files
        if k.startswith(prefix)
    }
    assert expected.keys() == got.keys() != set()
    for key, value in expected.items():
        np.testing.assert_allclose(got[key], value, rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", CASES)
def test_ten_steps_move_every_kind_of_weight(updated, case):
    # A bias has no gradient before a batch normalisation, or where a loss takes
    # differences of logits; u of a kernel with one output is 1 for ever; a pool that
    # is full stays so.
    one = [
        k
        for k in updated["jax"].files
        if k.startswith(f"{case}/1/") and not k.endswith(("/bias", "/u", "/count"))
    ]
    moved = [
        np.abs(updated["jax"][k] - updated["jax"][k.replace("/1/", "/10/", 1)]).max()
        for k in one
    ]
    assert min(moved) > 1e-4
