"""What `fit` adds to a step: microseconds beside the bare compiled step.

    KERAS_BACKEND=jax python benchmarks/step_overhead.py --json speed/overhead-jax.json

The bare step is the model's own train function, called in a loop on the same batches;
`fit` also shuffles, cuts batches, moves them and calls callbacks. The model is tiny, so
that little else is measured. A `fit` of few and one of many steps are timed together:
their difference is what a step costs, the rest what a call of `fit` costs.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from machine import describe, write_report

from keras_genzoo import networks
from keras_genzoo.models import GAN, VAE

BATCH = 32
PIXELS = 16


def _gan() -> keras.Model:
    return GAN(
        networks.mlp_generator((PIXELS,), 4, (8,), seed=0),
        networks.mlp_discriminator((PIXELS,), (8,), seed=1),
        seed=0,
    )


def _vae() -> keras.Model:
    return VAE(
        networks.mlp_encoder((PIXELS,), 4, (8,), seed=0),
        networks.mlp_decoder((PIXELS,), 4, (8,), seed=1),
        likelihood="bernoulli",
        seed=0,
    )


MODELS = {"gan": _gan, "vae": _vae}


def _wait(model: keras.Model) -> None:
    # The optimizer's counter is the last thing that a step changes.
    keras.ops.convert_to_numpy(model.optimizer.iterations)


def bare(model: keras.Model, batches: list) -> Callable[[int], float]:
    """`seconds(steps)` of the train function alone."""
    model.make_train_function()
    tensors = [(keras.ops.convert_to_tensor(b),) for b in batches]
    loop = {"jax": _bare_jax, "tensorflow": _bare_iterator, "torch": _bare_list}
    return loop[keras.backend.backend()](model, tensors)


def _bare_jax(model: keras.Model, tensors: list) -> Callable[[int], float]:
    # Donated by the step, so the model's own arrays must not be among them.
    state = tuple(
        [keras.ops.copy(v.value) for v in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
    )

    def seconds(steps: int) -> float:
        nonlocal state
        iterator = itertools.cycle(tensors)
        begin = time.perf_counter()
        for _ in range(steps):
            logs, state = model.train_function(state, iterator)
        keras.ops.convert_to_numpy(logs["loss"])
        return time.perf_counter() - begin

    return seconds


def _bare_iterator(model: keras.Model, tensors: list) -> Callable[[int], float]:
    def seconds(steps: int) -> float:
        iterator = itertools.cycle(tensors)
        begin = time.perf_counter()
        for _ in range(steps):
            model.train_function(iterator)
        _wait(model)
        return time.perf_counter() - begin

    return seconds


def _bare_list(model: keras.Model, tensors: list) -> Callable[[int], float]:
    def seconds(steps: int) -> float:
        batches = itertools.cycle([[t] for t in tensors])
        begin = time.perf_counter()
        for _ in range(steps):
            model.train_function(next(batches))
        _wait(model)
        return time.perf_counter() - begin

    return seconds


def of_fit(model: keras.Model, data: np.ndarray) -> Callable[[int], float]:
    """`seconds(steps)` of one call of `fit`."""

    def seconds(steps: int) -> float:
        begin = time.perf_counter()
        model.fit(data[: steps * BATCH], batch_size=BATCH, epochs=1, verbose=0)
        _wait(model)
        return time.perf_counter() - begin

    return seconds


def _slope(seconds: Callable[[int], float], few: int, many: int) -> tuple:
    """Seconds a step and seconds a call."""
    short, long = seconds(few), seconds(many)
    step = (long - short) / (many - few)
    return step, short - few * step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=2000, help="of the longer `fit`")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="file for every figure")
    arguments = parser.parse_args()
    for name, least in (("steps", 10), ("rounds", 1)):
        if getattr(arguments, name) < least:
            parser.error(
                f"--{name} must be at least {least}, got {getattr(arguments, name)}"
            )
    machine, results = describe(), []
    print(", ".join(f"{k} {v}" for k, v in machine.items()))
    print(f"microseconds, medians of {arguments.rounds} rounds, batch {BATCH}")
    many, few = arguments.steps, arguments.steps // 10
    rng = np.random.default_rng(0)
    data = rng.integers(0, 256, (many * BATCH, PIXELS), dtype="uint8")
    for name, build in MODELS.items():
        model = build()
        model.compile()
        fit = of_fit(model, data)
        # Both are warm before a clock runs.
        fit(few)
        alone = bare(model, [data[i * BATCH : (i + 1) * BATCH] for i in range(16)])
        alone(few)
        rounds = []
        for _ in range(arguments.rounds):
            step, call = _slope(fit, few, many)
            only, _ = _slope(alone, few, many)
            rounds.append((step, only, step - only, call))
        step, only, added, call = (
            1e6 * statistics.median(column) for column in zip(*rounds, strict=True)
        )
        results.append(
            {
                "model": name,
                "fit_us": step,
                "bare_us": only,
                "added_us": added,
                "call_us": call,
                "rounds": rounds,
            }
        )
        print(
            f"{name}: a step of fit {step:.0f}, bare {only:.0f}, added {added:.0f}; a "
            f"call of fit {call:.0f}",
            flush=True,
        )
    if arguments.json:
        report = {"batch": BATCH, "results": results}
        write_report(arguments.json, "step_overhead", machine, report)


if __name__ == "__main__":
    main()
