"""Every model of the zoo that samples or translates, beside the floor of its data.

    KERAS_BACKEND=jax python benchmarks/zoo_quality.py
    KERAS_BACKEND=jax python benchmarks/zoo_quality.py --models dcgan_emoji

The floor is the distance of training images from the test images, in the same features
and of as many images: a model that had learned the distribution would come near to it,
and none can be asked to beat it. First comes the floor of all of Fashion-MNIST, 10,000
test images against 60,000 training images; distances fall with the number of images, so
that each model's own floor stands beside it. Of dcgan_emoji's smileys there are fewer
than features (64): its Fréchet distance says little.

A model without the data of its recipe at hand is named and left out.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras_genzoo as gz
from keras_genzoo import evaluation
from keras_genzoo.reports import (
    EvaluationOptions,
    evaluate_model,
    load_data,
    load_subject,
)
from keras_genzoo.reports.choose_features import choose_features
from keras_genzoo.reports.evaluation import spell

# Kinds that neither sample nor translate.
OTHERS = {"Autoencoder", "Functional", "Sequential"}
DISTANCES = ("Fréchet distance", "kernel distance")


def fashion_floor() -> evaluation.Score:
    """The test images against all training images."""
    train, test = (gz.data.load("fashion_mnist", split) for split in ("train", "test"))
    return evaluation.frechet_distance(
        train.images, test.images, gz.zoo.clothes_features(), "train"
    )


def measured(name: str, samples: int) -> list[dict]:
    """The distances of one model, each with its floor."""
    subject = load_subject(name)
    data = load_data(subject)
    features = choose_features(None, subject, data)
    result = evaluate_model(
        subject, data, features, EvaluationOptions(samples=samples, allow_few=True)
    )
    return [
        {
            "model": name,
            "samples": result.about["samples"],
            "features": result.about["features"],
            **m.to_dict(),
        }
        for m in result.measured
        if m.name.startswith(DISTANCES)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = [n for n, e in gz.zoo.index().items() if e["class"] not in OTHERS]
    parser.add_argument("--models", nargs="+", default=sorted(known))
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    arguments = parser.parse_args()
    try:
        floor = fashion_floor()
        print(f"Floor of Fashion-MNIST: {floor}\n", flush=True)
        records = [{"model": "fashion_mnist, training images", **floor.to_dict()}]
    except ConnectionError as error:
        print(f"Floor of Fashion-MNIST: left out, {error}\n", flush=True)
        records = []
    print("| model | images | what | distance | floor |\n|---|---|---|---|---|")
    for name in arguments.models:
        try:
            found = measured(name, arguments.samples)
        except (ConnectionError, ImportError) as error:
            print(f"| {name} | | left out: {error} | | |", flush=True)
            continue
        for m in found:
            error = "" if m["error"] is None else f" ± {spell(m['error'])}"
            print(
                f"| {name} | {m['samples']} | {m['name']} | {spell(m['value'])}{error} "
                f"| {spell(m['beside'])} |",
                flush=True,
            )
        records += found
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(records, indent=2) + "\n")


if __name__ == "__main__":
    main()
