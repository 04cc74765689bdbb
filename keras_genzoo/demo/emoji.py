"""The demo's data: the bundled emoji in both styles."""

from dataclasses import dataclass

import numpy as np

from keras_genzoo.data import ImageDataset, load

# All ten categories at once would take longer than a few minutes to learn well.
VAE_CATEGORIES = ("Smileys & Emotion", "People & Body")
GAN_CATEGORY = "Smileys & Emotion"


@dataclass(frozen=True)
class Emoji:
    """Images, uint8 of shape `(n, 32, 32, 3)`, in a random order.

    Args:
        train: What the VAE learns from: two categories.
        test: Emoji of these categories that are in neither of the other two, in any
            style.
        faces: What the GAN learns from: one category of the training images.
    """

    train: np.ndarray
    test: np.ndarray
    faces: np.ndarray


def load_emoji(seed: int, limit: int | None = None) -> Emoji:
    """Returns the bundled emoji with their own split.

    Args:
        seed: Seed of the order.
        limit: Keep at most so many images of each part. Defaults to all.
    """
    train, test = (load("emoji", split, style="both") for split in ("train", "test"))
    random = np.random.default_rng(seed)
    return Emoji(
        *(
            random.permutation(data.images[of_categories(data, categories)])[:limit]
            for data, categories in (
                (train, VAE_CATEGORIES),
                (test, VAE_CATEGORIES),
                (train, (GAN_CATEGORY,)),
            )
        )
    )


def of_categories(data: ImageDataset, categories: tuple[str, ...]) -> np.ndarray:
    """Returns which images of `data` are of these categories, bool of shape `(n,)`."""
    wanted = [data.label_names.index(name) for name in categories]
    return np.isin(data.labels, wanted)
