"""`key=value` on the command line: another number for one in the recipe."""

import copy
import difflib
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from keras_genzoo.zoo.recipes.recipe import (
    NESTED,
    SCHEMA,
    Recipe,
    check_tables,
    check_type,
)

# Nothing of these can be said in one word on a command line.
_TEXTS = ("title", "data.licence", "data.attribution")


def override(recipe: Recipe, assignments: Sequence[str]) -> Recipe:
    """The recipe with some of its values replaced.

    A key is the path of a value in the file, such as `training.epochs` or
    `networks.generator.width`, or the end of one, `epochs`. The end of several stands
    for all of them where they are equal, so that `latent_dim=8` changes encoder and
    decoder alike. Keys that the file does not have, and could have, are given by their
    whole path.

    Args:
        recipe: as from `find_recipe`.
        assignments: `key=value`, the value as in TOML; text needs no quotes.

    Raises:
        ValueError: no `=`, a key that is unknown or stands for different values, a
            value of another type than the file's.
    """
    tables = copy.deepcopy(dict(recipe.tables))
    for assignment in assignments:
        key, sign, text = assignment.partition("=")
        if not sign or not key:
            raise ValueError(f"{assignment!r} must be KEY=VALUE.")
        for path in _resolve(tables, key.strip()):
            _set(tables, path, _value(text.strip()))
    return Recipe(recipe.name, check_tables(tables), recipe.path)


def _set(tables: dict, path: str, value: Any) -> None:
    *places, last = path.split(".")
    table = tables
    for place in places:
        table = table.setdefault(place, {})
    if last in table:
        check_type(path, value, _kind(table[last]))
        if isinstance(table[last], float):
            value = float(value)
    table[last] = value


def _kind(value: Any) -> Any:
    if isinstance(value, bool | str | list | dict):
        return type(value)
    return (int, float) if isinstance(value, float) else int


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _resolve(tables: dict, key: str) -> list[str]:
    """The paths that a key stands for."""
    present = {p: v for p, v in _paths(tables) if p not in _TEXTS}
    if key in present:
        return [key]
    ends = [path for path in present if path.endswith(f".{key}")]
    if ends:
        if any(present[path] != present[ends[0]] for path in ends):
            raise ValueError(
                f"`{key}` stands for several values: give {_either(ends)}."
            )
        return ends
    possible = [
        f"{table}.{name}" if table else name
        for table, schema in SCHEMA.items()
        for name in schema
    ]
    table, _, name = key.rpartition(".")
    free = table == "arguments" or (
        table.partition(".")[0] in NESTED and any(p.startswith(table) for p in present)
    )
    if key in possible or (free and name):
        return [key]
    names = sorted({*present, *(path.rpartition(".")[2] for path in present)})
    near = difflib.get_close_matches(key, names, n=3)
    hint = f", did you mean {_either(near)}?" if near else ""
    raise ValueError(
        f"the recipe has no key `{key}`{hint} It has {', '.join(sorted(present))}."
    )


def _paths(tables: dict, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{path}.")
        else:
            yield path, value


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
