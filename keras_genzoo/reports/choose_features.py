"""From the name of an extractor to the extractor."""

from typing import Any

from keras_genzoo.evaluation import InceptionFeatures, pixel_features
from keras_genzoo.reports.images import ReportData
from keras_genzoo.reports.subject import Subject
from keras_genzoo.zoo import clothes_features, digit_features, emoji_features
from keras_genzoo.zoo.features import CLASSIFIERS, features_for

FEATURES = {
    "digits": digit_features,
    "clothes": clothes_features,
    "emoji": emoji_features,
    "inception": InceptionFeatures,
    "pixels": lambda: pixel_features,
}


def choose_features(name: str | None, subject: Subject, data: ReportData) -> Any:
    """The extractor of this name.

    Args:
        name: one of `FEATURES`; None takes the bundled classifier that reads the data,
            and pixels where there is none, or not of images of this shape.
        subject: the model.
        data: the images.

    Raises:
        ValueError: another name.
        ConnectionError: Inception's weights cannot be downloaded.
    """
    if name is None:
        known = _data_names(subject, data)
        read = {CLASSIFIERS.get(n) for n in known}
        if len(read) == 1 and None not in read:
            features = features_for(known[0])
            # A recipe may have drawn a side in other colours.
            if all(x.shape[1:] == features.image_shape for x in _sides(data)):
                return features
        return pixel_features
    if name not in FEATURES:
        raise ValueError(f"--features must be one of {list(FEATURES)}, got {name!r}.")
    return FEATURES[name]()


def _sides(data: ReportData) -> tuple[Any, ...]:
    return data.test if isinstance(data.test, tuple) else (data.test,)


def _data_names(subject: Subject, data: ReportData) -> list[str]:
    """The names of the sets that the images are from, of both sides of a CycleGAN."""
    if isinstance(data.train, tuple) and subject.recipe is not None:
        table = subject.recipe.table("data")
        return [str(table.get(side, {}).get("name")) for side in "ab"]
    return [data.name]
