"""Classes on the command line: numbers or names."""

import difflib
from collections.abc import Sequence

import numpy as np


def parse_labels(
    given: Sequence[str], num_classes: int | None, names: Sequence[str]
) -> list[int]:
    """Class numbers from numbers or names.

    Args:
        given: what the user said, such as `["3", "Flags"]`.
        num_classes: of the model; None for one without classes.
        names: of the classes, where they are known.

    Raises:
        ValueError: classes for a model that has none, or ones that there are not.
    """
    if num_classes is None:
        if given:
            raise ValueError(f"--label {given[0]}: the model has no classes.")
        return []
    numbers = []
    for text in given:
        if text.isdecimal() and int(text) < num_classes:
            numbers.append(int(text))
        elif text in names:
            numbers.append(list(names).index(text))
        else:
            near = difflib.get_close_matches(text, names, 3)
            known = f", or one of {', '.join(names)}" if names else ""
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise ValueError(
                f"--label must be a class from 0 to {num_classes - 1}{known}, got "
                f"{text!r}{hint}"
            )
    return numbers


def spread(labels: Sequence[int], count: int) -> np.ndarray:
    """So many labels, the given ones in turn."""
    return np.resize(np.asarray(labels, "int32"), count)
