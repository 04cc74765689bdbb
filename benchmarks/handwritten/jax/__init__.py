"""JAX by hand: pure functions on pytrees, one jitted step, its state donated."""

import jax
from workloads import Workload

from handwritten.jax import cyclegan, gan, layers, vae, wgan_gp
from handwritten.jax.loop import Loop

VERSIONS = {"jax": jax.__version__}

_MODELS = {
    "dcgan": gan.build,
    "mlp_vae": vae.build,
    "conv_vae": vae.build,
    "wgan_gp": wgan_gp.build,
    "resnet_gan": gan.build,
    "cyclegan": cyclegan.build,
}


def build(workload: Workload, weights: dict, jit_compile: bool = True) -> Loop:
    """A loop that starts from the Keras networks' weights; always compiled."""
    return Loop(workload, *_MODELS[workload.kind](workload, weights))


def compute_in(dtype: str) -> None:
    """What the loops built from now on multiply in: "float32" or "bfloat16"."""
    layers.compute_dtype = dtype


def wait(model) -> None:
    """Returns when the device has computed the model's weights."""
    jax.block_until_ready([v.value for v in model.variables])


def device() -> str:
    """The device that both sides use."""
    return str(jax.devices()[0].device_kind)
