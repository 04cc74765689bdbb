"""Recipes that train in a second, as files."""

HEAD = """
title = "Tiny"
seed = 3
backend = "jax"
storage = "float32"
"""
DATA = """
[data]
name = "emoji"
style = "both"
limit = 20
licence = "Apache License 2.0 (Noto Emoji), CC BY 4.0 (Twemoji)"
attribution = "Noto Emoji and Twemoji."
"""
TRAINING = """
[training]
batch_size = 4
epochs = 4
flip = true
"""

GAN = f"""
model = "GAN"
{HEAD}
{DATA}
[networks.generator]
function = "dcgan_generator"
image_shape = [32, 32, 3]
latent_dim = 3
width = 2

[networks.discriminator]
function = "dcgan_discriminator"
image_shape = [32, 32, 3]
width = 2
batch_norm = false
spectral = true

[arguments]
objective = "hinge"
average_half_life = 30.0
augment = ["color", "translation"]

[optimizers.discriminator]
rate = 4e-3
beta_1 = 0.0
schedule = "cosine"
final = 0.1
{TRAINING}
[samples]
picture = "samples"
count = 6
columns = 3

[measure]
numbers = []
"""
CLASSIFIER = f"""
model = "Classifier"
{HEAD}
{DATA}
[networks.classifier]
function = "vgg_classifier"
image_shape = [32, 32, 3]
num_classes = 10
width = 2
dropout = 0.5

[optimizers.classifier]
rate = 1e-2
{TRAINING}
[samples]
picture = "readings"
count = 20

[measure]
numbers = ["test_error_percent"]
"""
CYCLEGAN = f"""
model = "CycleGAN"
{HEAD}
[data]
licence = "Apache License 2.0 (Noto Emoji), CC BY 4.0 (Twemoji)"
attribution = "Noto Emoji and Twemoji."

[data.a]
name = "emoji"
style = "noto"
part = [0, 2]
limit = 12

[data.b]
name = "emoji"
style = "twemoji"
part = [1, 2]
limit = 16

[networks.a_to_b]
function = "cyclegan_generator"
width = 2
blocks = 1
halvings = 1
edge_size = 3

[networks.b_to_a]
function = "cyclegan_generator"
width = 2
blocks = 1
halvings = 1
edge_size = 3

[networks.discriminator_a]
function = "patchgan_discriminator"
width = 2
depth = 1

[networks.discriminator_b]
function = "patchgan_discriminator"
width = 2
depth = 1

[arguments]
image_size = 32
pool_size = 6

[optimizers.generators]
rate = 2e-3
schedule = "linear"
{TRAINING}
[samples]
picture = "round_trips"
count = 12
columns = 6

[measure]
numbers = ["translation_errors"]
"""
VAE = f"""
model = "VAE"
{HEAD}
{DATA}
[networks.encoder]
function = "mlp_encoder"
input_shape = [32, 32, 3]
latent_dim = 2
hidden = [8]

[networks.decoder]
function = "mlp_decoder"
output_shape = [32, 32, 3]
latent_dim = 2
hidden = [8]

[arguments]
beta = {{ steps = 10, start = 0.5 }}

[optimizers.vae]
rate = 1e-3
{TRAINING}
[samples]
picture = "plane"
count = 9

[measure]
numbers = ["test_squared_error", "active_units"]
"""
ALL = {"gan": GAN, "classifier": CLASSIFIER, "cyclegan": CYCLEGAN, "vae": VAE}


def write(folder, *names):
    """Files of these recipes, all without names: `NAME.toml`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or ALL:
        (folder / f"{name}.toml").write_text(ALL[name], encoding="utf-8")
    return [folder / f"{name}.toml" for name in names or ALL]
