"""On a GPU, PyTorch waits for the device to send it a Python number, or to read one."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("the others compile the step", allow_module_level=True)

import torch

sys.path.append(str(Path(__file__).parents[1] / "cross_backend"))

from worker import BATCH, CASES, images

from keras_genzoo.backends import count, counter_value


def batch_of(case):
    model, x = CASES[case]()
    labels = None
    if case.startswith("conditional"):
        labels = np.arange(BATCH) % 3
    elif case.startswith("semi_supervised"):
        labels = np.arange(BATCH) % 4 - 1
    elif case.startswith("cyclegan"):
        labels = images(16, 3)[:BATCH]
    return model, x[:BATCH], labels


@pytest.mark.parametrize("case", CASES)
def test_a_step_sends_nothing_to_the_device(case, monkeypatch):
    model, x, labels = batch_of(case)
    model.compile()
    model.train_on_batch(x, labels)
    sent = []
    as_tensor = torch.as_tensor

    def listen(data, *args, **kwargs):
        # What a seed is advanced by stays on the host.
        if not isinstance(data, torch.Tensor) and np.any(data != np.array([0, 1])):
            sent.append(data)
        return as_tensor(data, *args, **kwargs)

    data = [torch.from_numpy(a) for a in (x, labels) if a is not None]
    monkeypatch.setattr(torch, "as_tensor", listen)
    model.train_step(tuple(data))
    assert sent == []


@pytest.mark.parametrize("case", CASES)
def test_a_step_reads_nothing_from_the_device(case, monkeypatch):
    model, x, labels = batch_of(case)
    model.compile()
    model.train_on_batch(x, labels)
    # Seeds are read too, as `int`, but they live on the host.
    read = []
    for name in ("__bool__", "item"):
        method = getattr(torch.Tensor, name)

        def listen(tensor, name=name, method=method):
            read.append(name)
            return method(tensor)

        monkeypatch.setattr(torch.Tensor, name, listen)
    model.train_step(tuple(torch.from_numpy(a) for a in (x, labels) if a is not None))
    assert read == []


def test_a_counter_is_read_when_others_have_changed_it():
    counter = keras.Variable(np.zeros((), "int32"), trainable=False)
    for expected in range(3):
        assert counter_value(counter) == expected
        count(counter)
    counter.assign(40)
    assert counter_value(counter) == 40
    count(counter)
    assert int(counter.value) == counter_value(counter) == 41
