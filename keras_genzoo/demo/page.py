"""The demo's page: its pictures, its numbers, and how to read them."""

import html
from typing import Any

from keras_genzoo.visualization.html_page import document, figure, tile_list

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
    return tile_list(
        (
            label,
            format(numbers[group][key], spec),
            unit,
            f"{group}.{key}",
        )
        for label, group, key, spec, unit in chosen
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
    return document("genzoo demo", body)
