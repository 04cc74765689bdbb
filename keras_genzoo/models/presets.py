"""What every model can do with presets."""

import os
from pathlib import Path
from typing import Any


class Presets:
    """`from_preset` and `save_to_preset`.

    The zoo knows the models, so it is imported when it is asked for.
    """

    @classmethod
    def from_preset(
        cls,
        handle: Any,
        load_weights: bool = True,
        custom_objects: dict | None = None,
        **overrides: Any,
    ) -> Any:
        """A trained model of this class; see `keras_genzoo.from_preset`.

        Raises:
            ValueError: the preset is of another class, or as `from_preset`.
        """
        from keras_genzoo.zoo.load import load_preset

        return load_preset(handle, cls, load_weights, custom_objects, overrides)

    def save_to_preset(
        self,
        path: str | os.PathLike,
        *,
        metadata: dict | None = None,
        card: str | None = None,
        optimizer: bool = False,
        dtype: str = "float32",
        samples: str | os.PathLike | None = None,
        custom_objects: dict | None = None,
    ) -> Path:
        """Saves the model as a preset; see `keras_genzoo.zoo.save_preset`."""
        from keras_genzoo.zoo.save import save_preset

        return save_preset(
            self,
            path,
            metadata=metadata,
            card=card,
            optimizer=optimizer,
            dtype=dtype,
            samples=samples,
            custom_objects=custom_objects,
        )

    def push_to_hub(self, repo: str, **arguments: Any) -> str:
        """Uploads the model as a preset; see `keras_genzoo.zoo.push_to_hub`."""
        from keras_genzoo.zoo.publish import push_to_hub

        return push_to_hub(self, repo, **arguments)
