"""What this package asks of a model, and how it calls it."""

from typing import Any

import numpy as np

from keras_genzoo.latent._checks import check_latents, to_numpy


def latent_width(model: Any) -> int:
    """The model's `latent_dim`.

    Raises:
        ValueError: if it has none, or no `decode`.
    """
    width = getattr(model, "latent_dim", None)
    if not isinstance(width, int | np.integer) or not callable(
        getattr(model, "decode", None)
    ):
        raise ValueError(
            f"`model` must have `decode` and an integer `latent_dim`, got {model!r}."
        )
    return int(width)


def check_labels(model: Any, labels: Any, n: int) -> np.ndarray | None:
    """`labels` as an int32 array `(n,)`; None for a model that takes none.

    Args:
        model: conditional if it has `num_classes`.
        labels: integers `(n,)`, or one for all.
        n: how many examples there are.

    Raises:
        ValueError: labels missing, or given to a model that takes none; otherwise as
            `check_classes`.
    """
    num_classes = getattr(model, "num_classes", None)
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                "`labels` must be None for a model without classes, got "
                f"{type(labels).__name__}."
            )
        return None
    if labels is None:
        raise ValueError(
            f"`labels` must be given to a conditional model: {n} integers in [0, "
            f"{num_classes}), or one for all; got None."
        )
    labels = to_numpy(labels)
    if labels.ndim == 0:
        labels = np.full(n, labels)
    if labels.shape != (n,):
        raise ValueError(
            f"`labels` must be one integer or {n}, one for each example, got shape "
            f"{labels.shape}."
        )
    return check_classes(labels, num_classes, "labels")


def check_classes(labels: np.ndarray, num_classes: int, name: str) -> np.ndarray:
    """`labels` as int32.

    Raises:
        ValueError: values that are not integers in [0, num_classes).
    """
    if labels.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must be integers, got dtype {labels.dtype}.")
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"`{name}` must be in [0, {num_classes}), got values from {labels.min()} "
            f"to {labels.max()}."
        )
    return labels.astype("int32")


def latents_or_images(model: Any, x: Any, name: str) -> np.ndarray:
    """`x` as an array: of rank 2 checked latents, of rank 4 and more images as given.

    Raises:
        ValueError: another rank, no examples, latents of another width, images for a
            model without `encode`.
    """
    width = latent_width(model)
    x = to_numpy(x)
    if x.ndim == 2:
        return check_latents(x, name, width)
    if x.ndim < 4 or len(x) == 0:
        single = x.ndim in (1, 3)
        hint = f"; a single example needs a batch axis, {name}[None]" if single else ""
        raise ValueError(
            f"`{name}` must be latents of shape (n, {width}) or images of shape (n, "
            f"height, width, channels), n at least 1, got shape {x.shape}{hint}."
        )
    if not callable(getattr(model, "encode", None)):
        raise ValueError(
            f"`{name}` must be latents of shape (n, {width}) for a model without "
            f"`encode`, got shape {x.shape}."
        )
    return x


def to_latents(
    model: Any, x: np.ndarray, labels: np.ndarray | None, batch_size: int, name: str
) -> np.ndarray:
    """The latents of what `latents_or_images` let through, `(n, latent_dim)`."""
    if x.ndim == 2:
        return x
    conditions = () if labels is None else (labels,)
    try:
        encoded = model.encode(x, *conditions, batch_size=batch_size)
    except ValueError as error:
        raise ValueError(f"`{name}` cannot be encoded: {error}") from error
    mean = encoded[0] if isinstance(encoded, tuple | list) else encoded
    return check_latents(mean, name, latent_width(model))


def decode(
    model: Any, z: np.ndarray, labels: np.ndarray | None, batch_size: int
) -> np.ndarray:
    """Decodes an array of latents of any rank.

    Args:
        model: what decodes.
        z: `(..., latent_dim)`.
        labels: None, or integers of a shape that broadcasts to that of `...`.
        batch_size: the most examples at a time.

    Returns:
        float32 `(..., *shape)`.
    """
    places = z.shape[:-1]
    conditions = ()
    if labels is not None:
        conditions = (np.broadcast_to(labels, places).reshape(-1),)
    flat = z.reshape(-1, z.shape[-1]).astype("float32")
    decoded = to_numpy(model.decode(flat, *conditions, batch_size=batch_size))
    return decoded.astype("float32", copy=False).reshape(*places, *decoded.shape[1:])
