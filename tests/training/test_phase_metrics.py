import numpy as np
import pytest
from keras import ops

from keras_genzoo.training import MeanOver
from keras_genzoo.training.phase_metrics import PhaseMetrics


def test_means_over_all_examples_and_over_those_that_have_a_value():
    metrics = PhaseMetrics(("elbo", "accuracy"))
    batches = [(4, 1.0, 2.0, 0.5, 2), (2, 4.0, -1.0, 0.0, 0), (3, 0.0, 0.5, 1.0, 3)]
    for examples, loss, elbo, accuracy, labelled in batches:
        values = {"loss": loss, "elbo": elbo, "accuracy": MeanOver(accuracy, labelled)}
        metrics.update_state(values, examples)
    result = {k: float(ops.convert_to_numpy(v)) for k, v in metrics.result().items()}
    assert result == pytest.approx(
        {
            "loss": (4 * 1.0 + 2 * 4.0) / 9,
            "elbo": (4 * 2.0 - 2 * 1.0 + 3 * 0.5) / 9,
            "accuracy": (2 * 0.5 + 3 * 1.0) / 5,
        }
    )
    assert int(ops.convert_to_numpy(metrics.count)) == 9
    metrics.reset_state()
    np.testing.assert_array_equal(ops.convert_to_numpy(metrics.totals), np.zeros(3))


def test_names_must_be_those_announced():
    with pytest.raises(ValueError, match="The phases log"):
        PhaseMetrics(("elbo",)).update_state({"loss": 1.0, "kl": 0.0}, 1)
