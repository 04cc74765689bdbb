"""A store of generated images, from which the discriminator learns."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers.joint_seeds import JointSeedGenerator


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ImagePool(keras.layers.Layer):
    """Hands the discriminator old images among the new, one image at a time.

    Until the pool is full each image is kept and handed on. Then, for each image, a
    coin decides: either it is handed on and not kept, or a random image of the pool
    is handed on and the new one takes its place. The images of a batch come one
    after the other, so that the pool behaves the same whatever the batch size.

    The pool is state of the model, in weights that are not trained: it is changed
    inside the compiled step and saved with the model. Devices that share a batch have
    one pool in common: each sees the images of all, one replica's after another's.

    Args:
        size: the most images kept; 0 keeps none.
        image_shape: `(height, width, channels)`.
        seed: of the draws.

    References: Shrivastava et al., Learning from Simulated and Unsupervised Images
    through Adversarial Training, 2017; Zhu et al., Unpaired Image-to-Image Translation
    using Cycle-Consistent Adversarial Networks, 2017, section 4.
    """

    def __init__(self, size: int, image_shape: Any, seed: int | None = None, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.size = size
        self.image_shape = tuple(image_shape)
        self.seed = seed
        self.seeds = JointSeedGenerator(seed)
        if size:
            self.images = self.add_weight(
                shape=(size, *self.image_shape),
                initializer="zeros",
                dtype=full_dtype(),
                autocast=False,
                trainable=False,
                name="images",
            )
            self.count = self.add_weight(
                shape=(),
                initializer="zeros",
                dtype="int32",
                trainable=False,
                name="count",
            )
        self.built = True

    def load_own_variables(self, store):
        # Presets that are not to be trained on leave the pool out; it starts empty.
        if len(store.keys()):
            super().load_own_variables(store)

    @property
    def fill(self) -> Any:
        """The share of the pool that is in use, a float32 scalar."""
        if not self.size:
            return ops.zeros((), full_dtype())
        return ops.cast(self.count, full_dtype()) / self.size

    def call(self, images: Any) -> Any:
        """`query`."""
        return self.query(images)

    def draw(self, n: Any) -> tuple[Any, Any]:
        """For each of n images a slot, and a coin: whether a full pool takes it."""
        slots = keras.random.randint((n,), 0, self.size, seed=self.seeds)
        return slots, keras.random.uniform((n,), seed=self.seeds) < 0.5

    def query(self, images: Any) -> Any:
        """The images for the discriminator; changes the pool.

        Args:
            images: float32 `(batch, height, width, channels)`, the generator's newest.

        Returns:
            As many images, without a gradient.
        """
        images = ops.stop_gradient(ops.convert_to_tensor(images))
        if not self.size:
            return images
        images = shares.joined(images)
        n = ops.shape(images)[0]
        drawn, swaps = self.draw(n)
        # What follows is the loop over the images in closed form: no loop to compile,
        # and the batch need not have a size that is known before.
        position = ops.arange(n, dtype="int32")
        count = ops.convert_to_tensor(self.count)
        filling = count + position < self.size
        slot = ops.where(filling, count + position, ops.cast(drawn, "int32"))
        kept = ops.logical_or(filling, swaps)

        # The image that stood in an image's slot when its turn came: the latest of
        # the batch kept there before it, else the pool's own (-1).
        there = ops.logical_and(ops.equal(slot[None], slot[:, None]), kept[None])
        before = ops.logical_and(there, position[None] < position[:, None])
        pool = ops.convert_to_tensor(self.images)
        held = ops.take(pool, slot, axis=0)
        old = _choose(held, images, _latest(before, position))
        returned = ops.logical_and(kept, ops.logical_not(filling))
        result = ops.where(ops.reshape(returned, (-1, 1, 1, 1)), old, images)

        # Likewise what stands there after the batch: the same for all of one slot, so
        # that it does not matter which is written last.
        new = _choose(held, images, _latest(there, position))
        self.images.assign(ops.scatter_update(pool, slot[:, None], new))
        self.count.assign(backends.clip(count + n, high=self.size))
        return shares.own(result)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "size": self.size,
            "image_shape": self.image_shape,
            "seed": self.seed,
        }


def _latest(mask: Any, position: Any) -> Any:
    """The largest position in each row of the mask, or -1."""
    return ops.max(backends.where(mask, position[None], -1), axis=1)


def _choose(old: Any, images: Any, index: Any) -> Any:
    """`images[index]`, row by row, or `old` where the index is -1."""
    new = ops.take(images, backends.clip(index, low=0), axis=0)
    return ops.where(ops.reshape(index, (-1, 1, 1, 1)) < 0, old, new)
