"""JAX by hand: pure functions on pytrees, one jitted step, its state donated.

The GAN's step runs the generator once and keeps its pullback for the generator's
turn, after the discriminator's.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from workloads import (
    BATCH,
    BETA_2,
    DCGAN_PLANS,
    EPSILON,
    Workload,
)

VERSIONS = {"jax": jax.__version__}
_LAYOUT = ("NHWC", "HWIO", "NHWC")


def _batch_norm(x, params, stats):
    mean = jnp.mean(x, (0, 1, 2))
    var = jnp.mean(jnp.square(x), (0, 1, 2)) - jnp.square(mean)
    scale = params["scale"] * lax.rsqrt(var + 1e-5)
    new = {
        "mean": 0.9 * stats["mean"] + 0.1 * mean,
        "var": 0.9 * stats["var"] + 0.1 * var,
    }
    return x * scale + (params["shift"] - mean * scale), new


def generator(params, stats, z, base):
    """Images in [-1, 1], and the new running statistics."""
    x = (z @ params["dense"]).reshape(len(z), base, base, -1)
    new_stats = []
    for block, old in zip(params["blocks"], stats, strict=True):
        x, new = _batch_norm(x, block, old)
        new_stats.append(new)
        x = lax.conv_transpose(
            jax.nn.relu(x), block["kernel"], (2, 2), "SAME", dimension_numbers=_LAYOUT
        )
    return jnp.tanh(x), new_stats


def discriminator(params, stats, x):
    """Logits, and the new running statistics."""
    new_stats = []
    for i, block in enumerate(params["blocks"]):
        x = lax.conv_general_dilated(
            x, block["kernel"], (2, 2), "SAME", dimension_numbers=_LAYOUT
        )
        if i > 0:
            x, new = _batch_norm(x, block, stats[i - 1])
            new_stats.append(new)
        x = jax.nn.leaky_relu(x, 0.2)
    return x.reshape(len(x), -1) @ params["dense"], new_stats


def _mlp(layers, x):
    for i, (kernel, bias) in enumerate(layers):
        x = x @ kernel + bias
        if i < len(layers) - 1:
            x = jax.nn.relu(x)
    return x


def negative_elbo(params, x, noise):
    """The loss of a batch, and what is logged."""
    hidden = jax.nn.relu(_mlp(params["trunk"], x))
    mean = _mlp([params["z_mean"]], hidden)
    log_var = _mlp([params["z_log_var"]], hidden)
    logits = _mlp(params["decoder"], mean + jnp.exp(0.5 * log_var) * noise)
    reconstruction = jnp.sum(x * logits - jax.nn.softplus(logits)) / len(x)
    kl = 0.5 * jnp.sum(jnp.square(mean) + jnp.exp(log_var) - 1.0 - log_var) / len(x)
    elbo = reconstruction - kl
    return -elbo, jnp.stack([elbo, reconstruction, kl])


def _adam_state(params):
    # Two trees of zeros: donated buffers must not be shared.
    return {
        "m": jax.tree.map(jnp.zeros_like, params),
        "v": jax.tree.map(jnp.zeros_like, params),
        "t": jnp.zeros((), "int32"),
    }


def _adam(grads, state, params, rate, beta_1):
    t = state["t"] + 1
    m = jax.tree.map(lambda m, g: beta_1 * m + (1 - beta_1) * g, state["m"], grads)
    v = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, state["v"], grads)
    rate = rate * jnp.sqrt(1 - BETA_2**t) / (1 - beta_1**t)
    params = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, m, v
    )
    return params, {"m": m, "v": v, "t": t}


def _gan_update(state, images, z, adam, base):
    real = images.astype("float32") / 127.5 - 1.0
    stats = state["stats"]

    def generate(params):
        return generator(params, stats["generator"], z, base)

    fake, pullback, g_stats = jax.vjp(generate, state["generator"], has_aux=True)

    def d_loss_fn(params):
        real_logits, d_stats = discriminator(params, stats["discriminator"], real)
        fake_logits, d_stats = discriminator(params, d_stats, fake)
        loss = jnp.mean(jax.nn.softplus(-real_logits) + jax.nn.softplus(fake_logits))
        return loss, d_stats

    (d_loss, d_stats), grads = jax.value_and_grad(d_loss_fn, has_aux=True)(
        state["discriminator"]
    )
    d_params, d_adam = adam(grads, state["d_adam"], state["discriminator"])

    def g_loss_fn(fake):
        logits, new_stats = discriminator(d_params, d_stats, fake)
        return jnp.mean(jax.nn.softplus(-logits)), new_stats

    (g_loss, d_stats), d_fake = jax.value_and_grad(g_loss_fn, has_aux=True)(fake)
    (grads,) = pullback(d_fake)
    g_params, g_adam = adam(grads, state["g_adam"], state["generator"])
    return {
        **state,
        "generator": g_params,
        "discriminator": d_params,
        "g_adam": g_adam,
        "d_adam": d_adam,
        "stats": {"generator": g_stats, "discriminator": d_stats},
        "totals": state["totals"] + jnp.stack([d_loss, g_loss]),
    }


def _vae_update(state, images, noise, adam):
    x = images.astype("float32") / 255.0
    grads, logs = jax.grad(negative_elbo, has_aux=True)(state["params"], x, noise)
    params, adam_state = adam(grads, state["adam"], state["params"])
    return {
        **state,
        "params": params,
        "adam": adam_state,
        "totals": state["totals"] + logs,
    }


def _gan_state(weights):
    g, d = weights["generator"], weights["discriminator"]
    g_blocks, g_stats, d_blocks, d_stats = [], [], [], []
    for i in range(1, len(g), 5):
        scale, shift, mean, var, kernel = g[i : i + 5]
        # From the kernel of a convolution's gradient to the one of the dilated
        # convolution that it is.
        kernel = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
        g_blocks.append({"scale": scale, "shift": shift, "kernel": kernel})
        g_stats.append({"mean": mean, "var": var})
    d_blocks.append({"kernel": d[0]})
    for i in range(1, len(d) - 1, 5):
        kernel, scale, shift, mean, var = d[i : i + 5]
        d_blocks.append({"scale": scale, "shift": shift, "kernel": kernel})
        d_stats.append({"mean": mean, "var": var})
    state = {
        "generator": {"dense": g[0], "blocks": g_blocks},
        "discriminator": {"dense": d[-1], "blocks": d_blocks},
        "stats": {"generator": g_stats, "discriminator": d_stats},
    }
    state = jax.tree.map(jnp.array, state)
    state["g_adam"] = _adam_state(state["generator"])
    state["d_adam"] = _adam_state(state["discriminator"])
    return state


def _vae_state(weights):
    *trunk, z_mean, z_log_var = _pairs(weights["encoder"])
    params = {
        "trunk": trunk,
        "z_mean": z_mean,
        "z_log_var": z_log_var,
        "decoder": _pairs(weights["decoder"]),
    }
    params = jax.tree.map(jnp.array, params)
    return {"params": params, "adam": _adam_state(params)}


def _pairs(arrays):
    return list(zip(arrays[::2], arrays[1::2], strict=True))


class _Loop:
    def __init__(self, workload: Workload, weights: dict):
        self.losses = workload.losses
        adam = partial(_adam, rate=workload.learning_rate, beta_1=workload.beta_1)
        if workload.is_gan:
            base, _ = DCGAN_PLANS[workload.shape[0]]
            update = partial(_gan_update, adam=adam, base=base)
            self.state = _gan_state(weights)
            self.learned = ("generator", "discriminator", "stats")
        else:
            update = partial(_vae_update, adam=adam)
            self.state = _vae_state(weights)
            self.learned = ("params",)
        self.state["key"] = jax.random.key(0)
        self.state["totals"] = jnp.zeros(len(self.losses))

        def step(state, images):
            key, now = jax.random.split(state["key"])
            noise = jax.random.normal(now, (len(images), workload.latent_dim))
            return update({**state, "key": key}, images, noise)

        self._step = jax.jit(step, donate_argnums=0)
        self._update = jax.jit(update, donate_argnums=0)

    def prepare(self, images: np.ndarray) -> None:
        self.images = images
        self.rng = np.random.default_rng(0)

    def epoch(self) -> dict[str, float]:
        order = self.rng.permutation(len(self.images))
        state = {**self.state, "totals": jnp.zeros(len(self.losses))}
        for begin in range(0, len(order), BATCH):
            state = self._step(state, self.images[order[begin : begin + BATCH]])
        self.state = jax.block_until_ready(state)
        return self._means(len(order) // BATCH)

    def update(self, images: np.ndarray, noise: np.ndarray) -> dict[str, float]:
        state = {**self.state, "totals": jnp.zeros(len(self.losses))}
        self.state = self._update(state, images, noise)
        return self._means(1)

    def _means(self, steps: int) -> dict[str, float]:
        means = (np.asarray(self.state["totals"]) / steps).tolist()
        return dict(zip(self.losses, means, strict=True))

    def arrays(self) -> list[np.ndarray]:
        leaves = jax.tree.leaves([self.state[name] for name in self.learned])
        return [np.array(leaf) for leaf in leaves]


def build(workload: Workload, weights: dict) -> _Loop:
    """A loop that starts from the Keras networks' weights."""
    return _Loop(workload, weights)


def wait(model) -> None:
    """Returns when the device has computed the model's weights."""
    jax.block_until_ready([v.value for v in model.variables])


def device() -> str:
    """The device that both sides use."""
    return str(jax.devices()[0].device_kind)
