"""Models whose every number NumPy can give: images linear in the latent."""

import numpy as np

SHAPE = (2, 3, 1)
WIDTH = 4
_rng = np.random.default_rng(7)
W = _rng.normal(size=(WIDTH, 6)).astype("float32")
OFFSETS = _rng.normal(size=(3, 6)).astype("float32")


def images(z, labels=None):
    """W^T z, and by the label an offset; z of any rank."""
    z = np.asarray(z, "float64")
    flat = z @ W + (0 if labels is None else OFFSETS[np.asarray(labels)])
    return flat.reshape(*z.shape[:-1], *SHAPE)


class DecoderOnly:
    latent_dim = WIDTH

    def __init__(self):
        self.batch_sizes = []

    def decode(self, z, batch_size=256):
        assert z.dtype == np.float32
        self.batch_sizes.append(batch_size)
        return images(z).astype("float32")


class Autoencoding(DecoderOnly):
    """`encode` undoes `decode`."""

    def encode(self, x, batch_size=256):
        if x.shape[1:] != SHAPE:
            raise ValueError(f"`x` must be {SHAPE}, got {x.shape}.")
        self.encoded_dtype = x.dtype
        self.batch_sizes.append(batch_size)
        return x.reshape(len(x), -1) @ np.linalg.pinv(W)


class Variational(Autoencoding):
    """A posterior, whose log-variance must not be taken for its mean."""

    def encode(self, x, batch_size=256):
        z_mean = super().encode(x, batch_size)
        return z_mean, np.full_like(z_mean, 99.0)


class Conditional:
    latent_dim = WIDTH
    num_classes = 3

    def encode(self, x, labels, batch_size=256):
        assert labels.dtype == np.int32
        z_mean = (x.reshape(len(x), -1) - OFFSETS[labels]) @ np.linalg.pinv(W)
        return z_mean, np.full_like(z_mean, 99.0)

    def decode(self, z, labels, batch_size=256):
        assert labels.shape == (len(z),)
        return images(z, labels).astype("float32")


def latents(n, seed):
    return np.random.default_rng(seed).normal(size=(n, WIDTH)).astype("float32")
