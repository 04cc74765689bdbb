"""Checks of what a model is made of and asked for."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def check_network(network: Any, name: str, outputs: int = 1, inputs: int = 1) -> None:
    """Raises a ValueError unless this is a built model of so many tensors.

    Args:
        network: what the caller gave.
        name: the argument's name.
        outputs: how many outputs it must have.
        inputs: how many inputs it must have.
    """
    if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
        raise ValueError(
            f"`{name}` must be a `keras.Model` whose input shape is known (functional, "
            f"or a `Sequential` with an `Input`), got {network!r}."
        )
    for what, expected in (("inputs", inputs), ("outputs", outputs)):
        count = len(getattr(network, what))
        if count != expected:
            raise ValueError(f"`{name}` must have {expected} {what}, got {count}.")


def check_autoencoding(
    encoder: Any, decoder: Any, posterior: bool = False, conditions: int = 0
) -> None:
    """Raises a ValueError unless the decoder undoes what the encoder does to shapes.

    Args:
        encoder: from examples to latents, or with `posterior` to
            `[z_mean, z_log_var]`.
        decoder: from latents to examples.
        posterior: whether the encoder has these two outputs.
        conditions: inputs of both besides examples and latents.
    """
    check_network(encoder, "encoder", outputs=1 + posterior, inputs=1 + conditions)
    check_network(decoder, "decoder", inputs=1 + conditions)
    shapes = [tuple(t.shape) for t in encoder.outputs]
    if len(set(shapes)) != 1 or len(shapes[0]) != 2:
        what = "z_mean and z_log_var" if posterior else "latents"
        raise ValueError(
            f"`encoder` must return {what} of shape (batch, latent_dim), got {shapes}."
        )
    if tuple(decoder.inputs[0].shape[1:]) != shapes[0][1:]:
        raise ValueError(
            f"`decoder` must take latents of shape {shapes[0]}, as `encoder` returns "
            f"them, got an input of {decoder.inputs[0].shape}."
        )
    if decoder.outputs[0].shape[1:] != encoder.inputs[0].shape[1:]:
        raise ValueError(
            f"`decoder` must return {encoder.inputs[0].shape}, what `encoder` takes, "
            f"got {decoder.outputs[0].shape}."
        )


def check_examples(x: Any, check: Callable[[np.ndarray, str], None]) -> np.ndarray:
    """`x` as an array of at least one example that `check(x, "x")` lets pass.

    Raises:
        ValueError: no examples, or what `check` raises.
    """
    x = np.asarray(keras.ops.convert_to_numpy(x))
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"`x` must hold at least one example, got {x.shape}.")
    check(x, "x")
    return x


def check_latents(z: Any, latent_dim: int) -> np.ndarray:
    """`z` as a float32 array of shape `(n, latent_dim)`.

    Raises:
        ValueError: another shape, no rows, or values that are not finite.
    """
    z = np.asarray(keras.ops.convert_to_numpy(z), dtype="float32")
    if z.ndim != 2 or z.shape[1] != latent_dim or len(z) == 0:
        raise ValueError(
            f"`z` must be latents of shape (n, {latent_dim}) with n at least 1, got "
            f"shape {z.shape}."
        )
    if not np.isfinite(z).all():
        raise ValueError("`z` must be finite, got NaN or infinity.")
    return z


def check_count(n: Any, name: str = "n") -> int:
    """`n` as an int, if it is a positive integer; a ValueError otherwise."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"`{name}` must be a positive integer, got {n!r}.")
    return int(n)


def check_seed(seed: Any) -> int | None:
    """`seed`, if it is None or a non-negative integer; a ValueError otherwise."""
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"`seed` must be None or an integer >= 0, got {seed!r}.")
    return int(seed)


def check_labels(
    labels: Any, num_classes: int, n: int, name: str = "y", missing: bool = False
) -> np.ndarray:
    """`labels` as an int32 array of shape `(n,)`.

    Args:
        labels: what the caller gave.
        num_classes: how many classes there are.
        n: how many labels there must be.
        name: the argument's name.
        missing: whether -1 may stand for a label that is not known.

    Raises:
        ValueError: no labels, another number of them, values that are not integers
            in [0, num_classes).
    """
    known = f"[0, {num_classes})" + (" or -1" if missing else "")
    if labels is None:
        raise ValueError(
            f"`{name}` must be the labels, {n} integers in {known}, got None."
        )
    labels = np.asarray(keras.ops.convert_to_numpy(labels))
    if labels.shape not in ((n,), (n, 1)):
        raise ValueError(
            f"`{name}` must be {n} labels, one for each example, got shape "
            f"{labels.shape}."
        )
    if labels.dtype.kind not in "iu":
        raise ValueError(f"`{name}` must be integers, got dtype {labels.dtype}.")
    if n and (labels.min() < -int(missing) or labels.max() >= num_classes):
        raise ValueError(
            f"`{name}` must be in {known}, got values from {labels.min()} to "
            f"{labels.max()}."
        )
    return labels.reshape(-1).astype("int32")


def check_latent_input(generator: keras.Model) -> None:
    """Raises a ValueError unless `generator` takes latents, `(batch, latent_dim)`."""
    latents = generator.inputs[0].shape
    if len(latents) != 2:
        raise ValueError(
            "`generator` must take latents of shape (batch, latent_dim), got an "
            f"input of {latents}."
        )
