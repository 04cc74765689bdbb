"""An evaluation as one HTML file that holds its own pictures."""

import html
from pathlib import Path

from keras_genzoo.reports.evaluation import Evaluation, Measured, spell
from keras_genzoo.reports.training_log import log_pictures
from keras_genzoo.visualization.html_page import (
    document,
    figure,
    image_source,
    svg_source,
    table,
    tile_list,
)

HEADER = ("what", "number", "error", "beside it", "better")
# The first of these are shown large.
_TILES = 8
_LOSSES = "losses.svg"


def rows(measured: list[Measured]) -> list[tuple[str, str, str, str, str]]:
    """The numbers as a table with the columns of `HEADER`."""
    return [
        (
            f"{m.name}, {m.unit}" if m.unit else m.name,
            spell(m.value),
            spell(m.error),
            "" if m.beside is None else f"{spell(m.beside)} ({m.beside_name})",
            m.better,
        )
        for m in measured
    ]


def write_page(
    evaluation: Evaluation, folder: Path | None = None, log: Path | None = None
) -> str:
    """The page: numbers, curves, samples, nearest neighbours, uncovered examples.

    Args:
        evaluation: what was measured.
        folder: of the preset, whose training curves are shown if it has any.
        log: of the training, as `log_pictures` reads it; shown instead.

    Raises:
        FileNotFoundError, ValueError: as `log_pictures`.
    """
    about = evaluation.about
    title = f"{about['handle']}, measured"
    told = (
        f"A <code>{html.escape(about['model'])}</code> on the {about['split']} split "
        f"of “{html.escape(about['data'])}”"
    )
    if "samples" in about:
        told += f", {about['samples']:,d} images of each kind"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{told}; features: {html.escape(about['features'])}; seed "
        f"{about['seed']}.</p>",
        tile_list(
            (m.name, spell(m.value), m.unit, m.name)
            for m in evaluation.measured[:_TILES]
        ),
        "<h2>Numbers</h2>",
        '<p class="soft">“Beside it” is the same number of images of the data itself, '
        "which a model that has learned the distribution comes near to and cannot be "
        "asked to beat; for likelihoods and reconstructions the model's number on its "
        "training images, and the difference is what it learned by heart.</p>",
        table(HEADER, rows(evaluation.measured)),
    ]
    curves = _curves(folder, log)
    if curves:
        parts += ["<h2>Training</h2>", '<div class="pair">', *curves, "</div>"]
    for picture in evaluation.pictures:
        parts += [
            f"<h2>{html.escape(picture.title)}</h2>",
            figure(
                image_source(picture.image),
                picture.title,
                html.escape(picture.caption),
            ),
        ]
    sentences = "\n".join(f"{m.name}: {m.details}" for m in evaluation.measured)
    settings = "\n".join(f"{key}: {value}" for key, value in about.items())
    parts += [
        "<h2>What the numbers were measured on</h2>",
        f"<pre>{html.escape(sentences)}</pre>",
        f"<pre>{html.escape(settings)}</pre>",
    ]
    return document(title, "\n".join(parts) + "\n")


def _curves(folder: Path | None, log: Path | None) -> list[str]:
    if log is not None:
        return [
            figure(svg_source(svg), name, html.escape(name), "curves")
            for name, svg in log_pictures(log).items()
        ]
    path = None if folder is None else folder / _LOSSES
    if path is None or not path.is_file():
        return []
    return [figure(svg_source(path), "Losses over epochs", "Losses", "curves")]
