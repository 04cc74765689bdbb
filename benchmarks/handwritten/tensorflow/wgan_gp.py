"""WGAN-GP: several turns of the critic with a gradient penalty, then the generator."""

import tensorflow as tf
from workloads import Workload

from handwritten.tensorflow import dcgan
from handwritten.tensorflow.adam import Adam
from handwritten.tensorflow.loop import Loop, tape_of

PENALTY = 10.0


class WGANGPLoop(Loop):
    def __init__(self, workload: Workload, weights: dict, jit_compile: bool):
        super().__init__(workload, jit_compile)
        self.generator = dcgan.generator(workload.shape[0], weights["generator"])
        self.critic = dcgan.critic(weights["discriminator"])
        self.modules = (self.generator, self.critic)
        self.g_adam = Adam(workload, self.generator)
        self.c_adam = Adam(workload, self.critic)
        self.turns = workload.critic_steps

    def draw(self, n):
        n //= self.turns
        return {
            "z": tf.random.normal((self.turns + 1, n, self.latent_dim)),
            "alpha": tf.random.uniform((self.turns, n, 1, 1, 1)),
        }

    def _penalty(self, real, fake, alpha):
        x = alpha * real + (1.0 - alpha) * fake
        tape = tape_of([x])
        with tape:
            logits = self.critic(x)
        gradient = tape.gradient(logits, x)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), (1, 2, 3)) + 1e-12)
        return PENALTY * tf.reduce_mean(tf.square(norm - 1.0))

    def step(self, batch, noise):
        logs = tf.zeros(2)
        parts = tf.split(batch[0], self.turns)
        for i, images in enumerate(parts):
            real = tf.cast(images, tf.float32) / 127.5 - 1.0
            fake = self.generator(noise["z"][i])
            tape = tape_of(self.c_adam.targets)
            with tape:
                loss = tf.reduce_mean(self.critic(fake) - self.critic(real))
                penalty = self._penalty(real, fake, noise["alpha"][i])
                total = loss + penalty
            self.c_adam.apply(tape.gradient(total, self.c_adam.targets))
            logs += tf.stack([loss, penalty]) / self.turns

        tape = tape_of(self.g_adam.targets)
        with tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(noise["z"][-1])))
        self.g_adam.apply(tape.gradient(g_loss, self.g_adam.targets))
        return tf.concat([logs, g_loss[None]], 0)
