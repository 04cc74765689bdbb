"""Random changes of images that a gradient passes through."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers.joint_seeds import JointSeedGenerator

POLICIES = ("color", "translation", "cutout")


@keras.saving.register_keras_serializable(package="keras_genzoo")
class DifferentiableAugmentation(keras.layers.Layer):
    """Changes each image by a draw of its own; the identity outside of training.

    A GAN's discriminator sees all its images, real and generated, through it, so that
    few real ones go further without the changes leaking into what is generated. The
    policies, applied in the order given, with the paper's strengths:

    - `"color"`: brightness, a constant from U(-1/2, 1/2) added to all values, in the
      units of images in [-1, 1], that is up to a quarter of the range; saturation,
      the deviations from each pixel's mean over the channels scaled by U(0, 2);
      contrast, those from the image's mean scaled by U(1/2, 3/2). Values may leave
      the range.
    - `"translation"`: a shift by up to an eighth of the height and of the width, whole
      pixels, both signs; what comes in is the middle of the range (zero in [-1, 1]).
    - `"cutout"`: a rectangle of half the height and half the width set to the middle
      of the range. Its centre is uniform over the image, which may cut it off.

    Args:
        policies: names out of the above; a string holds them separated by commas.
        value_range: `(low, high)`, the values of black and of white.
        probability: that an example is changed at all.
        seed: int, or None for a random start.

    Call arguments:
        inputs: float images `(batch, height, width, channels)`; the sides known.
        training: True changes the images.

    Raises:
        ValueError: an unknown policy, a range that is empty, a probability outside
            [0, 1], or inputs of another shape.

    Reference: Zhao, Liu, Lin, Zhu and Han, Differentiable Augmentation for
    Data-Efficient GAN Training, 2020.
    """

    def __init__(
        self,
        policies: Sequence[str] | str = POLICIES,
        value_range: tuple[float, float] = (-1.0, 1.0),
        probability: float = 1.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if isinstance(policies, str):
            policies = [p.strip() for p in policies.split(",")]
        self.policies = tuple(policies)
        if not self.policies or not set(self.policies) <= set(POLICIES):
            raise ValueError(
                f"`policies` must be one or more of {list(POLICIES)}, got "
                f"{list(self.policies)}."
            )
        if len(value_range) != 2 or not value_range[0] < value_range[1]:
            raise ValueError(
                f"`value_range` must be (low, high) with low < high, got {value_range}."
            )
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"`probability` must be in [0, 1], got {probability!r}.")
        self.low, self.high = (float(v) for v in value_range)
        self.probability = probability
        self.seed = seed
        self.seed_generator = JointSeedGenerator(seed)

    @property
    def middle(self) -> float:
        """What fills the places that a policy empties."""
        return 0.5 * (self.low + self.high)

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 4 or None in tuple(input_shape[1:]):
            raise ValueError(
                "`inputs` must have shape (batch, height, width, channels), all but "
                f"the batch known, got {tuple(input_shape)}."
            )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not training:
            return inputs
        x = inputs
        for policy in self.policies:
            x = getattr(self, f"_{policy}")(x)
        if self.probability < 1.0:
            x = ops.where(self._uniform(inputs) < self.probability, x, inputs)
        return x

    def _uniform(self, x: Any, low: float = 0.0, high: float = 1.0) -> Any:
        """One number for each example, of shape (batch, 1, 1, 1)."""
        seeds = self.seed_generator
        draw = seeds.rows(
            lambda n: keras.random.uniform(
                (n, 1, 1, 1), low, high, dtype=full_dtype(), seed=seeds
            ),
            ops.shape(x)[0],
        )
        return ops.cast(draw, x.dtype)

    def _integers(self, x: Any, low: int, high: int) -> Any:
        """One of low, ..., high - 1 for each example, of shape (batch, 1)."""
        seeds = self.seed_generator
        return seeds.rows(
            lambda n: keras.random.randint(
                (n, 1), low, high, dtype="int32", seed=seeds
            ),
            ops.shape(x)[0],
        )

    def _color(self, x: Any) -> Any:
        strength = 0.25 * (self.high - self.low)
        x = x + self._uniform(x, -strength, strength)
        grey = ops.mean(x, axis=3, keepdims=True)
        x = grey + (x - grey) * self._uniform(x, 0.0, 2.0)
        mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
        return mean + (x - mean) * self._uniform(x, 0.5, 1.5)

    def _translation(self, x: Any) -> Any:
        height, width, channels = x.shape[1:]
        sources, inside = [], []
        for side in (height, width):
            reach = (side + 4) // 8
            source = ops.arange(side, dtype="int32") + self._integers(
                x, -reach, reach + 1
            )
            inside.append(ops.logical_and(source >= 0, source < side))
            sources.append(backends.clip(source, 0, side - 1))
        # One gather of whole pixels out of the batch laid flat: fast both ways.
        first = height * width * ops.arange(ops.shape(x)[0], dtype="int32")
        index = (
            first[:, None, None]
            + width * sources[0][:, :, None]
            + sources[1][:, None, :]
        )
        pixels = ops.take(ops.reshape(x, (-1, channels)), index, axis=0)
        seen = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        return backends.where(seen[..., None], pixels, self.middle)

    def _cutout(self, x: Any) -> Any:
        cut = []
        for side in x.shape[1:3]:
            size = (side + 1) // 2
            # An even size has no middle pixel: its centre is between two, or at the
            # edge of the image.
            centre = self._integers(x, 0, side + 1 - size % 2)
            place = ops.arange(side, dtype="int32") - (centre - size // 2)
            cut.append(ops.logical_and(place >= 0, place < size))
        hole = ops.logical_and(cut[0][:, :, None], cut[1][:, None, :])
        return backends.where(hole[..., None], self.middle, x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "policies": self.policies,
            "value_range": (self.low, self.high),
            "probability": self.probability,
            "seed": self.seed,
        }
