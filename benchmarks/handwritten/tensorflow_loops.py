"""TensorFlow by hand: variables, `tf.nn`, one `tf.function`, a `tf.data` pipeline.

Adam is TensorFlow's own fused operation. The step is compiled by XLA where Keras
would do so by itself, which is on a GPU.
"""

import numpy as np
import tensorflow as tf
from workloads import (
    BATCH,
    BETA_2,
    DCGAN_PLANS,
    EPSILON,
    Workload,
)

VERSIONS = {"tensorflow": tf.__version__}
_HAS_GPU = bool(tf.config.list_physical_devices("GPU"))


class BatchNorm(tf.Module):
    def __init__(self, scale, shift, mean, var):
        super().__init__()
        self.scale, self.shift = tf.Variable(scale), tf.Variable(shift)
        self.mean = tf.Variable(mean, trainable=False)
        self.var = tf.Variable(var, trainable=False)

    def __call__(self, x):
        y, mean, var = tf.compat.v1.nn.fused_batch_norm(
            x, self.scale, self.shift, epsilon=1e-5, is_training=True
        )
        self.mean.assign_sub(0.1 * (self.mean - mean))
        self.var.assign_sub(0.1 * (self.var - var))
        return y


class Generator(tf.Module):
    def __init__(self, base, weights):
        super().__init__()
        self.base = base
        self.dense = tf.Variable(weights[0])
        starts = range(1, len(weights), 5)
        self.norms = [BatchNorm(*weights[i : i + 4]) for i in starts]
        self.kernels = [tf.Variable(weights[i + 4]) for i in starts]

    def __call__(self, z):
        side, n = self.base, tf.shape(z)[0]
        x = tf.reshape(z @ self.dense, (n, side, side, self.kernels[0].shape[3]))
        for norm, kernel in zip(self.norms, self.kernels, strict=True):
            side *= 2
            x = tf.nn.conv2d_transpose(
                tf.nn.relu(norm(x)), kernel, (n, side, side, kernel.shape[2]), 2
            )
        return tf.tanh(x)


class Discriminator(tf.Module):
    def __init__(self, weights):
        super().__init__()
        starts = range(1, len(weights) - 1, 5)
        self.kernels = [tf.Variable(weights[i]) for i in (0, *starts)]
        self.norms = [BatchNorm(*weights[i + 1 : i + 5]) for i in starts]
        self.dense = tf.Variable(weights[-1])

    def __call__(self, x):
        for i, kernel in enumerate(self.kernels):
            x = tf.nn.conv2d(x, kernel, 2, "SAME")
            if i > 0:
                x = self.norms[i - 1](x)
            x = tf.nn.leaky_relu(x, 0.2)
        return tf.reshape(x, (-1, self.dense.shape[0])) @ self.dense


class MLP(tf.Module):
    """Dense layers with a ReLU between each two."""

    def __init__(self, arrays):
        super().__init__()
        self.arrays = [tf.Variable(a) for a in arrays]

    def __call__(self, x):
        for i in range(0, len(self.arrays), 2):
            x = tf.nn.bias_add(x @ self.arrays[i], self.arrays[i + 1])
            if i < len(self.arrays) - 2:
                x = tf.nn.relu(x)
        return x


