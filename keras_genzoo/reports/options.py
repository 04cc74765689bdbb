"""What an evaluation can be told."""

from collections.abc import Callable
from dataclasses import dataclass

from keras_genzoo.evaluation.checks import check_whole


def _silent(text: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class EvaluationOptions:
    """How much is measured, and of what.

    Args:
        samples: the most samples and the most real images compared.
        seed: of all draws.
        split: `"test"` or `"train"`: the images that samples are compared with.
        allow_few: whether fewer images than features are all right for the Fréchet
            distance.
        bound_samples: of each example, in the importance-weighted bound.
        ais_images: test images whose log-likelihood annealed importance sampling
            estimates; 0 leaves it out.
        ais_chains, ais_distributions: its chains and intermediate distributions.
        note: is told what is measured next.

    Raises:
        ValueError: a count below 1 (`ais_images`: below 0), an unknown split.
    """

    samples: int = 5000
    seed: int = 0
    split: str = "test"
    allow_few: bool = False
    bound_samples: int = 50
    ais_images: int = 0
    ais_chains: int = 16
    ais_distributions: int = 1000
    note: Callable[[str], None] = _silent

    def __post_init__(self):
        for name, least in (
            ("samples", 2),
            ("seed", 0),
            ("bound_samples", 1),
            ("ais_images", 0),
            ("ais_chains", 1),
            ("ais_distributions", 2),
        ):
            check_whole(getattr(self, name), name, least)
        if self.split not in ("test", "train"):
            raise ValueError(f'`split` must be "test" or "train", got {self.split!r}.')
