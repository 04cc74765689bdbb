"""One device against several: virtual ones, or processes, on the CPU.

Each configuration runs in processes of its own (`many_devices.py`), because the number
of devices cannot change within one.
"""

import os
import signal
import socket

import clean_process
import keras
import many_devices
import numpy as np
import pytest

BACKEND = keras.backend.backend()
MODELS = ("vae", "gan", "cycle_gan")


def start(out, devices, *cases):
    """The process of one configuration, or the first of its processes."""
    environ = {}
    if BACKEND == "torch":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environ = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    elif BACKEND == "jax":
        flags = os.environ.get("XLA_FLAGS", "")
        environ = {
            "XLA_FLAGS": f"{flags} --xla_force_host_platform_device_count={devices}"
        }
    return clean_process.start(
        many_devices.configuration,
        devices,
        out,
        *cases,
        environ=environ,
        printed=out.with_suffix(".out"),
        errors=out.with_suffix(".err"),
    )


def end(process, out):
    """How it ended, what it printed and its errors."""
    status = clean_process.ended(process)
    return status, *(out.with_suffix(s).read_text() for s in (".out", ".err"))


def run(out, devices, *cases):
    """What the cases stored, by name."""
    status, printed, errors = end(start(out, devices, *cases), out)
    assert status == 0, errors
    assert set(printed.split("\n")) <= {"ended: 0", ""}, errors
    with np.load(out) as results:
        return dict(results)


def of(case, results):
    """The results of one case."""
    return {
        name.removeprefix(f"{case}/"): value
        for name, value in results.items()
        if name.startswith(f"{case}/")
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("many_devices")


@pytest.fixture(scope="module")
def alone(folder):
    """Every case on one device."""
    last = {"torch": ["backed_up"], "jax": ["sharded"]}.get(BACKEND, [])
    return run(folder / "one.npz", 1, "train", *last)


@pytest.fixture(scope="module")
def one(alone):
    return of("train", alone)


@pytest.fixture(scope="module")
def two(folder):
    return of("train", run(folder / "two.npz", 2, "train"))


@pytest.fixture(scope="module")
def together(folder, two):
    """The second epoch, on four devices, of what two had trained, and what else is."""
    last = {"jax": ["sharded"]}.get(BACKEND, [])
    return run(folder / "four.npz", 4, "go_on", *last)


@pytest.fixture(scope="module")
def four(together):
    return of("go_on", together)


def compare(expected, got, prefix, tolerance=1e-5):
    names = [name for name in expected if name.startswith(prefix)]
    assert names
    for name in names:
        np.testing.assert_allclose(
            got[name], expected[name], rtol=tolerance, atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("name", MODELS)
def test_a_step_on_two_devices_is_that_of_the_joined_batch(one, two, name):
    # Weights, averages, pools, counters, seeds, and what is logged.
    compare(one, two, f"{name}/")


@pytest.mark.parametrize("name", MODELS)
def test_a_training_goes_on_on_four_devices(one, four, name):
    compare(one, four, f"{name}/then/")


def test_every_example_is_counted_once(one, two):
    for results in (one, two):
        assert results["vae/evaluated/examples"] == 18


def test_what_cannot_be_shared_is_named(two):
    words = {
        "jax": "`keras.distribution.set_distribution` must be called before networks",
        "tensorflow": "be built within `strategy.scope()`",
        "torch": "All processes must have the same batches",
    }
    assert words[BACKEND] in str(two["error"])


def test_replicas_draw_different_noise(one, two):
    np.testing.assert_allclose(two["recorder/noise"], one["recorder/noise"], atol=1e-6)
    for name in ("noise", "masks"):
        rows = two[f"recorder/{name}"]
        assert len(np.unique(rows, axis=0)) == len(rows) == 8
    assert set(np.unique(two["recorder/masks"])) == {0.0, 2.0}


def test_a_step_that_is_bad_on_one_device_is_skipped_on_all(one, two):
    for results in (one, two):
        assert results["skipped/log_skipped_steps"] == [1]
    compare(one, two, "skipped/")


if BACKEND == "torch":

    def test_a_killed_process_ends_the_others_and_all_go_on(folder, alone):
        straight = of("backed_up", alone)
        out = folder / "restarted.npz"
        status, printed, message = end(start(out, 2, "backed_up"), out)
        assert printed.strip() == f"ended: {-signal.SIGKILL}"
        assert status == 1
        assert "Process 0 of 2 lost the others" in message
        # Two epochs had been backed up.
        restarted = of("backed_up", run(out, 2, "backed_up"))
        assert len(restarted["log_loss"]) == 2
        weights = [name for name in straight if name.startswith("weight_")]
        for name in weights:
            np.testing.assert_allclose(
                restarted[name], straight[name], rtol=1e-5, atol=1e-5
            )
        written = {path.name for path in (folder / "process_0").iterdir()}
        assert {"4.weights.h5", "log.csv", "done"} <= written
        assert not (folder / "process_1").exists()


if BACKEND == "jax":

    def test_a_layout_map_cuts_the_weights_and_nothing_else(alone, together):
        whole, cut = of("sharded", alone), of("sharded", together)
        compare(whole, cut, "log_", 1e-4)
        compare(whole, cut, "weight_", 1e-4)
        # On a mesh of 2 x 2 devices each has half of the output channels.
        for name in (n for n in whole if "shape" in n):
            expected = list(whole[name])
            is_end = "pixels" in name or "logit" in name
            is_norm = "/batch_normalization" in name
            if not is_end and not is_norm:
                expected[-1] //= 2
            assert list(cut[name]) == expected, name
