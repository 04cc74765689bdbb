"""The random draws of one step, for the check: both sides are given the same."""

import numpy as np

from workloads.table import Workload


def draw_noise(
    workload: Workload, batch: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Every random number that a step on a batch of so many examples draws.

    - `z`: a VAE's noise `(batch, latent_dim)`; a GAN's latents of each turn that
      draws some, `(turns, batch, latent_dim)`: one turn where both players share
      them, else one for each of the critic's turns and the generator's last;
    - `alpha`: where between a real and a generated example a gradient penalty is
      taken, `(critic_steps, batch, 1, 1, 1)`;
    - `slot_a`, `slot_b`, `swap_a`, `swap_b`: what the image pools draw for each image.
    """
    if workload.kind == "cyclegan":
        draws = {}
        for side in "ab":
            slots = rng.integers(0, workload.pool_size, batch)
            draws[f"slot_{side}"] = slots.astype("int32")
            draws[f"swap_{side}"] = rng.random(batch) < 0.5
        return draws
    steps = workload.critic_steps
    if steps > 1:
        normal = rng.standard_normal((steps + 1, batch, workload.latent_dim))
        alpha = rng.random((steps, batch, 1, 1, 1))
        return {"z": normal.astype("float32"), "alpha": alpha.astype("float32")}
    shape = (batch, workload.latent_dim)
    if workload.kind not in ("mlp_vae", "conv_vae"):
        shape = (1, *shape)
    return {"z": rng.standard_normal(shape).astype("float32")}
