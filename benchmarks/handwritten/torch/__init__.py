"""PyTorch by hand: `nn` modules in NCHW, `torch.optim.Adam(foreach=True)`, eager."""

import torch
from workloads import Workload

from handwritten.torch import layers
from handwritten.torch.cyclegan import CycleGANLoop
from handwritten.torch.gan import GANLoop
from handwritten.torch.layers import DEVICE
from handwritten.torch.loop import Loop
from handwritten.torch.vae import VAELoop
from handwritten.torch.wgan_gp import WGANGPLoop

VERSIONS = {"torch": torch.__version__}

_LOOPS = {
    "dcgan": GANLoop,
    "mlp_vae": VAELoop,
    "conv_vae": VAELoop,
    "wgan_gp": WGANGPLoop,
    "resnet_gan": GANLoop,
    "cyclegan": CycleGANLoop,
}


def build(workload: Workload, weights: dict, jit_compile: bool = False) -> Loop:
    """A loop that starts from the Keras networks' weights."""
    loop = _LOOPS[workload.kind](workload, weights)
    if jit_compile:
        loop.step = torch.compile(loop.step)
    return loop


def compute_in(dtype: str) -> None:
    """What epochs multiply in from now on: "float32" or "bfloat16"."""
    layers.narrow = dtype == "bfloat16"


def wait(model) -> None:
    """Returns when the device is done."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def device() -> str:
    """The device that both sides use."""
    if DEVICE.type == "cuda":
        return torch.cuda.get_device_name()
    return f"cpu, {torch.get_num_threads()} threads"
