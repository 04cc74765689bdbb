"""The same features give the numbers of other libraries; see make_golden_numbers.py."""

import json
from pathlib import Path

import numpy as np
import pytest
from prdc import compute_prdc
from scipy.special import softmax

from keras_genzoo.evaluation import (
    class_score,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from tests.evaluation.golden_features import SHAPES, golden_features, golden_logits

GOLDEN = json.loads(Path(__file__).with_name("golden_numbers.json").read_text())


@pytest.fixture(params=list(SHAPES))
def case(request):
    samples, reference = golden_features(request.param)
    golden = GOLDEN[request.param]
    # The arrays are the ones that were measured.
    assert [samples.sum(), reference.sum()] == pytest.approx(golden["sums"], rel=1e-12)
    return samples, reference, golden


def test_frechet_distance(case):
    samples, reference, golden = case
    few = samples.shape[1] >= len(samples)
    result = frechet_distance(reference, samples, allow_few=few, batch_size=17)
    for library in ("torch_fidelity", "clean_fid", "pytorch_fid"):
        expected = golden[f"{library}_frechet"]
        assert result.value == pytest.approx(expected, rel=1e-6)


def test_kernel_distance(case):
    samples, reference, golden = case
    size = golden["subset_size"]
    result = kernel_distance(reference, samples, subsets=20, subset_size=size)
    assert result.value == pytest.approx(golden["torch_fidelity_kernel"], rel=1e-9)
    assert result.error == pytest.approx(golden["torch_fidelity_kernel_std"], rel=1e-9)
    # The mean over all subsets, against clean-fid's over 5,000 of its own: the error
    # of such a mean is a 70th of the spread.
    exact = kernel_distance(reference, samples, subsets=None)
    spread = golden["torch_fidelity_kernel_std"] / np.sqrt(5000)
    assert abs(exact.value - golden["clean_fid_kernel_5000_subsets"]) < 4 * spread


def test_precision_recall_density_coverage(case):
    samples, reference, golden = case
    for k, density_k in [(3, 5), (5, 3)]:
        result = precision_recall(reference, samples, k=k, density_k=density_k)
        expected = compute_prdc(reference, samples, nearest_k=k)
        wide = compute_prdc(reference, samples, nearest_k=density_k)
        assert result.precision.value == pytest.approx(expected["precision"], rel=1e-6)
        assert result.recall.value == pytest.approx(expected["recall"], rel=1e-6)
        assert result.density.value == pytest.approx(wide["density"], rel=1e-6)
        assert result.coverage.value == pytest.approx(wide["coverage"], rel=1e-6)
    result = precision_recall(reference, samples)
    assert [result.precision.value, result.recall.value] == pytest.approx(
        golden["torch_fidelity_precision_recall"], rel=1e-6
    )


def test_blocks_change_nothing(case, monkeypatch):
    samples, reference, _ = case
    whole = precision_recall(reference, samples)
    exact = kernel_distance(reference, samples, subsets=None)
    monkeypatch.setattr("keras_genzoo.evaluation.neighbours._ENTRIES", 1000)
    monkeypatch.setattr("keras_genzoo.evaluation.kernel._BLOCK", 7)
    assert precision_recall(reference, samples) == whole
    blocked = kernel_distance(reference, samples, subsets=None)
    assert blocked.value == pytest.approx(exact.value, rel=1e-10)
    assert blocked.error == pytest.approx(exact.error, rel=1e-10)


def test_class_score():
    result = class_score(softmax(golden_logits(), axis=1))
    assert [result.value, result.error] == pytest.approx(
        GOLDEN["class_score"], rel=1e-9
    )
