"""A real tensorflow-datasets builder over PNG files in a folder."""

import pathlib

import tensorflow_datasets as tfds


class TinyPictures(tfds.core.GeneratorBasedBuilder):
    """Reads `<root>/<split>/<class>/*.png`; set `root` before preparing."""

    VERSION = tfds.core.Version("1.0.0")
    root: pathlib.Path | None = None

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "label": tfds.features.ClassLabel(names=["dark", "light"]),
                    "file": tfds.features.Text(),
                }
            ),
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in ("trainA", "testA")}

    def _generate_examples(self, split):
        for path in sorted((self.root / split).rglob("*.png")):
            yield (
                path.name,
                {
                    "image": path,
                    "label": path.parent.name,
                    "file": path.name,
                },
            )
