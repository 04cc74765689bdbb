"""Small phased models whose every step can be worked out by hand."""

import keras
from keras import ops

from keras_genzoo.training import PhasedModel


def scalar(name, value):
    """A model of one number: its output is `value + 0 * input`."""
    network = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(
                1,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(value),
                name=name,
            ),
        ]
    )
    network.get_layer(name).kernel.trainable = False
    return network


@keras.saving.register_keras_serializable(package="tests")
class TwoPlayers(PhasedModel):
    """First minimises (a - mean(x))^2 over a, then (b - 2 a)^2 over b."""

    phases = ("first", "second")
    metric_names = ("a_seen",)

    def __init__(self, first_turns=1, **kwargs):
        super().__init__(**kwargs)
        self.first_turns = first_turns
        self.a = self.add_weight(shape=(), initializer="zeros", name="a")
        self.b = self.add_weight(shape=(), initializer="zeros", name="b")
        self.built = True

    def phase_variables(self, phase):
        return [self.a if phase == "first" else self.b]

    def phase_repeats(self, phase):
        return self.first_turns if phase == "first" else 1

    def default_optimizers(self):
        return {phase: keras.optimizers.SGD(0.25) for phase in self.phases}

    def compute_phase(self, phase, batch, training, shared):
        if phase == "first":
            loss = ops.square(self.a - ops.mean(batch))
            return loss, {"a_seen": ops.stop_gradient(self.a + 0.0)}
        return ops.square(self.b - 2.0 * self.a), {}

    def get_config(self):
        return {**super().get_config(), "first_turns": self.first_turns}


class Sharing(PhasedModel):
    """`shared = x * w`; the first player fits v to it, the second moves w and u."""

    phases = ("first", "second")
    shared_phase = "second"

    def __init__(self, share=True, **kwargs):
        self.share = share
        super().__init__(**kwargs)
        self.w = self.add_weight(shape=(3,), initializer="ones", name="w")
        self.u = self.add_weight(shape=(3,), initializer="ones", name="u")
        self.v = self.add_weight(shape=(3,), initializer="zeros", name="v")
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="calls"
        )
        self.built = True

    @property
    def shares_work(self):
        return self.share

    def phase_variables(self, phase):
        return [self.v] if phase == "first" else [self.w, self.u]

    def default_optimizers(self):
        return {phase: keras.optimizers.SGD(0.1) for phase in self.phases}

    def compute_shared(self, batch, training):
        self.calls.assign(self.calls + 1.0)
        return {"y": ops.tanh(batch * self.w)}

    def compute_phase(self, phase, batch, training, shared):
        y = (shared or self.compute_shared(batch, training))["y"]
        if phase == "first":
            return ops.mean(ops.square(self.v - ops.stop_gradient(y))), {}
        return ops.mean(ops.square(self.v * y - self.u) + self.u * self.w), {}
