"""A training step that can be refused, on PyTorch."""

import torch

from keras_genzoo.backends.torch import train_step


def guarded_train_step(model, guard, data):
    """`train_step`, undone where `guard` refuses it."""
    variables = model.step_variables
    before = [v.value.detach().clone() for v in variables]
    train_step(model, data)
    with torch.no_grad():
        stays = guard.judge(model)
        # Elsewhere than on the CPU a look at `stays` would wait for the device.
        if stays.device.type != "cpu":
            for variable, value in zip(variables, before, strict=True):
                now = variable.value
                now.copy_(torch.where(stays.to(now.device), now, value))
        elif not bool(stays):
            for variable, value in zip(variables, before, strict=True):
                variable.value.copy_(value)
        return model.means_so_far()
