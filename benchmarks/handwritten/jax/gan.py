"""A GAN's step, with or without labels.

It runs the generator once and keeps its pullback for the generator's turn, after the
discriminator's.
"""

from functools import partial

import jax
import jax.numpy as jnp
from workloads import Workload

from handwritten.jax import dcgan, resnet


def build(workload: Workload, weights: dict):
    """`(state, draw, update)`; see `loop.Loop`."""
    if workload.kind == "resnet_gan":
        networks, base = resnet, workload.shape[0] // 8
        losses = resnet.hinge_losses, resnet.hinge_generator_loss
    else:
        networks = dcgan
        base = {28: 7, 64: 4}[workload.shape[0]]
        losses = dcgan.softplus_losses, dcgan.softplus_generator_loss
    g, g_stats = networks.init_generator(weights["generator"])
    d, d_stats = networks.init_discriminator(weights["discriminator"])
    state = {
        "params": {"generator": g, "discriminator": d},
        "stats": {"generator": g_stats, "discriminator": d_stats},
    }

    def draw(key, n):
        return {"z": jax.random.normal(key, (1, n, workload.latent_dim))}

    generate = partial(networks.generator, base=base)
    return state, draw, partial(_update, generate, networks.discriminator, *losses)


def _update(generate, judge, d_losses, g_loss_of, state, batch, noise, adam):
    images, *labels = batch
    real = images.astype("float32") / 127.5 - 1.0
    params, stats = state["params"], state["stats"]

    def fakes(g_params):
        return generate(g_params, stats["generator"], noise["z"][0], *labels)

    fake, pullback, g_stats = jax.vjp(fakes, params["generator"], has_aux=True)

    def d_loss_fn(d_params):
        real_logits, d_stats = judge(d_params, stats["discriminator"], real, *labels)
        fake_logits, d_stats = judge(d_params, d_stats, fake, *labels)
        return d_losses(real_logits, fake_logits), d_stats

    (d_loss, d_stats), grads = jax.value_and_grad(d_loss_fn, has_aux=True)(
        params["discriminator"]
    )
    d_params, d_adam = adam(
        grads, state["adam"]["discriminator"], params["discriminator"]
    )

    def g_loss_fn(fake):
        logits, new_stats = judge(d_params, d_stats, fake, *labels)
        return g_loss_of(logits), new_stats

    (g_loss, d_stats), d_fake = jax.value_and_grad(g_loss_fn, has_aux=True)(fake)
    (grads,) = pullback(d_fake)
    g_params, g_adam = adam(grads, state["adam"]["generator"], params["generator"])
    state = {
        **state,
        "params": {"generator": g_params, "discriminator": d_params},
        "stats": {"generator": g_stats, "discriminator": d_stats},
        "adam": {"generator": g_adam, "discriminator": d_adam},
    }
    return state, jnp.stack([d_loss, g_loss])
