"""CycleGAN: the pools are part of the state; a scan takes their images one by one."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from workloads import Workload

from handwritten import keras_weights
from handwritten.jax.layers import (
    conv,
    doubling,
    flipped,
    instance_norm,
    leaky_relu,
    reflected,
    relu,
)

CYCLE, IDENTITY = 10.0, 5.0
_ONE = ((1, 1), (1, 1))


def build(workload: Workload, weights: dict):
    """`(state, draw, update)`; see `loop.Loop`."""
    networks = {n: keras_weights.convolutions(w)[0] for n, w in weights.items()}
    for name in ("a_to_b", "b_to_a"):
        first, ups, last = (
            networks[name][:-3],
            networks[name][-3:-1],
            networks[name][-1:],
        )
        networks[name] = first + [flipped(up) for up in ups] + last
    players = {
        "generators": {n: networks[n] for n in ("a_to_b", "b_to_a")},
        "discriminators": {n: networks[f"discriminator_{n}"] for n in "ab"},
    }
    size = workload.pool_size
    pools = {
        side: {"images": jnp.zeros((size, *workload.shape)), "count": 0}
        for side in "ab"
    }

    def draw(key, n):
        noise = {}
        for side, now in zip("ab", jax.random.split(key), strict=True):
            slot_key, swap_key = jax.random.split(now)
            noise[f"slot_{side}"] = jax.random.randint(slot_key, (n,), 0, size)
            noise[f"swap_{side}"] = jax.random.bernoulli(swap_key, 0.5, (n,))
        return noise

    return {"params": players, "stats": [], "pools": pools}, draw, _update


def _active(x):
    return relu(instance_norm(x))


def generator(layers, x):
    first, *inner, last = layers
    downs, blocks, ups = inner[:2], inner[2:-2], inner[-2:]
    x = _active(conv(first, reflected(x, 3), padding="VALID"))
    for down in downs:
        x = _active(conv(down, x, 2, _ONE))
    for before, after in zip(blocks[::2], blocks[1::2], strict=True):
        y = _active(conv(before, reflected(x, 1), padding="VALID"))
        x = x + instance_norm(conv(after, reflected(y, 1), padding="VALID"))
    for up in ups:
        # PyTorch's padding=1, output_padding=1.
        x = _active(doubling(up, x, (1, 2)))
    x = conv(last, reflected(x, 3), padding="VALID")
    return jnp.tanh(x.astype("float32"))


def discriminator(layers, x):
    for i, layer in enumerate(layers):
        x = conv(layer, x, 2 if i < 3 else 1, _ONE)
        if i == len(layers) - 1:
            return x.astype("float32")
        x = leaky_relu(instance_norm(x) if i > 0 else x)
    return x


def _query(pool, images, slots, swaps):
    """The images for the discriminator, and the new pool."""

    def one(pool, inputs):
        image, slot, swap = inputs
        full = pool["count"] == len(pool["images"])
        slot = jnp.where(full, slot, pool["count"])
        old = pool["images"][slot]
        kept = jnp.where(swap | ~full, image, old)
        pool = {
            "images": pool["images"].at[slot].set(kept),
            "count": pool["count"] + ~full,
        }
        return pool, jnp.where(full & swap, old, image)

    pool, returned = lax.scan(one, pool, (images, slots, swaps))
    return returned, pool


def _mse(logits, target):
    return jnp.mean(jnp.square(logits - target))


def _l1(x, y):
    return jnp.mean(jnp.abs(x - y))


def _g_loss(players, judges, a, b):
    there, back = (partial(generator, players[n]) for n in ("a_to_b", "b_to_a"))
    fake_b, fake_a = there(a), back(b)
    adversarial = [
        _mse(discriminator(judges["b"], fake_b), 1.0),
        _mse(discriminator(judges["a"], fake_a), 1.0),
    ]
    cycle = [_l1(back(fake_b), a), _l1(there(fake_a), b)]
    identity = [_l1(there(b), b), _l1(back(a), a)]
    loss = sum(adversarial) + CYCLE * sum(cycle) + IDENTITY * sum(identity)
    return loss, ((fake_a, fake_b), [*adversarial, *cycle, *identity])


def _d_loss(judges, pairs):
    judged = []
    for side, (real, fake) in zip("ab", pairs, strict=True):
        judge = partial(discriminator, judges[side])
        judged.append(0.5 * (_mse(judge(real), 1.0) + _mse(judge(fake), 0.0)))
    return sum(judged), judged


def _update(state, batch, noise, adam):
    a, b = (images.astype("float32") / 127.5 - 1.0 for images in batch)
    params, adams = state["params"], state["adam"]
    grads, (fakes, logs) = jax.grad(_g_loss, has_aux=True)(
        params["generators"], params["discriminators"], a, b
    )
    generators, g_adam = adam(grads, adams["generators"], params["generators"])
    pools, pairs = {}, []
    for side, real, fake in zip("ab", (a, b), fakes, strict=True):
        draws = noise[f"slot_{side}"], noise[f"swap_{side}"]
        fake, pools[side] = _query(state["pools"][side], fake, *draws)
        pairs.append((real, fake))
    grads, judged = jax.grad(_d_loss, has_aux=True)(params["discriminators"], pairs)
    judges, d_adam = adam(grads, adams["discriminators"], params["discriminators"])
    state = {
        **state,
        "params": {"generators": generators, "discriminators": judges},
        "adam": {"generators": g_adam, "discriminators": d_adam},
        "pools": pools,
    }
    return state, jnp.stack([*logs, *judged])
