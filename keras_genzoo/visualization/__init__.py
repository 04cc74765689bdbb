"""Pictures of what a model makes: grids, strips, pairs, animations, curves and maps.

Everything here is a function of arrays; nothing knows a model.
"""

from keras_genzoo.visualization.curves import loss_curves
from keras_genzoo.visualization.gif import save_gif
from keras_genzoo.visualization.grid import image_grid
from keras_genzoo.visualization.latent_scatter import latent_scatter
from keras_genzoo.visualization.mp4 import save_mp4
from keras_genzoo.visualization.pairs import image_pairs
from keras_genzoo.visualization.png import save_png
from keras_genzoo.visualization.strip import strip
from keras_genzoo.visualization.svg_curves import svg_curves

__all__ = [
    "image_grid",
    "image_pairs",
    "latent_scatter",
    "loss_curves",
    "save_gif",
    "save_mp4",
    "save_png",
    "strip",
    "svg_curves",
]
