"""Writes golden_numbers.json: what other libraries make of the same features.

    pip install torch-fidelity==0.4.0 clean-fid==0.1.35 pytorch-fid==0.3.0
    python -m tests.evaluation.make_golden_numbers

The tests read the file instead of importing these libraries because all three need
torchvision, whose ordinary wheel does not load beside the CPU build of PyTorch that the
tests run with. Their formulas do not need it, so an empty stand-in will do to run this.
clean-fid draws its subsets from NumPy's global generator, seeded here.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from cleanfid import fid as clean_fid
from pytorch_fid.fid_score import calculate_frechet_distance
from torch_fidelity.metric_fid import (
    fid_features_to_statistics,
    fid_statistics_to_metric,
)
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

from tests.evaluation.golden_features import SHAPES, golden_features, golden_logits

SUBSET_SIZES = {"many": 200, "few": 30}


def numbers(name):
    samples, reference = golden_features(name)
    means = [x.mean(axis=0) for x in (samples, reference)]
    covariances = [np.cov(x, rowvar=False) for x in (samples, reference)]
    tensors = [torch.from_numpy(x) for x in (samples, reference)]
    statistics = [fid_features_to_statistics(x) for x in tensors]
    kid = kid_features_to_metric(
        *tensors,
        kid_subsets=20,
        kid_subset_size=SUBSET_SIZES[name],
        rng_seed=2020,
        verbose=False,
    )
    np.random.seed(0)  # noqa: NPY002
    return {
        "torch_fidelity_frechet": fid_statistics_to_metric(*statistics, False)[
            "frechet_inception_distance"
        ],
        "clean_fid_frechet": clean_fid.frechet_distance(
            means[0], covariances[0], means[1], covariances[1]
        ),
        "pytorch_fid_frechet": calculate_frechet_distance(
            means[0], covariances[0], means[1], covariances[1]
        ),
        "subset_size": SUBSET_SIZES[name],
        "torch_fidelity_kernel": kid["kernel_inception_distance_mean"],
        "torch_fidelity_kernel_std": kid["kernel_inception_distance_std"],
        "clean_fid_kernel_5000_subsets": clean_fid.kernel_distance(
            *[x.astype("float32") for x in (samples, reference)],
            num_subsets=5000,
            max_subset_size=SUBSET_SIZES[name],
        ),
        "torch_fidelity_precision_recall": [
            prc_features_to_metric(*tensors, prc_neighborhood=3, verbose=False)[key]
            for key in ("precision", "recall")
        ],
        "sums": [samples.sum(), reference.sum()],
    }


def main():
    logits = torch.from_numpy(golden_logits())
    score = isc_features_to_metric(logits, splits=10, shuffle=True, rng_seed=2020)
    golden = {
        "libraries": {
            name: version(name)
            for name in ("torch-fidelity", "clean-fid", "pytorch-fid")
        },
        **{name: numbers(name) for name in SHAPES},
        "class_score": list(score.values()),
    }
    path = Path(__file__).with_name("golden_numbers.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
