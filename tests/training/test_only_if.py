"""Work done in some steps only."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.training import PhasedModel, input_gradient, only_if


class EverySecond(PhasedModel):
    """Minimises w x; every second step also the squared gradient of w x^2 / 2."""

    phases = ("only",)
    metric_names = ("extra",)

    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(), initializer="ones", name="w")
        self.steps = self.add_weight(
            shape=(), initializer="zeros", dtype="int32", trainable=False, name="steps"
        )
        self.runs = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="runs"
        )
        self.seeds = keras.random.SeedGenerator(0)
        self.built = True

    def phase_variables(self, phase):
        return [self.w]

    def compute_phase(self, phase, batch, training, shared):
        def extra():
            self.runs.assign_add(1.0)
            noise = keras.random.normal((), seed=self.seeds)
            gradient = input_gradient(lambda x: 0.5 * self.w * ops.square(x), batch)
            return ops.mean(ops.square(gradient)) + 0.0 * noise

        value = only_if(ops.equal(self.steps % 2, 0), extra)
        return ops.mean(self.w * batch) + value, {"extra": value}

    def after_step(self, batch):
        self.steps.assign_add(1)


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}])
def test_every_second_step_by_hand(options):
    model = EverySecond()
    rate = 0.1
    model.compile(optimizer=keras.optimizers.SGD(rate), **options)
    seed = ops.convert_to_numpy(model.seeds.state)[1]
    x, w = np.array([[1.0], [2.0]], "float32"), 1.0
    for step in range(4):
        logs = model.train_on_batch(x, return_dict=True)
        extra = w**2 * np.mean(x**2) if step % 2 == 0 else 0.0
        assert float(ops.convert_to_numpy(model.runs)) == step // 2 + 1
        assert ops.convert_to_numpy(model.seeds.state)[1] == seed + step // 2 + 1
        slope = np.mean(x) + (2 * w * np.mean(x**2) if step % 2 == 0 else 0.0)
        w -= rate * slope
        assert float(ops.convert_to_numpy(model.w)) == pytest.approx(w, rel=1e-5)
        model.reset_metrics()
        assert float(ops.convert_to_numpy(logs["extra"])) == pytest.approx(
            extra, rel=1e-5
        )
