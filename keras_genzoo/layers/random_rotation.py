"""Images turned at random."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_genzoo")
class RandomRotation(keras.layers.RandomRotation):
    """`keras.layers.RandomRotation`, also where Keras' floats are float64.

    Keras' own then multiplies float64 by float32, which TensorFlow refuses. Angles are
    float32 here; images keep their dtype.
    """

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> Any:
        before = keras.config.floatx()
        keras.config.set_floatx("float32")
        try:
            return super().get_random_transformation(data, training, seed)
        finally:
            keras.config.set_floatx(before)
