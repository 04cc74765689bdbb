"""How a likelihood reads grey pixels: as they are, as bits, as continuous values."""

from typing import Any

import keras
from keras import ops

from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers.joint_seeds import JointSeedGenerator

READINGS = ("as_given", "binarized", "dequantized")


@keras.saving.register_keras_serializable(package="keras_genzoo")
class PixelReading(keras.layers.Layer):
    """Pixels in [0, 1] as the model sees them at one visit.

    Args:
        reading: `"as_given"`; `"binarized"`: each pixel is 1 with the probability
            that its grey value names, drawn anew at every visit (Burda, Grosse and
            Salakhutdinov, Importance Weighted Autoencoders, 2016); `"dequantized"`:
            `(255 x + u) / 256` with u uniform in [0, 1), drawn anew at every visit,
            so that 256 grey levels have a density (Uria, Murray and Larochelle,
            RNADE, 2013; Theis, van den Oord and Bethge, 2016).
        seed: of the draws.

    Raises:
        ValueError: an unknown reading.
    """

    def __init__(self, reading: str = "as_given", seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if reading not in READINGS:
            raise ValueError(f"`pixels` must be one of {READINGS}, got {reading!r}.")
        self.reading = reading
        self.seed = seed
        self.seeds = JointSeedGenerator(seed)
        self.built = True

    def call(self, x: Any) -> Any:
        """`visit` with the layer's own draws."""
        return self.visit(x)

    def visit(self, x: Any, seed: Any = None) -> Any:
        """One visit to `x`, float32 in [0, 1].

        Args:
            x: tensor of pixels in [0, 1].
            seed: of the draws; None takes the layer's own generator.
        """
        if self.reading == "as_given":
            return x
        seed = self.seeds if seed is None else seed
        u = shares.rows(
            lambda n: keras.random.uniform(
                (n, *ops.shape(x)[1:]), dtype=full_dtype(), seed=seed
            ),
            ops.shape(x)[0],
        )
        if self.reading == "binarized":
            return ops.cast(u < x, full_dtype())
        return (255.0 * x + u) / 256.0

    def expected(self, x: Any) -> Any:
        """The mean over visits: for where the same image must give the same latent."""
        return (255.0 * x + 0.5) / 256.0 if self.reading == "dequantized" else x

    def get_config(self) -> dict:
        return {**super().get_config(), "reading": self.reading, "seed": self.seed}
