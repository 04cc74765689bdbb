"""Image sets: the bundled emoji, keras.datasets, tensorflow-datasets, folders."""

from keras_genzoo.data.batches import ImageBatches
from keras_genzoo.data.dataset import ArrayDataset, ImageDataset, StreamedDataset
from keras_genzoo.data.load import load

__all__ = ["ArrayDataset", "ImageBatches", "ImageDataset", "StreamedDataset", "load"]
