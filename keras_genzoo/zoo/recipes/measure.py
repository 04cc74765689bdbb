"""The numbers of a model card: measured on the stored model, each by its name."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_genzoo.evaluation import NetworkFeatures, sample_quality
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.pixels import to_float_array
from keras_genzoo.zoo.recipes.data import RecipeData, load_data
from keras_genzoo.zoo.recipes.recipe import Recipe, find_recipe

# Where a recipe does not say how many.
SAMPLES, IMAGES = 1000, 1000
BOUND_SAMPLES = 50
DIGITS = 4


class Measurement:
    """What a number may need: the model, the recipe, its data, a classifier.

    Args:
        model: as loaded from its preset.
        recipe: its recipe.
        data: as `load_data` gives them.
        load: a function from the name of a preset to its model.
    """

    def __init__(
        self,
        model: keras.Model,
        recipe: Recipe,
        data: RecipeData,
        load: Callable[[str], keras.Model],
    ):
        self.model = model
        self.data = data
        self.seed = recipe["seed"]
        table = recipe.table("measure")
        self.samples = table.get("samples", SAMPLES)
        self.images = table.get("images", IMAGES)
        self._name = table.get("classifier")
        self._load = load
        self._network = None

    def evenly(self, n: int) -> np.ndarray:
        """Places of n test images, evenly spaced over the set."""
        count = len(self.data.test)
        return np.linspace(0, count - 1, min(n, count)).astype(int)

    @property
    def classifier(self) -> keras.Model:
        """The classifier that reads images, a preset of its own."""
        if self._name is None:
            raise ValueError("`measure.classifier` must name a preset for this number.")
        if self._network is None:
            self._network = self._load(self._name)
        return self._network

    def read(self, images: np.ndarray) -> np.ndarray:
        """The class that the classifier gives each image, of those of the data."""
        logits = run_in_batches(self.classifier, images, 250, to_float_array)
        own = self.data.test.label_names
        known = load_data(find_recipe(self._name)).test.label_names
        missing = sorted(set(own) - set(known))
        if missing:
            raise ValueError(
                f"`measure.classifier` must know the classes of the data, "
                f"{self._name!r} does not know {missing}."
            )
        return logits[:, [known.index(name) for name in own]].argmax(axis=-1)

    def labels_for(self, images: np.ndarray, labels: np.ndarray | None) -> tuple:
        """What a conditional model takes besides images: their labels."""
        conditional = getattr(self.model, "num_classes", None) is not None
        return (labels,) if conditional else ()


def measure(measurement: Measurement, names: list[str]) -> dict[str, float]:
    """The numbers of these names, in their order; the functions below say what each is.

    Raises:
        ValueError: a name that there is not; a number that the model does not have.
    """
    numbers: dict[str, float] = {}
    for name in names:
        if name not in NUMBERS:
            raise ValueError(
                f"`measure.numbers` must be some of {sorted(NUMBERS)}, got {name!r}."
            )
        found = NUMBERS[name](measurement)
        found = found if isinstance(found, dict) else {name: found}
        numbers |= {k: float(f"{v:.{DIGITS}g}") for k, v in found.items()}
    return numbers


def _squared_error(m: Measurement, images: np.ndarray, labels: Any) -> float:
    rebuilt = m.model.reconstruct(images, *m.labels_for(images, labels))
    return float(np.mean(np.square(rebuilt - to_float_array(images))))


def test_squared_error(m: Measurement) -> float:
    """Of reconstructions of the test images: mean over pixels in [0, 1]."""
    return _squared_error(m, m.data.test.images, m.data.test.labels)


def train_squared_error(m: Measurement) -> float:
    """Of reconstructions of as many training images, evenly spaced."""
    train = m.data.train
    chosen = np.linspace(0, len(train) - 1, min(len(m.data.test), len(train)))
    chosen = chosen.astype(int)
    labels = None if train.labels is None else train.labels[chosen]
    return _squared_error(m, train.images[chosen], labels)


def explained_variance(m: Measurement) -> float:
    """The share of the training images' variance in the components' span."""
    return float(m.model.explained_variance_ratio(m.data.train.images).sum())


def pca_explained_variance(m: Measurement) -> float:
    """The same of as many exact principal components."""
    images = to_float_array(m.data.train.images)
    flat = images.reshape(len(images), -1)
    values = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False) ** 2
    return float(values[: m.model.latent_dim].sum() / values.sum())


def test_elbo(m: Measurement) -> float:
    """The evidence lower bound of the test images, nats an image."""
    test = m.data.test
    labels = m.labels_for(test.images, test.labels)
    return float(m.model.elbo(test.images, *labels, seed=m.seed).mean())


def test_importance_weighted_bound(m: Measurement) -> float:
    """The bound with 50 importance samples, of evenly spaced test images, nats."""
    chosen = m.evenly(m.images)
    images, labels = m.data.test.images[chosen], m.data.test.labels[chosen]
    bound = m.model.importance_weighted_bound(
        images, *m.labels_for(images, labels), samples=BOUND_SAMPLES, seed=m.seed
    )
    return float(bound.mean())


def active_units(m: Measurement) -> float:
    """Latent dimensions that tell the test images apart."""
    test = m.data.test
    return m.model.active_units(test.images, *m.labels_for(test.images, test.labels))


def test_error_percent(m: Measurement) -> float:
    """Test images that the model's own classifier reads wrong, in %."""
    test = m.data.test
    if hasattr(m.model, "classify"):
        read = m.model.classify(test.images)
    else:
        logits = run_in_batches(m.model, test.images, 250, to_float_array)
        read = logits.argmax(axis=-1)
    return 100.0 * float(np.mean(read != test.labels))


