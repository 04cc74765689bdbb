"""One recipe: a TOML file, checked."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

STORAGES = ("float32", "float16")
BACKENDS = ("jax", "tensorflow", "torch")

# Keys of each table and the type of their values; `number` is an int or a float. The
# arguments of models, networks and optimizers are checked against the functions.
NUMBER = (int, float)
SCHEMA: dict[str, dict[str, Any]] = {
    "": {
        "title": str,
        "model": str,
        "seed": int,
        "backend": str,
        "storage": str,
    },
    "data": {
        "name": str,
        "licence": str,
        "attribution": str,
        "style": str,
        "categories": list,
        "classes": str,
        "labelled_of_a_class": int,
        "limit": int,
        "repeat": int,
        "background": int,
        "a": dict,
        "b": dict,
    },
    "training": {
        "batch_size": int,
        "epochs": int,
        "flip": bool,
        "shift": int,
        "one_thread": bool,
    },
    "warm_start": {
        "classifier_steps": int,
        "classifier_dropout": NUMBER,
        "decoder_epochs": int,
        "decoder_draws": int,
        "rate": NUMBER,
    },
    "samples": {
        "picture": str,
        "count": int,
        "columns": int,
        "truncation": NUMBER,
        "scale": int,
    },
    "measure": {
        "numbers": list,
        "samples": int,
        "images": int,
        "classifier": str,
    },
}
# What a side of CycleGAN's data may say.
SIDE = {"name": str, "style": str, "look": str, "part": list, "limit": int}
# Tables of tables, with names of networks and phases.
NESTED = ("networks", "optimizers")
FREE = ("arguments",)
REQUIRED = {
    "": ("title", "model", "seed", "backend", "storage"),
    "data": ("licence", "attribution"),
    "training": ("batch_size", "epochs"),
    "samples": ("picture",),
    "measure": ("numbers",),
}


@dataclass(frozen=True)
class Recipe:
    """A training with every number in it.

    Attributes:
        name: of the preset that it makes.
        tables: what the file says, a dictionary of plain values.
        path: the file.
    """

    name: str
    tables: Mapping[str, Any]
    path: Path = field(compare=False)

    def __getitem__(self, key: str) -> Any:
        return self.tables[key]

    def table(self, name: str) -> dict[str, Any]:
        """A table of the file, empty where there is none."""
        return dict(self.tables.get(name, {}))

    @property
    def curve_path(self) -> Path:
        """Where the recorded losses of the first steps stand."""
        return self.path.parent / "curves" / f"{self.name}.json"

    @property
    def portable_curve_path(self) -> Path:
        """Where those in `portable_arithmetic` stand."""
        return self.path.parent / "curves" / "portable" / f"{self.name}.json"


def list_recipes() -> list[str]:
    """The names of the bundled recipes."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_recipe(name: str) -> Recipe:
    """A bundled recipe, or the file of one.

    Args:
        name: of a bundled recipe; or a path, which ends in `.toml`.

    Raises:
        FileNotFoundError: there is none; the message names the close ones.
        ValueError: the file says something that no recipe can say.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    bundled = not name.endswith(".toml")
    if bundled and name not in list_recipes():
        hint = (
            _close(name, list_recipes()) or f"; there are {', '.join(list_recipes())}"
        )
        raise FileNotFoundError(
            f"there is no recipe {name!r} (a path of one ends in .toml){hint}"
        )
    if not path.is_file():
        raise FileNotFoundError(f'the recipe "{path}" does not exist.')
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'the recipe "{path}" is no TOML file: {error}.') from error
    return Recipe(path.stem, check_tables(tables), path)


def check_tables(tables: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's tables, if all that can be checked without a model is right.

    Raises:
        ValueError: a key that is unknown or missing, a value of another type.
    """
    top = {k: v for k, v in tables.items() if not isinstance(v, dict)}
    _check_table("", top, SCHEMA[""])
    known = [*(t for t in SCHEMA if t), *NESTED, *FREE]
    for name, table in tables.items():
        if isinstance(table, dict):
            if name not in known:
                raise _unknown(name, known)
            if name in SCHEMA:
                _check_table(name, table, SCHEMA[name])
            elif name in NESTED:
                for key, value in table.items():
                    if not isinstance(value, dict):
                        raise ValueError(f"`{name}.{key}` must be a table.")
    for side in ("a", "b"):
        if side in tables.get("data", {}):
            _check_table(f"data.{side}", tables["data"][side], SIDE)
    for name, keys in REQUIRED.items():
        table = tables.get(name, {}) if name else tables
        for key in keys:
            if key not in table:
                raise ValueError(f"`{_path(name, key)}` is missing in the recipe.")
    for key, known in (("storage", STORAGES), ("backend", BACKENDS)):
        if tables[key] not in known:
            raise ValueError(f"`{key}` must be one of {known}, got {tables[key]!r}.")
    return dict(tables)


def _check_table(name: str, table: Mapping[str, Any], schema: dict) -> None:
    for key, value in table.items():
        if key not in schema:
            raise _unknown(_path(name, key), [_path(name, k) for k in schema])
        check_type(_path(name, key), value, schema[key])


def check_type(key: str, value: Any, kind: Any) -> None:
    """Raises a ValueError unless the value is of this type; True is no number."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, bool) != (bool in kinds) or not isinstance(value, kinds):
        expected = " or ".join(_SPELT[k] for k in kinds)
        raise ValueError(f"`{key}` must be {expected}, got {value!r}.")
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        raise ValueError(f"`{key}` must not be negative, got {value!r}.")


_SPELT = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def _path(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _unknown(key: str, known: Collection[str]) -> ValueError:
    hint = _close(key, known) or f"; known are {', '.join(sorted(known))}."
    return ValueError(f"the recipe's key `{key}` is unknown{hint}")


def _close(name: str, known: Collection[str]) -> str:
    """A hint at what may have been meant."""
    near = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
