"""Spectral normalisation as Miyato et al. define it, on every backend."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers._weights import DrawnWeights

_TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SpectralNormalization(DrawnWeights, keras.layers.Wrapper):
    """Runs a layer with its kernel W replaced by W / sigma(W), its spectral norm.

    sigma is the largest singular value of W as a matrix with one row per output
    channel, estimated by power iteration from a vector u that is kept between calls.
    The gradient flows through sigma: it is that of W / sigma, with the singular
    vectors held constant. W itself is never changed, so training and inference
    compute the same function of it. A kernel of zeros is used as it is.

    Inference takes a power iteration too, from the stored u and without storing the
    result, so that weights and a u that were averaged, or loaded, fit together.

    `keras.layers.SpectralNormalization` (seen with Keras 3.15) differs: in training
    it overwrites W with W / sigma, so that no gradient flows through sigma; on JAX
    the overwriting is lost and inference runs with the raw W.

    Args:
        layer: a layer with a `kernel` (`Dense`, `Conv2D`, `Conv2DTranspose` and what
            derives from them) or with `embeddings`. Its call may not change state of
            its own.
        power_iterations: iterations in each call.
        epsilon: norms up to this count as zero.
        seed: int, for the start of u; None takes Keras' own random state.
        **kwargs: `name` and the like. A `dtype` belongs to `layer`; the norm is
            computed in float32 whatever the policy.

    Call arguments:
        inputs: what `layer` takes.
        training: True stores the new u.

    Raises:
        ValueError: `layer` has neither `kernel` nor `embeddings`, or
            `power_iterations` is not a positive integer.

    Reference: Miyato, Kataoka, Koyama and Yoshida, Spectral Normalization for
    Generative Adversarial Networks, 2018.
    """

    def __init__(
        self,
        layer: keras.layers.Layer,
        power_iterations: int = 1,
        epsilon: float = 1e-12,
        seed: int | None = None,
        **kwargs,
    ):
        # Under mixed precision the wrapped layer casts for itself. Out here inputs are
        # not cast, and variables are read, and u is stored, in float32: that takes
        # both, because a layer of a mixed policy casts variables in any case.
        super().__init__(layer, **{**kwargs, "dtype": full_dtype(), "autocast": False})
        if not isinstance(power_iterations, int) or power_iterations < 1:
            raise ValueError(
                "`power_iterations` must be a positive integer, got "
                f"{power_iterations!r}."
            )
        self.power_iterations = power_iterations
        self.epsilon = epsilon
        self.seed = seed

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        if kernel is None:
            kernel = getattr(self.layer, "embeddings", None)
        if not isinstance(kernel, keras.Variable):
            raise ValueError(
                "`layer` must have a weight `kernel` or `embeddings`, got a "
                f"{type(self.layer).__name__}, which has neither."
            )
        self._normalized = kernel
        # Keras' kernels have the output channels last, its transposed ones last but
        # one. (For embeddings it does not matter: W and its transpose have one norm.)
        self._output_axis = -2 if isinstance(self.layer, _TRANSPOSED) else -1
        self.u = self.add_weight(
            shape=(1, kernel.shape[self._output_axis]),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self.seed),
            trainable=False,
            name="u",
            dtype=full_dtype(),
        )

    def _norm_and_u(self, kernel: Any) -> tuple[Any, Any]:
        """sigma, differentiable in the kernel, and u after the power iterations."""
        kernel, u = ops.cast(kernel, full_dtype()), ops.convert_to_tensor(self.u)
        if self._output_axis == -2:
            kernel = ops.swapaxes(kernel, -1, -2)
        own = backends.power_iteration(kernel, u, self.epsilon, self.power_iterations)
        if own is not None:
            return own
        # (everything else, output channels): the transpose of W.
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        constant, u = ops.stop_gradient(matrix), ops.stop_gradient(u)
        for _ in range(self.power_iterations):
            v = ops.matmul(u, ops.transpose(constant))
            v = v / ops.maximum(ops.norm(v), self.epsilon)
            image = ops.matmul(v, constant)
            norm = ops.norm(image)
            # A kernel of zeros must not make u zero: it would stay so for ever.
            u = ops.where(
                norm > self.epsilon, image / ops.maximum(norm, self.epsilon), u
            )
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        sigma = ops.sum(ops.matmul(v, matrix) * u)
        return ops.where(sigma > self.epsilon, sigma, 1.0), u

    def normalized_kernel(self) -> Any:
        """W / sigma, as the next call in inference uses it."""
        kernel = ops.convert_to_tensor(self._normalized)
        return kernel / ops.cast(self._norm_and_u(kernel)[0], kernel.dtype)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        kernel = ops.convert_to_tensor(self._normalized)
        sigma, u = self._norm_and_u(kernel)
        if training:
            self.u.assign(u)
        # Inside the scope the layer sees other values of its variables. All of them
        # are listed: a scope does not read through to the one that encloses it, in
        # which the current values stand while JAX trains.
        values = [(v, ops.convert_to_tensor(v)) for v in self.layer.variables]
        values.append((self._normalized, kernel / ops.cast(sigma, kernel.dtype)))
        with keras.StatelessScope(values, initialize_variables=False):
            return backends.run_layer(self, self.layer, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> Any:
        return self.layer.compute_output_spec(inputs)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "power_iterations": self.power_iterations,
            "epsilon": self.epsilon,
            "seed": self.seed,
        }
