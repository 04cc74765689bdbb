"""Image sets of tensorflow-datasets.

Prepared as array_record (how this module prepares a set), as Parquet or as TFRecord
files on disk, a set is read example by example without TensorFlow. Anything else goes
through `DatasetBuilder.as_dataset`, which is what `tfds.load` calls and which needs it.
"""

import os
import sys
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from keras_genzoo.data.dataset import (
    DEFAULT_MEMORY_LIMIT,
    ArrayDataset,
    ImageDataset,
    StreamedDataset,
    image_bytes,
)
from keras_genzoo.data.decode import convert_array, decode_image
from keras_genzoo.data.offline import (
    download_error,
    is_download_failure,
    unreachable,
)
from keras_genzoo.data.records import TFRecordSource


class TfdsDataset(StreamedDataset):
    """Examples of a tensorflow-datasets split; made by `load_tfds`."""

    def __init__(
        self,
        examples: Sequence[dict],
        name: str,
        image_key: str,
        label_key: str | None,
        *,
        image_shape: tuple[int, int, int],
        crop: bool = True,
        label_names: list[str] | None = None,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
    ):
        super().__init__(
            len(examples),
            image_shape,
            memory_limit=memory_limit,
            has_labels=label_key is not None,
            label_names=label_names,
        )
        self._examples = examples
        self._name = name
        self._image_key = image_key
        self._label_key = label_key
        self._crop = crop

    def read_one(self, index: int) -> tuple[np.ndarray, int]:
        example = self._examples[index]
        image = decode_image(
            bytes(example[self._image_key]),
            image_size=self.image_shape[:2],
            crop=self._crop,
            channels=self.image_shape[2],
            where=f'example {index} of "{self._name}"',
        )
        return image, int(example[self._label_key]) if self._label_key else -1

    def read_label(self, index: int) -> int:
        return int(self._examples[index][self._label_key])


def load_tfds(
    name: str,
    split: str = "train",
    *,
    image_size: tuple[int, int] | None = None,
    crop: bool = True,
    channels: int | None = None,
    data_dir: str | os.PathLike | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
) -> ImageDataset:
    """Loads an image set of tensorflow-datasets, downloading it if it is not there.

    Args:
        name: `"tfds:NAME"`, with the configuration and version if wanted:
            `"tfds:cycle_gan/horse2zebra"`.
        split: a split of the set, or a slice of one: `"trainA"`, `"train[:10%]"`.
        image_size: `(height, width)`; needed where the set's images differ in size.
        crop: whether the shorter side is scaled to the target and the centre cropped;
            otherwise both sides are squeezed.
        channels: 1 for grey, 3 for RGB; None for what the set states, else 3.
        data_dir: where prepared sets lie; None for the default of tensorflow-datasets.
        memory_limit: bytes that decoded images may take in memory.

    Returns:
        The feature `"image"` (or the only image feature) as images, and `"label"` (or
        the only class label) as labels.

    Raises:
        ImportError: if tensorflow-datasets, or TensorFlow where it is needed, is
            missing.
        ConnectionError: if the set is not there and cannot be downloaded.
        ValueError: if the set, the split or its images are not what was asked for.
    """
    tfds = _import_tfds(name)
    builder = _prepared_builder(tfds, name, data_dir)
    length = _split_length(builder, name, split)
    features = builder.info.features
    image_key = _image_key(tfds, features, name)
    label_key = _label_key(tfds, features)
    label_names = list(getattr(features[label_key], "names", ())) if label_key else None
    image_shape = _image_shape(features[image_key], name, image_size, channels)
    common = {"crop": crop, "memory_limit": memory_limit}

    examples = _random_access(tfds, builder, split, image_key)
    if examples is not None:
        return TfdsDataset(
            examples,
            name,
            image_key,
            label_key,
            image_shape=image_shape,
            label_names=label_names or None,
            **common,
        )
    if image_bytes(length, image_shape) > memory_limit:
        raise ValueError(
            f"{length:,} images of shape {image_shape} take more than `memory_limit` = "
            f'{memory_limit:,} bytes, and "{name}" is not prepared in a format with '
            "random access: prepare it with "
            'tfds.builder(..., file_format="array_record").download_and_prepare().'
        )
    images, labels = _read_in_order(
        builder, name, split, image_key, label_key, length, image_shape, crop
    )
    return ArrayDataset(images, labels, label_names=label_names or None)


def _import_tfds(name: str):
    if "tensorflow" not in sys.modules and keras.backend.backend() != "tensorflow":
        # Should tensorflow-datasets import TensorFlow, it must not take the memory of
        # the accelerator that another backend computes on.
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise ImportError(
            f'"{name}" needs tensorflow-datasets ({error}): '
            "pip install keras-genzoo[tfds]"
        ) from error
    return tensorflow_datasets


