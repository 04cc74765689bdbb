"""One run of the mode benchmark: a method, its networks, a training, a count."""

import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

import keras_genzoo as gz
from keras_genzoo.data import grid_mixture, ring_mixture
from keras_genzoo.evaluation import mode_coverage

MIXTURES = {"ring": ring_mixture, "grid": grid_mixture}
POINTS = 100_000
SAMPLES = 2500
# Points are trained on in units in which the outermost mode has this coordinate, the
# grid's own: one weight of a gradient penalty, which has the dimension of a squared
# length, then serves both mixtures.
REACH = 4.0


@dataclass(frozen=True)
class Method:
    """One method's numbers, on networks that all of them share.

    Attributes:
        objective: of `keras_genzoo.losses`.
        regularizer: `(class name, arguments)` of each regulariser of
            `keras_genzoo.losses`.
        pack: points that the discriminator sees at once.
        discriminator_steps: turns of the discriminator in each step.
        learning_rate, beta_1, beta_2: Adam's, of both players.
        batch_size: packs in each turn of a player.
        length: of the training, in units of `--steps`.
        veegan: whether it is a VEEGAN, which has a reconstructor too.
    """

    objective: str = "non_saturating"
    regularizer: tuple[tuple[str, dict], ...] = ()
    pack: int = 1
    discriminator_steps: int = 1
    learning_rate: float = 4e-3
    beta_1: float = 0.0
    beta_2: float = 0.99
    batch_size: int = 256
    length: float = 1.0
    veegan: bool = False


@dataclass(frozen=True)
class Networks:
    """What all methods share: with `decay` the learning rates fall to 0 along half a
    cosine, which makes an averaged generator superfluous."""

    latent_dim: int = 2
    decay: bool = False


def _mlp(inputs: int, outputs: int, reach: float, seed: int, name: str) -> keras.Model:
    """2 x 128 ReLU, whose first layer looks at the whole region of the inputs.

    With biases of 0 all its creases would pass through the origin, and a network
    takes thousands of steps to move them to modes far away.
    """
    x = first = keras.Input((inputs,))
    uniform = keras.initializers.RandomUniform
    x = layers.Dense(
        128,
        kernel_initializer=keras.initializers.RandomNormal(
            stddev=inputs**-0.5, seed=seed
        ),
        bias_initializer=uniform(-reach, reach, seed=seed + 1),
    )(x)
    x = layers.ReLU()(x)
    for i, width in enumerate((128, outputs), 2):
        x = layers.Dense(
            width, kernel_initializer=keras.initializers.GlorotUniform(seed + i)
        )(x)
        x = layers.ReLU()(x) if i == 2 else x
    return keras.Model(first, x, name=name)


def _mlps(seed: int, networks: Networks, points: int) -> tuple:
    return (
        _mlp(networks.latent_dim, 2, 2.0, seed, "generator"),
        _mlp(2 * points, 1, REACH, seed + 10, "discriminator"),
    )


def _pacgan(seed: int, networks: Networks, points: int) -> tuple:
    """PacGAN's released networks for the mixtures."""
    stream = iter(range(1000 * seed, 1000 * seed + 1000))

    def kernel():
        return keras.initializers.RandomNormal(stddev=0.02, seed=next(stream))

    latents = keras.Input((networks.latent_dim,))
    x = latents
    for _ in range(4):
        x = layers.Dense(400, use_bias=False, kernel_initializer=kernel())(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5)(x)
        x = layers.ReLU()(x)
    x = layers.Dense(2, kernel_initializer=kernel())(x)
    generator = keras.Model(latents, x, name="generator")
    inputs = keras.Input((2 * points,))
    x = inputs
    for _ in range(3):
        x = gz.layers.Maxout(200, 5, kernel_initializer=kernel())(x)
    x = layers.Dense(1, kernel_initializer=kernel())(x)
    return generator, keras.Model(inputs, x, name="discriminator")


NETWORKS = {
    # Of the size that the unrolled GAN and VEEGAN took.
    "mlp": (_mlps, Networks(decay=True)),
    "pacgan": (_pacgan, Networks()),
}
# PacGAN trains all its models with these.
PACGAN_NUMBERS = {
    "learning_rate": 1e-4,
    "beta_1": 0.8,
    "beta_2": 0.999,
    "batch_size": 100,
}


def build(method: Method, networks: str, steps: int, seed: int) -> keras.Model:
    """The model of a method, compiled for a training of `steps` steps."""
    make, shared = NETWORKS[networks]
    generator, discriminator = make(100 * seed, shared, method.pack)
    options = {
        "objective": method.objective,
        "regularizer": [
            getattr(gz.losses, name)(**arguments)
            for name, arguments in method.regularizer
        ],
        "discriminator_steps": method.discriminator_steps,
        "seed": seed,
    }
    if method.veegan:
        for name in ("objective", "regularizer", "discriminator_steps"):
            del options[name]
        # It judges pairs of a latent and an example.
        latents, points = keras.Input((shared.latent_dim,)), keras.Input((2,))
        _, judge = make(100 * seed, shared, 1 + shared.latent_dim // 2)
        logits = judge(layers.Concatenate()([latents, points]))
        discriminator = keras.Model([latents, points], logits)
        reconstructor = gz.networks.mlp_generator(
            (shared.latent_dim,), 2, seed=100 * seed + 20
        )
        model = gz.VEEGAN(generator, discriminator, reconstructor, **options)
    else:
        model = gz.GAN(generator, discriminator, pack=method.pack, **options)
    turns = {phase: model.phase_repeats(phase) for phase in model.phases}
    model.compile(
        **{
            f"{phase}_optimizer": _adam(method, shared.decay, steps * turns[phase])
            for phase in model.phases
        }
    )
    return model


def _adam(method: Method, decay: bool, steps: int) -> keras.optimizers.Optimizer:
    rate = method.learning_rate
    if decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    return keras.optimizers.Adam(rate, method.beta_1, method.beta_2, epsilon=1e-8)


def run(
    data: str, method: Method, networks: str, steps: int, seed: int
) -> dict[str, Any]:
    """Trains one model from scratch and counts the modes of its samples.

    `steps` times the method's length is rounded up to whole epochs over the 100,000
    points. A model that has diverged (NaN) is said to have found nothing.
    """
    keras.utils.set_random_seed(seed)
    steps = round(steps * method.length)
    mixture = MIXTURES[data]()
    model = build(method, networks, steps, seed)
    batch = method.batch_size * method.pack * method.discriminator_steps
    # A last, smaller batch would be compiled once more.
    unit = np.float32(np.abs(mixture.means).max() / REACH)
    points = mixture.sample(POINTS // batch * batch, seed=seed) / unit
    epochs = -(-steps * batch // len(points))
    start = time.perf_counter()
    model.fit(points, batch_size=batch, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - start
    samples = model.sample(SAMPLES, seed=seed) * unit
    record = {
        "steps_done": epochs * len(points) // batch,
        "seconds": round(seconds, 1),
        "diverged": not bool(np.isfinite(samples).all()),
        "modes": 0,
        "high_quality": 0.0,
        "reverse_kl": None,
    }
    if not record["diverged"]:
        result = mode_coverage(samples, mixture)
        record["modes"] = result.modes
        record["high_quality"] = result.high_quality
        if result.modes:
            record["reverse_kl"] = result.reverse_kl
    return record
