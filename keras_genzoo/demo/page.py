"""The demo's page: its pictures, its numbers, and how to read them."""

import html
from typing import Any

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
pre { background: var(--card); border-radius: 8px; padding: .9rem; overflow-x: auto;
  font-size: .9rem; line-height: 1.5; }
"""

# Label, group, key, format, unit.
VAE_TILES = (
    ("ELBO on test emoji", "vae", "test_elbo_nats", ",.1f", "nats/image"),
    ("the same per pixel value", "vae", "test_bits_per_dimension", ".3f", "bits"),
    ("squared error, test", "vae", "test_mean_squared_error", ".4f", ""),
    ("KL to the prior, training", "vae", "train_kl_nats", ".1f", "nats/image"),
    ("training images", "vae", "train_images", ",d", ""),
    ("epochs", "vae", "epochs", "d", ""),
    ("speed", "vae", "images_per_second", ",.0f", "images/s"),
    ("training time", "vae", "seconds", ".1f", "s"),
)
GAN_TILES = (
    ("discriminator loss", "gan", "discriminator_loss_nats", ".3f", "nats"),
    ("generator loss", "gan", "generator_loss_nats", ".3f", "nats"),
    ("real images told right", "gan", "real_accuracy", ".1%", ""),
    ("generated told right", "gan", "fake_accuracy", ".1%", ""),
    ("training images", "gan", "train_images", ",d", ""),
    ("epochs", "gan", "epochs", "d", ""),
    ("speed", "gan", "images_per_second", ",.0f", "images/s"),
    ("training time", "gan", "seconds", ".1f", "s"),
)
RUN_TILES = (
    ("whole demo", "run", "seconds", ".0f", "s"),
    ("backend", "run", "backend", "s", ""),
    ("seed", "run", "seed", "d", ""),
    ("Keras", "run", "keras", "s", ""),
    ("keras_genzoo", "run", "keras_genzoo", "s", ""),
)


def tiles(numbers: dict[str, dict[str, Any]], chosen: tuple) -> str:
    """Returns a list of labelled numbers, each naming where it stands in the JSON."""
    items = []
    for label, group, key, spec, unit in chosen:
        value = html.escape(format(numbers[group][key], spec)).replace("-", "\u2212")
        small = f" <small>{unit}</small>" if unit else ""
        items.append(
            f"<div><dt>{label}</dt>"
            f'<dd><span data-number="{group}.{key}">{value}</span>{small}</dd></div>'
        )
    return f"<dl>{''.join(items)}</dl>"


def figure(source: str, alt: str, caption: str, kind: str = "pixels") -> str:
    """Returns a picture with its alternative text and its caption."""
    return (
        f'<figure><img class="{kind}" src="{source}" alt="{html.escape(alt)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def write_page(numbers: dict[str, dict[str, Any]], next_steps: str) -> str:
    """Returns the page as HTML that names its pictures by relative paths.

    Args:
        numbers: What `measure` returned, with the seconds of the whole demo.
        next_steps: Plain text, what to try next.
    """
    gan = numbers["gan"]
    category = html.escape(gan["category"])
    categories = "” and “".join(map(html.escape, numbers["vae"]["categories"]))
    body = f"""\
<h1>A VAE and a GAN learn emoji</h1>
<p>Two generative models, trained from nothing on the emoji that come with
keras_genzoo: 32×32 pixels, drawn in two styles (Noto and Twemoji). Everything below
was made and measured by this run of <code>genzoo demo</code>.</p>
{tiles(numbers, RUN_TILES)}

