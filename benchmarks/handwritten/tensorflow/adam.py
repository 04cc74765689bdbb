"""Adam by TensorFlow's own fused operation."""

import tensorflow as tf
from workloads import EPSILON, Workload


class Adam(tf.Module):
    def __init__(self, workload: Workload, *modules: tf.Module):
        super().__init__()
        self.targets = [v for m in modules for v in m.trainable_variables]
        self.m = [tf.Variable(tf.zeros_like(v)) for v in self.targets]
        self.v = [tf.Variable(tf.zeros_like(v)) for v in self.targets]
        self.rate = workload.learning_rate
        self.betas = workload.beta_1, workload.beta_2
        self.powers = [tf.Variable(1.0), tf.Variable(1.0)]

    def apply(self, gradients):
        powers = [p.assign(p * b) for p, b in zip(self.powers, self.betas, strict=True)]
        gradients = [tf.convert_to_tensor(g) for g in gradients]
        for target, m, v, gradient in zip(
            self.targets, self.m, self.v, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=target.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=self.rate,
                beta1=self.betas[0],
                beta2=self.betas[1],
                epsilon=EPSILON,
                grad=gradient,
            )
