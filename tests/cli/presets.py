"""Small presets that the commands are tried on."""

import numpy as np

from keras_genzoo import (
    GAN,
    VAE,
    ConditionalGAN,
    ConditionalVAE,
    CycleGAN,
    networks,
)

SHAPE = (28, 28, 1)
LABELS = ["cat", "dog", "Flags"]


def make(folder):
    """Saves one preset of each kind; returns `{name: model}`."""
    models = {
        "gan": GAN(
            networks.dcgan_generator(SHAPE, 4, width=2, seed=0),
            networks.dcgan_discriminator(SHAPE, width=2, seed=1),
            seed=0,
        ),
        "conditional": ConditionalGAN(
            networks.dcgan_generator(SHAPE, 4, width=2, num_classes=3, seed=0),
            networks.dcgan_discriminator(
                SHAPE, 2, 3, batch_norm=False, spectral=True, seed=1
            ),
            num_classes=3,
            seed=0,
        ),
        "vae": VAE(
            networks.mlp_encoder(SHAPE, 3, (8,), seed=0),
            networks.mlp_decoder(SHAPE, 3, (8,), seed=1),
            seed=0,
        ),
        "cvae": ConditionalVAE(
            networks.mlp_encoder(SHAPE, 3, (8,), num_classes=3, seed=0),
            networks.mlp_decoder(SHAPE, 3, (8,), num_classes=3, seed=1),
            num_classes=3,
            seed=0,
        ),
        "cyclegan": CycleGAN(
            networks.cyclegan_generator(3, width=2, blocks=1, seed=0),
            networks.cyclegan_generator(3, width=2, blocks=1, seed=1),
            networks.patchgan_discriminator(3, width=2, depth=1, seed=2),
            networks.patchgan_discriminator(3, width=2, depth=1, seed=3),
            image_size=8,
            pool_size=1,
        ),
    }
    # Weights as they start draw grey pictures, which would show no mistake.
    rng = np.random.default_rng(0)
    for name, model in models.items():
        for weight in model.weights:
            if "kernel" in weight.path:
                weight.assign(rng.normal(0.0, 0.5, weight.shape))
        about = {"description": f"A {name}.", "licence": "CC0", "numbers": {"x": 1.5}}
        if name in ("conditional", "cvae"):
            about["labels"] = LABELS
        model.save_to_preset(folder / name, metadata=about)
    return models
