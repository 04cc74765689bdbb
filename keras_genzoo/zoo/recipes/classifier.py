"""Training a plain classifier with the engine, and so with its exact resume."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.models.checks import check_labels, check_network
from keras_genzoo.training.inputs import check_shape, check_values, labels_of
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float


class ClassifierTraining(PhasedModel):
    """Minimises the cross-entropy of a network's logits, in nats.

    Logs `accuracy` besides. The preset is the network alone: this model only trains it.

    Args:
        classifier: built `keras.Model` from images in [0, 1] to logits
            `(batch, num_classes)`.

    Raises:
        ValueError: no such network; in `fit`, labels that are no classes.
    """

    phases = ("classifier",)
    metric_names = ("accuracy",)

    def __init__(self, classifier: keras.Model, **kwargs):
        check_network(classifier, "classifier")
        super().__init__(**kwargs)
        self.classifier = classifier
        self.num_classes = int(classifier.output_shape[-1])
        self.built = True

    def phase_variables(self, phase: str) -> list:
        return self.classifier.trainable_variables

    def default_optimizers(self) -> dict:
        return {"classifier": keras.optimizers.Adam(1e-3)}

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        check_shape(x.shape, self.classifier.input_shape[1:], name)
        check_values(x, name, True)
        check_labels(y, self.num_classes, len(x))

    def prepare_batch(self, data: Any, training: bool) -> Any:
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return to_float(x), labels_of(data)

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        x, labels = batch
        logits = backends.run_network(self.classifier, x, training)
        log_q = ops.log_softmax(ops.cast(logits, full_dtype()), axis=-1)
        own = ops.one_hot(labels, self.num_classes, dtype=full_dtype())
        loss = -ops.mean(ops.sum(own * log_q, axis=-1))
        right = ops.cast(ops.argmax(log_q, axis=-1), "int32") == labels
        return loss, {"accuracy": ops.mean(ops.cast(right, full_dtype()))}

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The logits."""
        return self.classifier(to_float(inputs), training=training)
