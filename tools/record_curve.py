"""Records the losses of a recipe's first steps, for `genzoo train NAME --check`.

    KERAS_BACKEND=jax python tools/record_curve.py NAME --portable
    KERAS_BACKEND=jax python tools/record_curve.py NAME

The first writes `keras_genzoo/zoo/recipes/curves/portable/NAME.json`, losses in
arithmetic that is the same on every machine; every recipe has them. The second writes
`curves/NAME.json`, on one thread. `genzoo train NAME` leaves that curve of its own
training beside the preset; this is for recipes that were trained on a GPU, which rounds
in its own way.
"""

import argparse
import os

import genzoo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="of a bundled recipe")
    parser.add_argument("--portable", action="store_true", help="see above")
    arguments = parser.parse_args()
    # Backends count their threads when they are imported.
    genzoo.hold_back_package()
    from keras_genzoo.cli.threads import use_one_thread

    use_one_thread(os.environ)
    import keras

    from keras_genzoo.zoo.recipes import find_recipe
    from keras_genzoo.zoo.recipes.curve import STEPS, write_curve
    from keras_genzoo.zoo.recipes.train import first_losses, portable_losses

    recipe, backend = find_recipe(arguments.name), keras.backend.backend()
    if backend != recipe["backend"]:
        parser.error(f"KERAS_BACKEND must be {recipe['backend']}, got {backend}")
    if arguments.portable:
        path, losses = recipe.portable_curve_path, portable_losses
    else:
        path, losses = recipe.curve_path, first_losses
    print(write_curve(path, backend, losses(recipe, STEPS)))


if __name__ == "__main__":
    main()
