"""A page of pictures and numbers: HTML that needs nothing but itself."""

import base64
import html
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

STYLE = """\
:root { color-scheme: light dark; --ground: #fff; --ink: #1c1f23; --soft: #5c6570;
  --line: #dde1e6; --card: #f6f7f9; --link: #0b62b0; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --ink: #e8eaed;
  --soft: #a3abb5; --line: #32383f; --card: #1e2227; --link: #7cbcf5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 17px/1.55 system-ui, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1rem 0 .5rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2rem 0 .3rem; }
p { margin: .4rem 0 .8rem; max-width: 42rem; }
.soft, figcaption { color: var(--soft); font-size: .95rem; }
figure { margin: .8rem 0 0; }
figure img { display: block; width: 100%; height: auto; border-radius: 8px;
  border: 1px solid var(--line); }
img.pixels { image-rendering: pixelated; background: #fff; }
img.curves { background: var(--card); }
.pair { display: grid; gap: 1rem; grid-template-columns: 1fr; }
@media (min-width: 640px) { .pair { grid-template-columns: 1fr 1fr; } }
figcaption { margin-top: .4rem; }
dl { display: grid; gap: .8rem; margin: 1.2rem 0; padding: 0;
  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
dl div { background: var(--card); border-radius: 8px; padding: .7rem .9rem; }
dt { color: var(--soft); font-size: .85rem; line-height: 1.3; }
dd { margin: .2rem 0 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
dd small { font-size: .8rem; color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: .95rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
pre { background: var(--card); border-radius: 8px; padding: .9rem; overflow-x: auto;
  font-size: .9rem; line-height: 1.5; }
"""


def tile_list(items: Iterable[tuple[str, str, str, str]]) -> str:
    """A list of labelled numbers.

    Args:
        items: label, number, unit and name of the number of each, as plain text.
    """
    tiles = []
    for label, value, unit, name in items:
        value = html.escape(value).replace("-", "\u2212")
        small = f" <small>{html.escape(unit)}</small>" if unit else ""
        tiles.append(
            f"<div><dt>{html.escape(label)}</dt>"
            f'<dd><span data-number="{html.escape(name)}">{value}</span>{small}</dd>'
            "</div>"
        )
    return f"<dl>{''.join(tiles)}</dl>"


def figure(source: str, alt: str, caption: str, kind: str = "pixels") -> str:
    """A picture with its alternative text and its caption, which is HTML.

    Args:
        source: address of the picture.
        alt: plain text.
        caption: HTML.
        kind: `"pixels"`, or `"curves"` for drawings on the page's own ground.
    """
    return (
        f'<figure><img class="{kind}" src="{source}" alt="{html.escape(alt)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain texts."""

    def line(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{html.escape(c)}</{tag}>' for c in cells)}</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return (
        f"<table><thead>{line(header, 'th')}</thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def image_source(image: np.ndarray) -> str:
    """A picture, uint8 `(height, width, 1 or 3)`, as an address that holds it."""
    file = io.BytesIO()
    array = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(np.ascontiguousarray(array)).save(file, "PNG", optimize=True)
    return _source(file.getvalue(), "image/png")


def svg_source(svg: str | Path) -> str:
    """The text, or the file, of an SVG picture as an address that holds it.

    Shown as an image, no script in it runs.
    """
    data = svg.read_bytes() if isinstance(svg, Path) else svg.encode()
    return _source(data, "image/svg+xml")


def document(title: str, body: str) -> str:
    """The whole page.

    Args:
        title: plain text.
        body: HTML.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body><main>\n{body}</main></body>\n</html>\n"
    )


def _source(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
