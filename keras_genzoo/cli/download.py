"""`genzoo download`."""

from keras_genzoo.cli.options import JsonOption
from keras_genzoo.cli.sample import HandleArgument


def download(model: HandleArgument, as_json: JsonOption = False) -> None:
    """Fetch a preset, so that it loads without a network; prints its folder."""
    from keras_genzoo.cli.models import check_handle
    from keras_genzoo.cli.output import say, say_json
    from keras_genzoo.zoo import find_preset

    check_handle(model)
    folder = find_preset(model).folder
    if as_json:
        files = {p.name: p.stat().st_size for p in sorted(folder.iterdir())}
        say_json({"model": model, "folder": str(folder), "files": files})
    else:
        say(str(folder))
