"""Records the losses of the first steps of a recipe that was trained on a GPU.

    KERAS_BACKEND=jax python tools/record_curve.py NAME

Writes `keras_genzoo/zoo/recipes/curves/NAME.json`. `genzoo train NAME` leaves the curve
of its own training beside the preset. A GPU rounds in its own way, so what
`genzoo train NAME --check` compares with is recorded on a processor, on one thread.
"""

import argparse
import os

import genzoo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="of a bundled recipe")
    name = parser.parse_args().name
    # Backends count their threads when they are imported.
    genzoo.hold_back_package()
    from keras_genzoo.cli.threads import use_one_thread

    use_one_thread(os.environ)
    import keras

    from keras_genzoo.zoo.recipes import find_recipe
    from keras_genzoo.zoo.recipes.curve import STEPS, write_curve
    from keras_genzoo.zoo.recipes.train import first_losses

    recipe, backend = find_recipe(name), keras.backend.backend()
    if backend != recipe["backend"]:
        parser.error(f"KERAS_BACKEND must be {recipe['backend']}, got {backend}")
    print(write_curve(recipe.curve_path, backend, first_losses(recipe, STEPS)))


if __name__ == "__main__":
    main()
