"""TensorFlow by hand: variables, `tf.nn`, one `tf.function`, a `tf.data` pipeline."""

import tensorflow as tf
from workloads import Workload

from handwritten.tensorflow import layers
from handwritten.tensorflow.cyclegan import CycleGANLoop
from handwritten.tensorflow.gan import GANLoop
from handwritten.tensorflow.loop import Loop
from handwritten.tensorflow.vae import VAELoop
from handwritten.tensorflow.wgan_gp import WGANGPLoop

VERSIONS = {"tensorflow": tf.__version__}

_LOOPS = {
    "dcgan": GANLoop,
    "mlp_vae": VAELoop,
    "conv_vae": VAELoop,
    "wgan_gp": WGANGPLoop,
    "resnet_gan": GANLoop,
    "cyclegan": CycleGANLoop,
}


def build(workload: Workload, weights: dict, jit_compile: bool = False) -> Loop:
    """A loop that starts from the Keras networks' weights.

    The step is compiled by XLA where Keras would do so by itself, on a GPU, too.
    """
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return _LOOPS[workload.kind](workload, weights, jit_compile or gpu)


def compute_in(dtype: str) -> None:
    """What steps traced from now on multiply in: "float32" or "bfloat16"."""
    layers.compute_dtype = tf.as_dtype(dtype)


def wait(model) -> None:
    """Returns when the device has done the model's last step."""
    model.optimizer.iterations.value.numpy()


def device() -> str:
    """The device that both sides use."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "cpu"
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
