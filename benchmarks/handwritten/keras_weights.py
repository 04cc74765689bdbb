"""The arrays of our networks, by name, as the loops' networks take them.

Each function takes a network's `get_weights()` and returns `(params, stats)`: nested
dictionaries and lists of arrays, what is trained and what is only kept (running means
and variances; the vectors u of spectral normalisation).
"""

from collections.abc import Iterator

import numpy as np


def _groups(arrays: list, size: int) -> Iterator[tuple]:
    return zip(*[iter(arrays)] * size, strict=True)


def _take(arrays: Iterator, *names: str) -> dict[str, np.ndarray]:
    return {name: next(arrays) for name in names}


def dcgan_generator(arrays: list) -> tuple[dict, list]:
    dense, *rest = arrays
    blocks, stats = [], []
    for scale, shift, mean, var, kernel in _groups(rest, 5):
        blocks.append({"scale": scale, "shift": shift, "kernel": kernel})
        stats.append({"mean": mean, "var": var})
    return {"dense": dense, "blocks": blocks}, stats


def dcgan_discriminator(arrays: list) -> tuple[dict, list]:
    first, *rest, dense = arrays
    blocks, stats = [{"kernel": first}], []
    for kernel, scale, shift, mean, var in _groups(rest, 5):
        blocks.append({"kernel": kernel, "scale": scale, "shift": shift})
        stats.append({"mean": mean, "var": var})
    return {"dense": dense, "blocks": blocks}, stats


def convolutions(arrays: list) -> tuple[list, list]:
    """Of a network that is nothing but layers with a kernel and a bias."""
    layers = [{"kernel": k, "bias": b} for k, b in _groups(arrays, 2)]
    return layers, []


def encoder(arrays: list) -> tuple[dict, list]:
    (*trunk, z_mean, z_log_var), _ = convolutions(arrays)
    return {"trunk": trunk, "z_mean": z_mean, "z_log_var": z_log_var}, []


def resnet_generator(arrays: list) -> tuple[dict, dict]:
    left, blocks, stats = iter(arrays), [], []
    params = {"dense": _take(left, "kernel", "bias"), "embedding": next(left)}
    # Three blocks of 14 arrays; six more end the network.
    for _ in range((len(arrays) - 3 - 6) // 14):
        block, kept = {}, []
        for names in (("first",), ("shortcut", "second")):
            kept.append(_take(left, "mean", "var"))
            block[f"{names[-1]}_norm"] = _take(left, "gain", "bias")
            for name in names:
                block[name] = _take(left, "kernel", "bias")
        blocks.append(block)
        stats.append(kept)
    params["blocks"] = blocks
    params["norm"] = _take(left, "scale", "shift")
    last = _take(left, "mean", "var")
    params["last"] = _take(left, "kernel", "bias")
    return params, {"blocks": stats, "last": last}


def resnet_discriminator(arrays: list) -> tuple[dict, dict]:
    left, blocks, stats = iter(arrays), [], []
    for halves in (True, True, False, False):
        block, kept = {}, {}
        for name in ("first", "second", "shortcut") if halves else ("first", "second"):
            kernel, kept[name], bias = (next(left) for _ in range(3))
            block[name] = {"kernel": kernel, "bias": bias}
        blocks.append(block)
        stats.append(kept)
    embedding, embedding_u, kernel, dense_u, bias = left
    params = {
        "blocks": blocks,
        "embedding": embedding,
        "dense": {"kernel": kernel, "bias": bias},
    }
    return params, {"blocks": stats, "embedding": embedding_u, "dense": dense_u}
