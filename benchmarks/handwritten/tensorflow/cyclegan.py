"""CycleGAN: the pools are variables; their images are taken one by one."""

import tensorflow as tf
from workloads import Workload

from handwritten import keras_weights
from handwritten.tensorflow.adam import Adam
from handwritten.tensorflow.layers import (
    ONE,
    Conv,
    Doubling,
    InstanceNorm,
    ReflectedConv,
    Sequence,
    leaky_relu,
    to_float,
)
from handwritten.tensorflow.loop import Loop, tape_of

CYCLE, IDENTITY = 10.0, 5.0
# PyTorch's padding=1, output_padding=1: of 2n + 1 rows the last 2n.
_CROP = [[0, 0], [1, 0], [1, 0], [0, 0]]


class Block(tf.Module):
    def __init__(self, first: dict, second: dict):
        super().__init__()
        self.body = Sequence(
            ReflectedConv(**first),
            InstanceNorm(),
            tf.nn.relu,
            ReflectedConv(**second),
            InstanceNorm(),
        )

    def __call__(self, x):
        return x + self.body(x)


def generator(arrays: list) -> tf.Module:
    (first, *inner, last), _ = keras_weights.convolutions(arrays)
    downs, blocks, ups = inner[:2], inner[2:-2], inner[-2:]
    active = (InstanceNorm(), tf.nn.relu)
    layers = [ReflectedConv(**first), *active]
    for down in downs:
        layers += [Conv(**down, stride=2, padding=ONE), *active]
    layers += [Block(*pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]
    for up in ups:
        layers += [Doubling(**up, padding=_CROP), *active]
    return Sequence(*layers, ReflectedConv(**last), to_float, tf.tanh)


def discriminator(arrays: list) -> tf.Module:
    convolutions, _ = keras_weights.convolutions(arrays)
    layers = []
    for i, each in enumerate(convolutions):
        layers.append(Conv(**each, stride=2 if i < 3 else 1, padding=ONE))
        if 0 < i < len(convolutions) - 1:
            layers.append(InstanceNorm())
        if i < len(convolutions) - 1:
            layers.append(leaky_relu)
    return Sequence(*layers, to_float)


class Pool:
    def __init__(self, size: int, shape: tuple[int, ...]):
        self.size = size
        self.images = tf.Variable(tf.zeros((size, *shape)))
        self.count = tf.Variable(0)

    def query(self, images, slots, swaps):
        returned = []
        for i, image in enumerate(tf.unstack(images)):
            full = self.count >= self.size
            slot = tf.where(full, slots[i], self.count)
            old = self.images.sparse_read(slot)
            kept = tf.where(swaps[i] | ~full, image, old)
            self.images.scatter_nd_update([[slot]], kept[None])
            self.count.assign_add(tf.cast(~full, tf.int32))
            returned.append(tf.where(full & swaps[i], old, image))
        return tf.stack(returned)


def _mse(logits, target):
    return tf.reduce_mean(tf.square(logits - target))


def _l1(x, y):
    return tf.reduce_mean(tf.abs(x - y))


class CycleGANLoop(Loop):
    def __init__(self, workload: Workload, weights: dict, jit_compile: bool):
        super().__init__(workload, jit_compile)
        self.a_to_b, self.b_to_a = (
            generator(weights[n]) for n in workload.networks[:2]
        )
        self.d_a, self.d_b = (discriminator(weights[n]) for n in workload.networks[2:])
        self.modules = (self.a_to_b, self.b_to_a, self.d_a, self.d_b)
        self.g_adam = Adam(workload, self.a_to_b, self.b_to_a)
        self.d_adam = Adam(workload, self.d_a, self.d_b)
        self.pools = {s: Pool(workload.pool_size, workload.shape) for s in "ab"}

    def draw(self, n):
        noise, size = {}, self.workload.pool_size
        for side in "ab":
            noise[f"slot_{side}"] = tf.random.uniform((n,), 0, size, tf.int32)
            noise[f"swap_{side}"] = tf.random.uniform((n,)) < 0.5
        return noise

    def step(self, batch, noise):
        a, b = (tf.cast(images, tf.float32) / 127.5 - 1.0 for images in batch)
        tape = tape_of(self.g_adam.targets)
        with tape:
            fake_b, fake_a = self.a_to_b(a), self.b_to_a(b)
            adversarial = [_mse(self.d_b(fake_b), 1.0), _mse(self.d_a(fake_a), 1.0)]
            cycle = [_l1(self.b_to_a(fake_b), a), _l1(self.a_to_b(fake_a), b)]
            identity = [_l1(self.a_to_b(b), b), _l1(self.b_to_a(a), a)]
            loss = sum(adversarial) + CYCLE * sum(cycle) + IDENTITY * sum(identity)
        self.g_adam.apply(tape.gradient(loss, self.g_adam.targets))

        fakes = [
            self.pools[side].query(fake, noise[f"slot_{side}"], noise[f"swap_{side}"])
            for side, fake in (("a", fake_a), ("b", fake_b))
        ]
        tape = tape_of(self.d_adam.targets)
        with tape:
            judged = [
                0.5 * (_mse(judge(real), 1.0) + _mse(judge(fake), 0.0))
                for judge, real, fake in zip(
                    (self.d_a, self.d_b), (a, b), fakes, strict=True
                )
            ]
            loss = sum(judged)
        self.d_adam.apply(tape.gradient(loss, self.d_adam.targets))
        return tf.stack([*adversarial, *cycle, *identity, *judged])
