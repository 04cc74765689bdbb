"""Wu et al., 2017, table 2: log-likelihoods of continuous MNIST, as the paper prints
them, nats."""

from typing import NamedTuple


class Row(NamedTuple):
    """Means and, where given, standard errors over images; "" where not given."""

    ais_test: str
    ais_train: str
    gap: str
    kde_test: str
    iwae_test: str


# AIS: 16 chains, 10,000 distributions, 1,000 test and 100 training images; KDE: a
# million samples; IWAE: 200,000 samples from the encoder. 50,000 training images or
# more, which the paper does not say.
PUBLISHED = {
    "VAE-50": Row("991.435±6.477", "1272.586±6.759", "1.540", "351.213", "826.325"),
    "GAN-50": Row("627.297±8.813", "620.498±31.012", "10.045", "300.331", ""),
    "VAE-10": Row("705.375±7.411", "780.196±19.147", "0.832", "408.659", "486.466"),
    "GAN-10": Row("328.772±5.538", "318.948±22.544", "0.934", "259.673", ""),
}