class VAE(tf.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.trunk = MLP(encoder[:-4])
        self.z_mean, self.z_log_var = MLP(encoder[-4:-2]), MLP(encoder[-2:])
        self.decoder = MLP(decoder)

    def __call__(self, x, noise):
        hidden = tf.nn.relu(self.trunk(x))
        mean, log_var = self.z_mean(hidden), self.z_log_var(hidden)
        logits = self.decoder(mean + tf.exp(0.5 * log_var) * noise)
        n = tf.cast(tf.shape(x)[0], tf.float32)
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        reconstruction = -tf.reduce_sum(cross_entropy) / n
        kl = tf.reduce_sum(tf.square(mean) + tf.exp(log_var) - 1.0 - log_var) / n / 2
        return reconstruction - kl, reconstruction, kl


class Adam(tf.Module):
    def __init__(self, variables, workload: Workload):
        super().__init__()
        self.targets = list(variables)
        self.m = [tf.Variable(tf.zeros_like(v)) for v in self.targets]
        self.v = [tf.Variable(tf.zeros_like(v)) for v in self.targets]
        self.rate, self.beta_1 = workload.learning_rate, workload.beta_1
        self.beta_1_power, self.beta_2_power = tf.Variable(1.0), tf.Variable(1.0)

    def apply(self, grads):
        beta_1_power = self.beta_1_power.assign(self.beta_1_power * self.beta_1)
        beta_2_power = self.beta_2_power.assign(self.beta_2_power * BETA_2)
        for target, m, v, grad in zip(self.targets, self.m, self.v, grads, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=target.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=beta_1_power,
                beta2_power=beta_2_power,
                lr=self.rate,
                beta1=self.beta_1,
                beta2=BETA_2,
                epsilon=EPSILON,
                grad=grad,
            )


class _Loop:
    modules: tuple[tf.Module, ...]

    def __init__(self, workload: Workload):
        self.losses = workload.losses
        self.latent_dim = workload.latent_dim
        self.totals = tf.Variable(tf.zeros(len(self.losses)))
        self._train = tf.function(self._step, jit_compile=_HAS_GPU)
        self._train_on = tf.function(self._update)

    def _update(self, images, noise):
        raise NotImplementedError

    def _step(self, images):
        noise = tf.random.normal((tf.shape(images)[0], self.latent_dim))
        self.totals.assign_add(self._update(images, noise))

    def prepare(self, images: np.ndarray) -> None:
        self.steps = len(images) // BATCH
        with tf.device("cpu"):
            self.batches = (
                tf.data.Dataset.from_tensor_slices(images)
                .shuffle(len(images))
                .batch(BATCH, drop_remainder=True)
                .prefetch(tf.data.AUTOTUNE)
            )

    def epoch(self) -> dict[str, float]:
        self.totals.assign(tf.zeros(len(self.losses)))
        for batch in self.batches:
            self._train(batch)
        means = (self.totals.numpy() / self.steps).tolist()
        return dict(zip(self.losses, means, strict=True))

    def update(self, images: np.ndarray, noise: np.ndarray) -> dict[str, float]:
        values = self._train_on(tf.constant(images), tf.constant(noise))
        return dict(zip(self.losses, values.numpy().tolist(), strict=True))

    def arrays(self) -> list[np.ndarray]:
        return [v.numpy() for module in self.modules for v in module.variables]


class _GANLoop(_Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        base, _ = DCGAN_PLANS[workload.shape[0]]
        self.generator = Generator(base, weights["generator"])
        self.discriminator = Discriminator(weights["discriminator"])
        self.modules = (self.generator, self.discriminator)
        self.g_adam = Adam(self.generator.trainable_variables, workload)
        self.d_adam = Adam(self.discriminator.trainable_variables, workload)

    def _update(self, images, noise):
        real = tf.cast(images, tf.float32) / 127.5 - 1.0
        with tf.GradientTape(watch_accessed_variables=False) as g_tape:
            g_tape.watch(self.g_adam.targets)
            fake = self.generator(noise)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.d_adam.targets)
            d_loss = tf.reduce_mean(
                tf.nn.softplus(-self.discriminator(real))
                + tf.nn.softplus(self.discriminator(fake))
            )
        self.d_adam.apply(tape.gradient(d_loss, self.d_adam.targets))
        with g_tape:
            g_loss = tf.reduce_mean(tf.nn.softplus(-self.discriminator(fake)))
        self.g_adam.apply(g_tape.gradient(g_loss, self.g_adam.targets))
        return tf.stack([d_loss, g_loss])


class _VAELoop(_Loop):
    def __init__(self, workload: Workload, weights: dict):
        super().__init__(workload)
        self.vae = VAE(weights["encoder"], weights["decoder"])
        self.modules = (self.vae,)
        self.adam = Adam(self.vae.trainable_variables, workload)

    def _update(self, images, noise):
        x = tf.cast(images, tf.float32) / 255.0
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.adam.targets)
            elbo, reconstruction, kl = self.vae(x, noise)
            loss = -elbo
        self.adam.apply(tape.gradient(loss, self.adam.targets))
        return tf.stack([elbo, reconstruction, kl])


def build(workload: Workload, weights: dict) -> _Loop:
    """A loop that starts from the Keras networks' weights."""
    return (_GANLoop if workload.is_gan else _VAELoop)(workload, weights)


def wait(model) -> None:
    """Returns when the device has done the model's last step."""
    model.optimizer.iterations.value.numpy()


def device() -> str:
    """The device that both sides use."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "cpu"
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
