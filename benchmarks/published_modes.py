"""Published mode counts of the two mixtures, as their papers print them."""

from typing import NamedTuple


class Row(NamedTuple):
    """`modes, high quality in %, reverse KL` of a method; "" where not given."""

    method: str
    source: str
    ring: tuple[str, str, str]
    grid: tuple[str, str, str]


# VEEGAN: Srivastava et al., 2017, table 1, means of 5 runs. PacGAN: Lin et al., 2018,
# table 1, mean ± standard error of 10 runs. Both look at 2,500 samples. Their two
# rows "GAN" are the same method: baselines differ by more than methods do, so compare
# within a table first.
PUBLISHED = (
    Row("GAN", "VEEGAN", ("1", "99.3", ""), ("3.3", "0.5", "")),
    Row("ALI", "VEEGAN", ("2.8", "0.13", ""), ("15.8", "1.6", "")),
    Row("Unrolled", "VEEGAN", ("7.6", "35.6", ""), ("23.6", "16", "")),
    Row("VEEGAN", "VEEGAN", ("8", "52.9", ""), ("24.6", "40", "")),
    Row(
        "GAN",
        "PacGAN",
        ("6.3±0.5", "98.2±0.2", "0.45±0.09"),
        ("17.3±0.8", "94.8±0.7", "0.70±0.07"),
    ),
    Row(
        "ALI",
        "PacGAN",
        ("6.6±0.3", "97.6±0.4", "0.36±0.04"),
        ("24.1±0.4", "95.7±0.6", "0.14±0.03"),
    ),
    Row(
        "PacGAN2",
        "PacGAN",
        ("7.9±0.1", "95.6±2.0", "0.07±0.03"),
        ("23.8±0.7", "91.3±0.8", "0.13±0.04"),
    ),
    Row(
        "PacGAN3",
        "PacGAN",
        ("7.8±0.1", "97.7±0.3", "0.10±0.02"),
        ("24.6±0.4", "94.2±0.4", "0.06±0.02"),
    ),
    Row(
        "PacGAN4",
        "PacGAN",
        ("7.8±0.1", "95.9±1.4", "0.07±0.02"),
        ("24.8±0.2", "93.6±0.6", "0.04±0.01"),
    ),
)
