"""WGAN-GP: several turns of the critic with a gradient penalty, then the generator."""

from functools import partial

import jax
import jax.numpy as jnp
from workloads import Workload

from handwritten.jax import dcgan

PENALTY = 10.0


def build(workload: Workload, weights: dict):
    """`(state, draw, update)`; see `loop.Loop`."""
    g, g_stats = dcgan.init_generator(weights["generator"])
    critic, _ = dcgan.init_critic(weights["discriminator"])
    state = {"params": {"generator": g, "critic": critic}, "stats": g_stats}
    turns = workload.critic_steps

    def draw(key, n):
        n //= turns
        z_key, alpha_key = jax.random.split(key)
        return {
            "z": jax.random.normal(z_key, (turns + 1, n, workload.latent_dim)),
            "alpha": jax.random.uniform(alpha_key, (turns, n, 1, 1, 1)),
        }

    generate = partial(dcgan.generator, base=7)
    return state, draw, partial(_update, generate, turns)


def _critic_losses(params, real, fake, alpha):
    x = alpha * real + (1.0 - alpha) * fake
    gradient = jax.grad(lambda x: dcgan.critic(params, x).sum())(x)
    norm = jnp.sqrt(jnp.sum(jnp.square(gradient), (1, 2, 3)) + 1e-12)
    loss = jnp.mean(dcgan.critic(params, fake) - dcgan.critic(params, real))
    penalty = PENALTY * jnp.mean(jnp.square(norm - 1.0))
    return loss + penalty, jnp.stack([loss, penalty])


def _update(generate, turns, state, batch, noise, adam):
    params, stats = state["params"], state["stats"]
    critic, critic_adam = params["critic"], state["adam"]["critic"]
    parts = jnp.split(batch[0], turns)
    logs = jnp.zeros(2)
    # Unrolled: XLA runs convolutions inside a loop on one core of a CPU.
    for images, z, alpha in zip(parts, noise["z"][:-1], noise["alpha"], strict=True):
        real = images.astype("float32") / 127.5 - 1.0
        fake, stats = generate(params["generator"], stats, z)
        grads, log = jax.grad(_critic_losses, has_aux=True)(critic, real, fake, alpha)
        critic, critic_adam = adam(grads, critic_adam, critic)
        logs += log / turns

    def g_loss_fn(g_params):
        fake, new_stats = generate(g_params, stats, noise["z"][-1])
        return -jnp.mean(dcgan.critic(critic, fake)), new_stats

    (g_loss, stats), grads = jax.value_and_grad(g_loss_fn, has_aux=True)(
        params["generator"]
    )
    generator, g_adam = adam(grads, state["adam"]["generator"], params["generator"])
    state = {
        **state,
        "params": {"generator": generator, "critic": critic},
        "stats": stats,
        "adam": {"generator": g_adam, "critic": critic_adam},
    }
    return state, jnp.append(logs, g_loss)
