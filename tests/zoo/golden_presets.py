"""A few numbers of what a preset makes of fixed latents or images."""

import numpy as np

POINTS = 24


def slice_of(model):
    """Float numbers `(24,)`, spread over the outputs for two fixed inputs."""
    return spread(outputs(model))


def outputs(model):
    rng = np.random.default_rng(0)
    if hasattr(model, "translate"):
        shape = model.image_shape("a")
        images = rng.random((2, *shape), dtype="float32")
        there = model.translate(images, "a_to_b")
        return np.concatenate([there, model.translate(there, "b_to_a")], axis=-1)
    if hasattr(model, "decode"):
        z = rng.standard_normal((2, model.latent_dim), dtype="float32")
        labels = () if getattr(model, "num_classes", None) is None else ([1, 0],)
        images = model.decode(z, *labels)
        if hasattr(model, "reconstruct"):
            # Both networks have their part in it.
            images = np.concatenate([images, model.reconstruct(images, *labels)], -1)
        return images
    images = rng.random((2, *model.input_shape[1:]), dtype="float32")
    logits = np.asarray(model.predict(images, verbose=0), "float64")
    return np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def spread(values):
    flat = np.asarray(values).reshape(-1)
    return flat[np.linspace(0, flat.size - 1, POINTS).astype(int)]
