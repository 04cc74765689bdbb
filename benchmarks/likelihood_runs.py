"""What the likelihood benchmark measures of one model, each number kept in a file."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import keras
import likelihood_models as models
import numpy as np
from digits_data import CLASSES, load_digits

import keras_genzoo as gz
from keras_genzoo.evaluation import check_disjoint
from keras_genzoo.evaluation.likelihood import (
    LatentModel,
    LikelihoodEstimate,
    annealed_importance_sampling,
    bidirectional_monte_carlo,
    choose_noise_scale,
    importance_weighted_bound,
    kernel_density_estimate,
)
from keras_genzoo.visualization import image_grid, save_png

# One of so many training images is kept out, to choose the noise and the bandwidth.
HELD_OUT = 10
# Of each class, at most, for the bandwidth.
BANDWIDTH_IMAGES = 50
# The noise: a coarse grid, then the neighbours of its best point.
COARSE = (0.07, 0.1, 0.14, 0.2, 0.28, 0.4)
FINE = (0.87, 1.15)
NOISE_IMAGES = 2
# With shorter chains the order of two noises of GAN-10 is a matter of chance.
NOISE_RUNS = {
    10: {"chains": 8, "distributions": 400, "leapfrog_steps": 5},
    50: {"chains": 2, "distributions": 100, "leapfrog_steps": 5},
}


@dataclass(frozen=True)
class Protocol:
    """How much is computed; what is measured with another protocol is kept apart.

    Attributes:
        data: name of the images.
        vae_epochs, gan_epochs: of training.
        images: test images, and as many training images.
        chains, distributions, leapfrog_steps: of annealed importance sampling.
        narrow_distributions: the same of models with 10 latents.
        simulated: images of bidirectional Monte Carlo.
        importance_samples: of the importance-weighted bound.
        bound_images, bound_samples: of the same bound on many test and training images,
            whose difference is then known to a few nats.
        kernel_samples: of the kernel density estimate.
        seed: of everything.
    """

    data: str
    vae_epochs: int
    gan_epochs: int
    images: int
    chains: int
    distributions: int
    narrow_distributions: int
    leapfrog_steps: int
    simulated: int
    importance_samples: int
    bound_images: int
    bound_samples: int
    kernel_samples: int
    seed: int

    def epochs(self, name: str) -> int:
        """Of a model's training."""
        return getattr(self, f"{models.MODELS[name].family}_epochs")

    def annealing(self, name: str) -> dict[str, int]:
        """The arguments that a model's AIS and BDMC share."""
        narrow = models.MODELS[name].latents == 10
        return {
            "chains": self.chains,
            "distributions": self.narrow_distributions
            if narrow
            else self.distributions,
            "leapfrog_steps": self.leapfrog_steps,
            "seed": self.seed,
        }


class Images(NamedTuple):
    """`train` and `validation` `uint8`; `test`, `own` (training images), `many_test`,
    `many_own`, `noise` and `bandwidth` (validation images) dequantised, as many of each
    class, class by class.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    own: np.ndarray
    many_test: np.ndarray
    many_own: np.ndarray
    noise: np.ndarray
    bandwidth: np.ndarray


def load_images(protocol: Protocol, test_folder: Path | None) -> Images:
    """The sets of a protocol.

    Raises:
        ValueError: a number of images that the classes cannot share evenly; test images
            among the training images.
    """
    for name in ("images", "bound_images"):
        count = getattr(protocol, name)
        if count % CLASSES or count < 2 * CLASSES:
            raise ValueError(
                f"`{name}` must be a multiple of {CLASSES}, at least {2 * CLASSES}, "
                f"got {count}."
            )
    if protocol.data == "mnist":
        train, labels, test, test_labels = load_digits(test_folder)
    else:
        train_set, test_set = (
            gz.data.load(protocol.data, s) for s in ("train", "test")
        )
        train, labels, test, test_labels = (
            train_set.images,
            train_set.labels,
            test_set.images,
            test_set.labels,
        )
    check_disjoint(train, test)
    order = np.random.default_rng(protocol.seed).permutation(len(train))
    # Of each class the same share, in an order of its own.
    order = order[np.argsort(labels[order], kind="stable")]
    held = np.arange(len(order)) % HELD_OUT == 0
    kept, kept_out = order[~held], order[held]
    each, many = protocol.images // CLASSES, protocol.bound_images // CLASSES

    def chosen(images, labels, count, seed):
        rows = [np.flatnonzero(labels == c)[:count] for c in range(CLASSES)]
        return dequantize(images[np.concatenate(rows)], seed)

    validation = (train[kept_out], labels[kept_out])
    return Images(
        train[np.random.default_rng(protocol.seed).permutation(kept)],
        validation[0],
        chosen(test, test_labels, each, 1),
        chosen(train[kept], labels[kept], each, 2),
        chosen(test, test_labels, many, 5),
        chosen(train[kept], labels[kept], many, 6),
        chosen(*validation, NOISE_IMAGES, 3),
        chosen(*validation, BANDWIDTH_IMAGES, 4),
    )


def dequantize(images: np.ndarray, seed: int) -> np.ndarray:
    """`(pixel + u) / 256`, u uniform: float32 in [0, 1)."""
    u = np.random.default_rng(seed).random(images.shape)
    return ((images + u) / 256.0).astype("float32")


class Runs:
    """Results by what they are of, one JSON line each, so that none is computed twice.

    Args:
        folder: for the file, the networks and the states of annealed chains.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "results.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def result(self, run: dict, compute: Callable[[Path], dict]) -> dict:
        """The result of this run, from the file or else computed.

        Args:
            run: what the result depends on.
            compute: computes it; takes the path of a file for its state.
        """
        run = json.loads(json.dumps(run))
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                record = json.loads(line)
                if record["run"] == run:
                    return record["result"]
        digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
        start = time.perf_counter()
        result = compute(self.folder / f"state-{digest[:16]}.npz")
        # Of an interrupted run only the part since it went on.
        result["seconds"] = round(time.perf_counter() - start, 1)
        with self.file.open("a") as file:
            file.write(json.dumps({"run": run, "result": result}) + "\n")
        return result