def class_agreement_percent(m: Measurement) -> float:
    """Samples, as many of each class, read as the class asked for, in %."""
    classes = m.model.num_classes
    asked = np.repeat(np.arange(classes), -(-m.samples // classes))
    samples = m.model.sample(labels=asked, seed=m.seed)
    return 100.0 * float(np.mean(m.read(samples) == asked))


def classifier_accuracy_percent(m: Measurement) -> float:
    """Test images that the classifier reads right: what agreement can be at best."""
    return 100.0 * float(np.mean(m.read(m.data.test.images) == m.data.test.labels))


def sample_scores(m: Measurement) -> dict[str, float]:
    """Samples against the test images in the features of the classifier.

    Fréchet and kernel distance with the floors of training images, precision, recall,
    density, coverage (`keras_genzoo.evaluation.sample_quality`).
    """
    test = m.data.test.images
    count = min(m.samples, len(test), len(m.data.train))
    features = NetworkFeatures(m.classifier, "features")
    test = test[m.evenly(count)]
    score = sample_quality(
        m.model.sample(count, seed=m.seed),
        test,
        features,
        train=m.data.train.images,
        seed=m.seed,
        allow_few=True,
        allow_shared=True,
    )
    return {
        "samples": count,
        "frechet_distance": score.frechet.value,
        "frechet_distance_of_training_images": score.frechet_floor.value,
        "kernel_distance": score.kernel.value,
        "precision": score.manifold.precision.value,
        "recall": score.manifold.recall.value,
        "density": score.manifold.density.value,
        "coverage": score.manifold.coverage.value,
    }


def translation_errors(m: Measurement) -> dict[str, float]:
    """Of test images, pixels in [0, 1]: translated, to the true counterparts, beside
    that of the images left alone; and there and back."""
    a, b = map(to_float_array, m.data.test_sides)
    numbers = {"error_left_alone": _absolute(a, b)} if a.shape == b.shape else {}
    for direction, start, goal in (("a_to_b", a, b), ("b_to_a", b, a)):
        there = m.model.translate(start, direction)
        numbers[f"{direction}_error"] = _absolute(there, goal)
        back = m.model.cycle(start, direction)
        numbers[f"{direction}_cycle_error"] = _absolute(back, start)
    return numbers


def cycle_errors(m: Measurement) -> dict[str, float]:
    """Mean absolute error of test images translated there and back."""
    a, b = map(to_float_array, m.data.test_sides)
    return {
        f"{direction}_cycle_error": _absolute(m.model.cycle(start, direction), start)
        for direction, start in (("a_to_b", a), ("b_to_a", b))
    }


def _absolute(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.abs(x - y)))


NUMBERS: dict[str, Callable[[Measurement], Any]] = {
    function.__name__: function
    for function in (
        active_units,
        class_agreement_percent,
        classifier_accuracy_percent,
        cycle_errors,
        explained_variance,
        pca_explained_variance,
        sample_scores,
        test_elbo,
        test_error_percent,
        test_importance_weighted_bound,
        test_squared_error,
        train_squared_error,
        translation_errors,
    )
}
