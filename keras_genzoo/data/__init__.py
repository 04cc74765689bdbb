"""Image sets (the bundled emoji, keras.datasets, tensorflow-datasets, folders) and
points in the plane."""

from keras_genzoo.data.batches import ImageBatches
from keras_genzoo.data.dataset import ArrayDataset, ImageDataset, StreamedDataset
from keras_genzoo.data.load import load
from keras_genzoo.data.mixtures import Mixture, grid_mixture, ring_mixture
from keras_genzoo.data.outlines import outlined
from keras_genzoo.data.unpaired import UnpairedBatches, unpaired

__all__ = [
    "ArrayDataset",
    "ImageBatches",
    "ImageDataset",
    "Mixture",
    "StreamedDataset",
    "UnpairedBatches",
    "grid_mixture",
    "load",
    "outlined",
    "ring_mixture",
    "unpaired",
]
