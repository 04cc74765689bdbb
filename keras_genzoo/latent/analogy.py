"""Arithmetic with latents: a is to b as c is to what?"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_genzoo.latent._checks import (
    check_count,
    check_latents,
    check_same_length,
    check_vector,
    to_numpy,
)
from keras_genzoo.latent._model import (
    check_classes,
    check_labels,
    decode,
    latent_width,
    latents_or_images,
    to_latents,
)


def analogy(
    model: Any, a: Any, b: Any, c: Any, labels: Any = None, batch_size: int = 256
) -> np.ndarray:
    """Does to c what leads from a to b: decodes z_c + z_b - z_a.

    Args:
        model: see `keras_genzoo.latent`.
        a, b, c: equally many latents `(n, latent_dim)`, or images `(n, *shape)`, which
            are encoded.
        labels: for a conditional model the class of each triple, integers `(n,)`, or
            one for all.
        batch_size: the most examples at a time.

    Returns:
        float32 `(n, *shape)`.

    Raises:
        ValueError: other shapes or different lengths, images for a model that cannot
            encode, labels missing or out of range.

    Reference: Radford, Metz and Chintala, DCGAN, 2016, section 6.3.2; Reed, Zhang,
    Zhang and Lee, Deep Visual Analogy-Making, 2015.
    """
    batch_size = check_count(batch_size, "batch_size")
    given = {
        name: latents_or_images(model, x, name)
        for name, x in (("a", a), ("b", b), ("c", c))
    }
    labels = check_labels(model, labels, check_same_length(**given))
    z = {
        name: to_latents(model, x, labels, batch_size, name)
        for name, x in given.items()
    }
    return decode(model, z["c"] + z["b"] - z["a"], labels, batch_size)


def attribute_vector(z: Any, has: Any) -> np.ndarray:
    """The mean latent of those with an attribute minus that of those without.

    Args:
        z: latents, `(n, d)`.
        has: which have it, booleans or 0 and 1, `(n,)`.

    Returns:
        float32 `(d,)`.

    Raises:
        ValueError: another shape, other values, or nobody on one of the two sides.

    Reference: Larsen, Sønderby, Larochelle and Winther, Autoencoding beyond Pixels
    Using a Learned Similarity Metric, 2016.
    """
    z = check_latents(z, "z").astype("float64")
    has = to_numpy(has)
    if has.shape != (len(z),):
        raise ValueError(
            f"`has` must be {len(z)} booleans, one for each latent, got shape "
            f"{has.shape}."
        )
    if has.dtype.kind not in "biu" or not np.isin(has, (0, 1)).all():
        raise ValueError(
            f"`has` must be booleans, or 0 and 1, got dtype {has.dtype} with values "
            f"such as {has[:3].tolist()}."
        )
    has = has.astype(bool)
    if has.all() or not has.any():
        raise ValueError(
            "`has` must be true for some latents and false for others, got "
            f"{bool(has[0])} for all {len(has)}."
        )
    return (z[has].mean(axis=0) - z[~has].mean(axis=0)).astype("float32")


def with_attribute(
    model: Any,
    x: Any,
    vector: Any,
    amounts: Sequence[float] = (-1.0, -0.5, 0.0, 0.5, 1.0),
    labels: Any = None,
    batch_size: int = 256,
) -> np.ndarray:
    """Decodes each example with more and less of an attribute: z + amount * vector.

    Args:
        model: see `keras_genzoo.latent`.
        x: latents `(n, latent_dim)`, or images `(n, *shape)`, which are encoded.
        vector: the attribute's direction, `(latent_dim,)`; see `attribute_vector`.
        amounts: how much of it is added: 1 goes the way from the mean of those without
            to the mean of those with it, 0 changes nothing.
        labels: for a conditional model the class of each example, integers `(n,)`, or
            one for all.
        batch_size: the most examples at a time.

    Returns:
        float32 `(n, len(amounts), *shape)`.

    Raises:
        ValueError: other shapes, no amounts, values that are not finite, images for a
            model that cannot encode, labels missing or out of range.
    """
    vector = check_vector(vector, "vector", latent_width(model))
    amounts = check_vector(amounts, "amounts")
    batch_size = check_count(batch_size, "batch_size")
    x = latents_or_images(model, x, "x")
    labels = check_labels(model, labels, len(x))
    z = to_latents(model, x, labels, batch_size, "x")
    z = z[:, None] + amounts[:, None] * vector
    return decode(model, z, None if labels is None else labels[:, None], batch_size)


def label_analogies(
    model: Any,
    x: Any,
    labels: Any = None,
    targets: Sequence[int] | None = None,
    batch_size: int = 256,
) -> np.ndarray:
    """Each example's style in other classes.

    What a conditional model's latent holds is what the label does not say. An image is
    encoded with its own label and decoded with every target.

    Args:
        model: a conditional one; see `keras_genzoo.latent`.
        x: images `(n, *shape)`, or latents `(n, latent_dim)`: styles already.
        labels: the class of each image, integers `(n,)`, or one for all; None with
            latents, which need none.
        targets: the classes to decode with; None takes all.
        batch_size: the most examples at a time.

    Returns:
        float32 `(n, len(targets), *shape)`.

    Raises:
        ValueError: a model without classes, other shapes, images for a model that
            cannot encode, labels missing, given with latents or out of range.

    Reference: Kingma, Mohamed, Rezende and Welling, Semi-supervised Learning with Deep
    Generative Models, 2014, figure 1.
    """
    num_classes = getattr(model, "num_classes", None)
    if num_classes is None:
        raise ValueError(
            f"`model` must be conditional, with `num_classes`, got {model!r}."
        )
    targets = to_numpy(np.arange(num_classes) if targets is None else targets)
    if targets.ndim != 1 or not targets.size:
        raise ValueError(
            "`targets` must be a flat sequence of at least one class, got shape "
            f"{targets.shape}."
        )
    targets = check_classes(targets, num_classes, "targets")
    batch_size = check_count(batch_size, "batch_size")
    x = latents_or_images(model, x, "x")
    if x.ndim == 2 and labels is not None:
        raise ValueError(
            "`labels` must be None where `x` are latents, which are not encoded, got "
            f"{type(labels).__name__}."
        )
    if x.ndim > 2:
        labels = check_labels(model, labels, len(x))
    z = to_latents(model, x, labels, batch_size, "x")
    z = np.repeat(z[:, None], len(targets), axis=1)
    return decode(model, z, targets[None], batch_size)
