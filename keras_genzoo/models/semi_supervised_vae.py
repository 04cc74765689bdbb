"""The semi-supervised variational autoencoder, M2."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.divergence import gaussian_kl
from keras_genzoo.models.checks import check_count, check_labels, check_network
from keras_genzoo.models.conditional_vae import ConditionalVAE
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.phase_metrics import MeanOver

MISSING = -1


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SemiSupervisedVAE(ConditionalVAE):
    """A `ConditionalVAE` with a classifier, for data of which little is labelled (M2).

    `fit(x, y)` with y = -1 where the label is missing. A labelled example contributes
    the bound on log p(x, y), an unlabelled one the bound on log p(x), with the exact
    sum over the classes under the classifier's q(y | x); p(y) is uniform. The
    classifier's cross-entropy on the labelled examples is added with the weight
    alpha N / N_labelled, the two counted over the training so far.

    Logged in nats: `elbo`, the mean of these bounds; `reconstruction`; `kl`, which
    includes the label's divergence from p(y), so that elbo = reconstruction - kl;
    over the labelled examples `classification_loss`, unscaled, and `accuracy`.
    A step costs as much as one of the `ConditionalVAE` on `num_classes` times as many
    examples.

    Args:
        encoder: built `keras.Model` from `[examples, labels]` to
            `[z_mean, z_log_var]`.
        decoder: built `keras.Model` from `[latents, labels]` to `(batch, *shape)`.
        classifier: built `keras.Model` from examples to logits
            `(batch, num_classes)`.
        alpha: the paper's weight of the classification, a number >= 0.
        **kwargs: as `ConditionalVAE`'s; without `free_bits` and
            `importance_samples`, which the sum over the classes has no form for.

    Raises:
        ValueError: as `ConditionalVAE`; in `fit`, labels that are neither a class nor
            -1.

    Reference: Kingma, Mohamed, Rezende and Welling, Semi-supervised Learning with Deep
    Generative Models, 2014; the weight as in the authors' code.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        classifier: keras.Model,
        likelihood: Any = "bernoulli",
        alpha: float = 0.1,
        **kwargs,
    ):
        check_network(classifier, "classifier")
        if len(classifier.output_shape) != 2:
            raise ValueError(
                "`classifier` must return logits of shape (batch, num_classes), got "
                f"{classifier.output_shape}."
            )
        if classifier.input_shape[1:] != decoder.output_shape[1:]:
            raise ValueError(
                f"`classifier` must take {decoder.output_shape}, what `decoder` "
                f"returns, got {classifier.input_shape}."
            )
        num_classes = classifier.output_shape[1]
        if kwargs.pop("num_classes", num_classes) != num_classes:
            raise ValueError(
                f"`num_classes` must be {num_classes}, the width of `classifier`."
            )
        for option, default in (("free_bits", 0.0), ("importance_samples", 1)):
            if kwargs.get(option, default) != default:
                raise ValueError(
                    f"`{option}` must be {default} for a SemiSupervisedVAE, got "
                    f"{kwargs[option]!r}."
                )
        if (
            isinstance(alpha, bool)
            or not isinstance(alpha, int | float)
            or not 0 <= alpha < math.inf
        ):
            raise ValueError(f"`alpha` must be a number >= 0, got {alpha!r}.")
        super().__init__(encoder, decoder, num_classes, likelihood, **kwargs)
        self.classifier = classifier
        self.alpha = float(alpha)
        # Examples seen in training, and how many of them were labelled.
        self.seen = self.add_weight(
            shape=(2,),
            dtype=full_dtype(),
            initializer="zeros",
            trainable=False,
            name="seen",
        )

    def _names(self) -> tuple[str, ...]:
        return (*super()._names(), "classification_loss", "accuracy")

    # The engine's side.

    def default_optimizers(self) -> dict:
        # The authors' rate.
        return {"vae": keras.optimizers.Adam(3e-4)}

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        self._check_examples(x, name)
        check_labels(y, self.num_classes, len(x), missing=True)

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        x, labels = batch
        is_labelled = ops.cast(labels >= 0, full_dtype())
        given = ops.cast(
            ops.expand_dims(labels, 1) == ops.arange(self.num_classes, dtype="int32"),
            full_dtype(),
        )
        logits = ops.cast(self.classifier(x, training=training), full_dtype())
        log_q = ops.log_softmax(logits, axis=-1)
        # q(y | x), all of it on the label where there is one.
        unlabelled = ops.expand_dims(1.0 - is_labelled, 1)
        q = given + unlabelled * ops.exp(log_q)
        label_kl = math.log(self.num_classes) + ops.sum(unlabelled * q * log_q, axis=-1)
        log_likelihood, kl = self._for_every_class(x, training)
        reconstruction = ops.mean(ops.sum(q * log_likelihood, axis=-1))
        kl = ops.mean(ops.sum(q * kl, axis=-1) + label_kl)
        cross_entropy = -ops.sum(given * log_q, axis=-1)
        beta = self._beta_now()
        loss = (
            beta * kl
            - reconstruction
            + self._classification_weight(is_labelled, training)
            * ops.mean(cross_entropy)
        )
        labelled = ops.sum(is_labelled)
        count = backends.clip(labelled, low=1.0)
        right = is_labelled * ops.cast(
            ops.cast(ops.argmax(logits, axis=-1), "int32") == labels, full_dtype()
        )
        logs = {
            "elbo": reconstruction - kl,
            "reconstruction": reconstruction,
            "kl": kl,
            "classification_loss": MeanOver(ops.sum(cross_entropy) / count, labelled),
            "accuracy": MeanOver(ops.sum(right) / count, labelled),
        }
        if self.steps is not None:
            logs["beta"] = beta
        return loss, logs

    def _for_every_class(self, x: Any, training: bool) -> tuple[Any, Any]:
        """log p(x | z, y) and KL(q(z | x, y) || p(z)), `(batch, num_classes)`."""
        classes = self.num_classes
        labels = ops.tile(ops.arange(classes, dtype="int32"), (ops.shape(x)[0],))
        x = ops.repeat(x, classes, axis=0)
        z_mean, z_log_var = self.posterior([x, labels], training)
        z = self.sampling((z_mean, z_log_var))
        log_likelihood = self._log_likelihood(x, [labels], z, training)
        kl = gaussian_kl(z_mean, z_log_var)
        return (
            ops.reshape(log_likelihood, (-1, classes)),
            ops.reshape(kl, (-1, classes)),
        )

    def _classification_weight(self, is_labelled: Any, training: bool) -> Any:
        """alpha N / N_labelled, which is 0 while no label has been seen."""
        seen = ops.convert_to_tensor(self.seen)
        if training:
            counted = [ops.sum(ops.ones_like(is_labelled)), ops.sum(is_labelled)]
            seen = seen + shares.total(ops.stack(counted))
            self.seen.assign(seen)
        weight = self.alpha * seen[0] / backends.clip(seen[1], low=1.0)
        return backends.where(seen[1] > 0, weight, 0.0)

    # The user's side.

    def class_probabilities(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """q(y | x), float32 of shape `(n, num_classes)`.

        Args:
            x: examples, `(n, *shape)`.
            batch_size: the most examples at a time.

        Raises:
            ValueError: data of another shape or range than the model's.
        """
        x = self._checked(x)
        return run_in_batches(
            self.classifier,
            x,
            check_count(batch_size, "batch_size"),
            self._shown,
            finish=lambda logits: ops.softmax(ops.cast(logits, full_dtype()), axis=-1),
        )

    def classify(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """The most probable class of each example, int32 of shape `(n,)`."""
        return self.class_probabilities(x, batch_size).argmax(axis=-1).astype("int32")

    def encode(
        self, x: Any, labels: Any = None, batch_size: int = 256
    ) -> tuple[np.ndarray, np.ndarray]:
        """q(z | x, label), the label read by `classify` where none is given.

        See `VAE.encode`.
        """
        if labels is None:
            labels = self.classify(x, batch_size)
        return super().encode(x, labels, batch_size)

    def reconstruct(
        self, x: Any, labels: Any = None, batch_size: int = 256
    ) -> np.ndarray:
        """E[x' | z, label], the label read by `classify` where none is given."""
        if labels is None:
            labels = self.classify(x, batch_size)
        return super().reconstruct(x, labels, batch_size)

    def elbo(
        self,
        x: Any,
        labels: Any = None,
        samples: int = 1,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """The bound of each example, in nats, shape `(n,)`.

        On log p(x, y) where a label is given, on log p(x) where it is missing.

        Args:
            x: examples, `(n, *shape)`.
            labels: integers `(n,)`, -1 where missing, or one for all; None where all
                are missing.
            samples, seed, batch_size: as in `VAE.elbo`.

        Raises:
            ValueError: as `VAE.elbo`.
        """
        x, labels = self._with_missing(x, labels)
        by_class = self._by_class(super().elbo, x, samples, seed, batch_size)
        q = self.class_probabilities(x, batch_size).astype("float64")
        log_q = np.log(np.maximum(q, np.finfo("float32").tiny))
        return _choose(by_class, labels, (q * (by_class - log_q)).sum(axis=1))

    def importance_weighted_bound(
        self,
        x: Any,
        labels: Any = None,
        samples: int = 50,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """As `elbo`, tighter; the classes are summed exactly. See `VAE`'s."""
        x, labels = self._with_missing(x, labels)
        by_class = self._by_class(
            super().importance_weighted_bound, x, samples, seed, batch_size
        )
        return _choose(by_class, labels, np.logaddexp.reduce(by_class, axis=1))

    def _with_missing(self, x: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
        x = self._checked(x)
        if labels is None or np.ndim(labels) == 0:
            labels = np.full(len(x), MISSING if labels is None else labels)
        return x, check_labels(labels, self.num_classes, len(x), "labels", missing=True)

    def _by_class(self, bound, x, samples, seed, batch_size) -> np.ndarray:
        """Bounds on log p(x, y) for every y, float64 `(n, num_classes)`."""
        return np.stack(
            [
                bound(x, y, samples, seed, batch_size).astype("float64")
                for y in range(self.num_classes)
            ],
            axis=1,
        ) - math.log(self.num_classes)

    def get_config(self) -> dict:
        config = super().get_config()
        for name in ("num_classes", "free_bits", "free_bits_per", "importance_samples"):
            del config[name]
        return {
            **config,
            "classifier": keras.saving.serialize_keras_object(self.classifier),
            "alpha": self.alpha,
        }


def _choose(by_class: np.ndarray, labels: np.ndarray, missing: np.ndarray):
    own = by_class[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.where(labels >= 0, own, missing).astype("float32")