def _prepared_builder(tfds, name: str, data_dir: str | os.PathLike | None):
    """Returns the set's builder, after downloading and preparing it if need be."""
    short = name.removeprefix("tfds:")
    options = {"data_dir": None if data_dir is None else os.fspath(data_dir)}
    try:
        builder = tfds.builder(short, **options)
        if builder.data_path.exists() and builder.is_prepared():
            return builder
        builder = tfds.builder(short, file_format="array_record", **options)
    except tfds.core.DatasetNotFoundError as error:
        where = f' and none is prepared under data_dir="{data_dir}"' if data_dir else ""
        raise ValueError(
            f'`name` must be a set of tensorflow-datasets, got "{name}": it knows no '
            f'set "{short}"{where}.'
        ) from error
    except ImportError as error:
        raise _missing_package(f'"{name}"', error) from error

    urls = list(builder.url_infos or ())
    hosts = sorted({urllib.parse.urlsplit(url).hostname or url for url in urls})
    source = ", ".join(hosts) or "its source"
    root = os.fspath(builder.data_path).removesuffix(builder.info.full_name)
    downloaded = any(Path(root, "downloads").rglob("*.INFO"))
    if urls and not downloaded:
        # Asked beforehand, because tensorflow-datasets retries for minutes.
        reason = unreachable(urls[0])
        if reason is not None:
            raise download_error(name, source, reason)
    try:
        builder.download_and_prepare()
    except ImportError as error:
        raise _missing_package(f'preparing "{name}"', error) from error
    except Exception as error:
        if is_download_failure(error):
            raise download_error(name, source, error) from error
        raise
    return builder


def _missing_package(what: str, error: ImportError) -> ImportError:
    if "tensorflow" in str(error):
        return ImportError(
            f"{what} needs TensorFlow ({error}): pip install keras-genzoo[tensorflow]. "
            "A set that is prepared as array_record is read without it."
        )
    return ImportError(f"{what} needs a package that is not installed ({error}).")


def _split_length(builder, name: str, split: str) -> int:
    known = list(builder.info.splits)
    if not known:
        raise ValueError(f'"{name}" must have a split, got none.')
    try:
        length = builder.info.splits[split].num_examples
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f'`split` of "{name}" must be one of {known}, or a slice such as '
            f'"{known[0]}[:10%]", got {split!r}.'
        ) from error
    if not length:
        raise ValueError(f'`split` {split!r} of "{name}" is empty.')
    return length


def _image_key(tfds, features, name: str) -> str:
    keys = [
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Image)
        and np.dtype(feature.np_dtype).kind == "u"
    ]
    if "image" in keys:
        return "image"
    if len(keys) != 1:
        raise ValueError(
            f'"{name}" must have a feature "image", or one image feature, got '
            f"image features {keys} among {sorted(features)}."
        )
    return keys[0]


def _label_key(tfds, features) -> str | None:
    keys = [
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.ClassLabel)
    ]
    if "label" in keys:
        return "label"
    return keys[0] if len(keys) == 1 else None


def _image_shape(
    feature,
    name: str,
    image_size: tuple[int, int] | None,
    channels: int | None,
) -> tuple[int, int, int]:
    height, width, depth = feature.shape
    if image_size is None and (height is None or width is None):
        raise ValueError(
            f'`image_size` must be given for "{name}", whose images differ in size, '
            f'got None: for example load("{name}", image_size=64).'
        )
    size = image_size or (height, width)
    return (*size, channels or (1 if depth == 1 else 3))


def _random_access(tfds, builder, split: str, image_key: str) -> Sequence | None:
    """Returns the examples with their images still encoded, or None."""
    # Encoded, so that every format and a folder of the same files give equal pixels.
    decoders = {image_key: tfds.decode.SkipDecoding()}
    info = builder.info
    if info.available_file_formats() & tfds.core.FileFormat.with_random_access():
        try:
            return builder.as_data_source(split=split, decoders=decoders)
        except ImportError as error:
            raise _missing_package(f'reading "{info.full_name}"', error) from error
    if info.file_format is not tfds.core.FileFormat.TFRECORD:
        return None
    instructions = info.splits[split].file_instructions
    if not all(os.path.isfile(each.filename) for each in instructions):
        return None
    return TFRecordSource(
        instructions,
        lambda record: info.features.deserialize_example_np(record, decoders=decoders),
    )


def _read_in_order(
    builder,
    name: str,
    split: str,
    image_key: str,
    label_key: str | None,
    length: int,
    image_shape: tuple[int, int, int],
    crop: bool,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads a whole split through tf.data, which only goes from start to end."""
    images = np.empty((length, *image_shape), np.uint8)
    labels = np.empty(length, np.int32) if label_key else None
    try:
        examples = builder.as_dataset(split=split).as_numpy_iterator()
    except ImportError as error:
        raise _missing_package(f'reading "{name}"', error) from error
    for index, example in enumerate(examples):
        images[index] = convert_array(
            example[image_key],
            image_size=image_shape[:2],
            crop=crop,
            channels=image_shape[2],
        )
        if labels is not None:
            labels[index] = example[label_key]
    return images, labels