<h2>The variational autoencoder</h2>
<p>An encoder turns each picture into a Gaussian over {numbers["vae"]["latent_dim"]}
latent numbers, a decoder turns latents into a picture. Both are trained to raise the
<em>evidence lower bound</em> (ELBO): how probable the picture is given its latents,
minus what the latents cost (KL). So that a few minutes suffice, it learns the kinds
“{categories}”, with their mirror images, and is tested on
{numbers["vae"]["test_images"]:,d} pictures of these kinds that it never saw.</p>
{tiles(numbers, VAE_TILES)}
<p class="soft">Higher ELBO is better, lower bits are better. The ELBO bounds the
log-density of pixels in [0, 1] under Gaussian noise of standard deviation
{numbers["vae"]["noise"]:g}; the bits are those of an 8-bit pixel value under the same
density, so 8 would be no knowledge at all. The noise is fixed, which keeps the bits
above what a calibrated model would need.</p>

<h3>Reconstructions</h3>
{
        figure(
            "vae_reconstructions.png",
            "Three bands of emoji; in each, the upper row holds originals and the "
            "lower row the VAE's reconstructions.",
            "In each band, above: emoji the model was not trained on (though some "
            "have near twins that it was). Below: the same after encoding and "
            "decoding. Shape and colour should survive; fine lines blur, because a "
            "Gaussian model answers doubt with an average.",
        )
    }
<h3>Between two emoji</h3>
{
        figure(
            "vae_interpolation.png",
            "Six rows of nine pictures; each row changes gradually from one emoji "
            "into another.",
            "Each row walks in a straight line between the latents of two unseen "
            "emoji, at its two ends. A good latent space changes one into the other "
            "step by step instead of cross-fading two pictures.",
        )
    }
<div class="pair">
{
        figure(
            "vae_samples.png",
            "A grid of 64 soft, emoji-like pictures drawn from the VAE.",
            "<b>Samples.</b> Latents drawn from the prior and decoded: new faces and "
            "figures. This is the VAE's weak side: they are soft, and many mix "
            "several emoji.",
        )
    }
{
        figure(
            "vae_losses.svg",
            "Curves of the negative ELBO and of the KL divergence over epochs.",
            "<b>Training.</b> The negative ELBO is what is minimised; the KL, part "
            "of it, is what the latents carry. Below 0 the density exceeds 1.",
            "curves",
        )
    }
</div>

<h2>The generative adversarial network</h2>
<p>A generator draws pictures from noise, a discriminator tells them from real ones,
and each learns against the other. This one learns a single kind of emoji,
“{category}” ({gan["train_images"]:,d} pictures in both styles), because it
needs more time than a few minutes for more.</p>
{tiles(numbers, GAN_TILES)}
<p class="soft">The two losses are those of a game, so neither has to fall. If real
and generated pictures could not be told apart, the discriminator would lose
2&nbsp;log&nbsp;2&nbsp;=&nbsp;1.386 nats and tell half of each right.</p>
<div class="pair">
{
        figure(
            "gan_samples.png",
            "A grid of 64 emoji-like faces and shapes drawn by the GAN.",
            "<b>Samples.</b> Drawn by the generator from random latents; none is "
            "picked by hand.",
        )
    }
{
        figure(
            "emoji.png",
            "A grid of 64 real emoji of the kind that the GAN learned from.",
            "<b>The real thing.</b> Some of the pictures that it learned from.",
        )
    }
{
        figure(
            "gan_training/samples.gif",
            "An animation: 36 pictures form out of grey noise as training goes on.",
            "<b>Learning.</b> The same 36 latents as training goes on.",
        )
    }
{
        figure(
            "gan_losses.svg",
            "Curves of the discriminator's and the generator's loss over epochs.",
            "<b>Training.</b> A lasting low discriminator loss means that it wins "
            "the game.",
            "curves",
        )
    }
</div>

<h2>What to try next</h2>
<pre>{html.escape(next_steps)}</pre>
<p class="soft">All numbers, unrounded: <a href="numbers.json">numbers.json</a>.
The trained models: <a href="vae.keras">vae.keras</a>,
<a href="gan.keras">gan.keras</a>. Emoji: Noto Emoji (Google, Apache-2.0) and Twemoji
(Twitter, Inc and other contributors, CC BY 4.0), resized to 32×32 on white.</p>
"""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>genzoo demo</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body><main>\n{body}</main></body>\n</html>\n"
    )
