"""JSON from a file that may come from anywhere."""

import json
from pathlib import Path
from typing import Any

MAX_DEPTH = 100


def read_json(path: Path, limit: int) -> dict:
    """The object in a JSON file.

    Args:
        path: the file.
        limit: the most bytes that are read.

    Raises:
        ValueError: a file that is larger, no JSON, nested too deep, not an object, or
            with a key twice, an infinite number or a NaN.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f'"{path}" must have at most {limit:,} bytes, it has more.')
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise ValueError(f'"{path}" must be a JSON file ({reason}).') from error
    if not isinstance(value, dict):
        raise ValueError(
            f'"{path}" must hold a JSON object, it holds a {type(value).__name__}.'
        )
    if _depth(value) > MAX_DEPTH:
        raise ValueError(f'"{path}" must be nested {MAX_DEPTH} deep at most.')
    return value


def write_json(path: Path, value: Any, name: str) -> None:
    """Writes what `read_json` reads, with sorted keys only where the caller sorts.

    Raises:
        ValueError: a value that JSON cannot hold; `name` is the argument it came from.
    """
    try:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`{name}` must be JSON: dictionaries, lists, strings, finite numbers, "
            f"True, False and None ({error})."
        ) from error
    path.write_text(text + "\n", encoding="utf-8")


def _without_duplicates(pairs: list) -> dict:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        item, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(item, dict | list):
            children = item.values() if isinstance(item, dict) else item
            stack.extend((child, depth + 1) for child in children)
    return deepest
