"""`genzoo list`."""

from typing import Annotated

import typer

from keras_genzoo.cli.options import JsonOption


def list_presets(
    model: Annotated[
        str | None, typer.Option(help="Only presets of this class, such as VAE.")
    ] = None,
    recipes: Annotated[
        bool, typer.Option("--recipes", help="The recipes that `train` takes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the trained models, or the recipes."""
    from keras_genzoo.cli.output import say_json, say_table

    if recipes:
        from keras_genzoo.zoo import find_recipe
        from keras_genzoo.zoo import list_recipes as names

        found = [find_recipe(name) for name in names()]
        found = [r for r in found if model in (None, r["model"])]
        if as_json:
            say_json({r.name: dict(r.tables) for r in found})
            return
        rows = [(r.name, r["model"], r["title"]) for r in found]
        say_table(("RECIPE", "MODEL", "WHAT"), rows)
        return
    from keras_genzoo.zoo import index

    entries = {
        name: entry
        for name, entry in sorted(index().items())
        if model in (None, entry["class"])
    }
    if as_json:
        say_json(entries)
        return
    rows = [
        (
            name,
            entry["class"],
            spell_size(entry["size"]),
            "bundled" if entry["bundled"] else "download",
            entry.get("description", ""),
        )
        for name, entry in entries.items()
    ]
    say_table(("PRESET", "MODEL", "SIZE", "WHERE", "WHAT"), rows)


def spell_size(size: int) -> str:
    """Bytes as kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