def measure(
    name: str, protocol: Protocol, images: Images, runs: Runs, progress: bool
) -> dict[str, dict]:
    """Trains a model and measures it, or reads what is in the files.

    Returns:
        Results with `value` and `error` in nats by quantity: `ais_test`, `ais_train`,
        `gap`, `kde_test` and, for a VAE, `iwae_test`, `bound_test` and `bound_train`;
        and `noise`.
    """
    epochs = protocol.epochs(name)
    known = {
        "backend": keras.backend.backend(),
        "data": protocol.data,
        "model": name,
        "epochs": epochs,
        "seed": protocol.seed,
    }
    path = runs.folder / "-".join(str(v) for v in known.values())

    def told(quantity: str, run: dict, compute: Callable[[Path], dict]) -> dict:
        result = runs.result({"quantity": quantity, **known, **run}, compute)
        print(
            f"{name} {quantity}, {result['seconds']:.0f} s: {result['text']}",
            flush=True,
        )
        return result

    def train(_: Path) -> dict:
        trained = models.train(name, images.train, epochs, protocol.seed)
        models.save(trained, path)
        samples = trained.decoder.predict(latents(name, 100, 0), verbose=0)
        save_png(path / "samples.png", image_grid(samples, columns=20, scale=2))
        return {"text": f"samples in {path / 'samples.png'}"}

    told("training", {}, train)
    trained = models.load(path)

    noise_run = NOISE_RUNS[models.MODELS[name].latents]

    def choose(_: Path) -> dict:
        settings = {**noise_run, "seed": protocol.seed}
        best, values = choose_noise_scale(
            trained.decoder, images.noise, COARSE, **settings
        )
        fine = [round(factor * best, 4) for factor in FINE]
        values |= choose_noise_scale(trained.decoder, images.noise, fine, **settings)[1]
        means = {f"{scale:.4g}": e.value for scale, e in values.items()}
        best = max(values, key=lambda scale: values[scale].value)
        return {"value": best, "candidates": means, "text": f"{best:.4g}"}

    grid = {"coarse": COARSE, "fine": FINE, "images": NOISE_IMAGES, **noise_run}
    noise = told("noise", grid, choose)
    model = LatentModel(trained.decoder, noise["value"])
    known["noise"] = noise["value"]
    annealing = protocol.annealing(name)
    results = {"noise": noise}
    for split, x in (("test", images.test), ("train", images.own)):
        results[f"ais_{split}"] = told(
            f"AIS {split}",
            {"images": protocol.images, **annealing},
            lambda state, x=x: summary(
                annealed_importance_sampling(
                    model, x, state_file=state, progress=progress, **annealing
                )
            ),
        )

    def gap(state: Path) -> dict:
        both = bidirectional_monte_carlo(
            model, protocol.simulated, state_file=state, progress=progress, **annealing
        )
        return {"value": both.value, "error": both.error, "text": str(both)}

    results["gap"] = told("BDMC", {"images": protocol.simulated, **annealing}, gap)

    def kde(_: Path) -> dict:
        z = latents(name, protocol.kernel_samples, 1)
        return summary(
            kernel_density_estimate(
                model.decode(z), images.test, validation=images.bandwidth, seed=1
            )
        )

    run = {"images": protocol.images, "samples": protocol.kernel_samples}
    results["kde_test"] = told("KDE test", run, kde)
    if trained.encoder is None:
        return results

    def bound(quantity: str, x: np.ndarray, samples: int) -> dict:
        return told(
            quantity,
            {"images": len(x), "samples": samples},
            lambda _: summary(
                importance_weighted_bound(
                    model,
                    x,
                    samples,
                    lambda x: trained.encoder.predict(x, verbose=0),
                    protocol.seed,
                )
            ),
        )

    results["iwae_test"] = bound("IWAE test", images.test, protocol.importance_samples)
    for split, x in (("test", images.many_test), ("train", images.many_own)):
        results[f"bound_{split}"] = bound(f"bound {split}", x, protocol.bound_samples)
    return results


def latents(name: str, n: int, seed: int) -> np.ndarray:
    shape = (n, models.MODELS[name].latents)
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def summary(estimate: LikelihoodEstimate) -> dict[str, Any]:
    return {**estimate.to_dict(), "text": str(estimate)}
