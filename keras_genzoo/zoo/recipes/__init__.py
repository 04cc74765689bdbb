"""Recipes: small files with every number of a training, and what carries them out.

`NAME.toml` beside this file is a recipe; `curves/NAME.json` are the losses of its first
steps, as they were recorded, `curves/portable/NAME.json` those in `portable`
arithmetic. Reading recipes imports neither Keras nor a model.
"""

from keras_genzoo.zoo.recipes.overrides import override
from keras_genzoo.zoo.recipes.recipe import Recipe, find_recipe, list_recipes

__all__ = ["Recipe", "find_recipe", "list_recipes", "override"]
