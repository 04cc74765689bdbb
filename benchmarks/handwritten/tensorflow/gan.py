"""A GAN's step, with or without labels: the generator runs once for both turns."""

import tensorflow as tf
from workloads import Workload

from handwritten.tensorflow import dcgan, resnet
from handwritten.tensorflow.adam import Adam
from handwritten.tensorflow.loop import Loop, tape_of


class GANLoop(Loop):
    def __init__(self, workload: Workload, weights: dict, jit_compile: bool):
        super().__init__(workload, jit_compile)
        side = workload.shape[0]
        players = weights["generator"], weights["discriminator"]
        if workload.kind == "resnet_gan":
            self.generator = resnet.Generator(side, players[0])
            self.discriminator = resnet.Discriminator(players[1])
            self.d_loss, self.g_loss = resnet.hinge_losses, resnet.hinge_generator_loss
        else:
            self.generator = dcgan.generator(side, players[0])
            self.discriminator = dcgan.discriminator(players[1])
            self.d_loss = dcgan.softplus_losses
            self.g_loss = dcgan.softplus_generator_loss
        self.modules = (self.generator, self.discriminator)
        self.g_adam = Adam(workload, self.generator)
        self.d_adam = Adam(workload, self.discriminator)

    def draw(self, n):
        return {"z": tf.random.normal((1, n, self.latent_dim))}

    def step(self, batch, noise):
        images, *labels = batch
        real = tf.cast(images, tf.float32) / 127.5 - 1.0
        g_tape = tape_of(self.g_adam.targets)
        with g_tape:
            fake = self.generator(noise["z"][0], *labels)
        tape = tape_of(self.d_adam.targets)
        with tape:
            d_loss = self.d_loss(
                self.discriminator(real, *labels), self.discriminator(fake, *labels)
            )
        self.d_adam.apply(tape.gradient(d_loss, self.d_adam.targets))
        with g_tape:
            g_loss = self.g_loss(self.discriminator(fake, *labels))
        self.g_adam.apply(g_tape.gradient(g_loss, self.g_adam.targets))
        return tf.stack([d_loss, g_loss])
