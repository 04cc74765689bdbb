"""Deep generative models for Keras 3, the same on TensorFlow, JAX and PyTorch."""

try:
    import keras as _keras  # noqa: F401
except ImportError as _error:
    _package = (_error.name or "").partition(".")[0]
    if _package not in ("jax", "tensorflow", "torch"):
        raise
    raise ImportError(
        f"Keras' backend {_package!r} is not installed. Install it with "
        f'`pip install "keras-genzoo[{_package}]"`, or set KERAS_BACKEND to an '
        "installed one of 'jax', 'tensorflow', 'torch'."
    ) from _error

from keras_genzoo import (
    callbacks,
    data,
    evaluation,
    latent,
    layers,
    losses,
    networks,
    training,
    visualization,
    zoo,
)
from keras_genzoo.models import (
    GAN,
    VAE,
    VEEGAN,
    Autoencoder,
    ConditionalGAN,
    ConditionalVAE,
    CycleGAN,
    SemiSupervisedVAE,
)
from keras_genzoo.version import __version__
from keras_genzoo.zoo import from_preset

__all__ = [
    "GAN",
    "VAE",
    "VEEGAN",
    "Autoencoder",
    "ConditionalGAN",
    "ConditionalVAE",
    "CycleGAN",
    "SemiSupervisedVAE",
    "__version__",
    "callbacks",
    "data",
    "evaluation",
    "from_preset",
    "latent",
    "layers",
    "losses",
    "networks",
    "training",
    "visualization",
    "zoo",
]
