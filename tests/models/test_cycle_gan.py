"""CycleGAN's step against PyTorch's autograd, and what it promises its users."""

import keras
import numpy as np
import pytest
import torch
from keras import ops
from keras.layers import BatchNormalization
from torch.nn import functional

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.callbacks import Backup
from tests.models.pixelwise_cycle_gan import (
    RATE,
    SIDE,
    assert_resumes,
    four,
    number,
    pictures,
    pixelwise,
    small,
)


class TorchCycleGAN:
    """The authors' training step on `pixelwise` networks, in float64."""

    def __init__(self, model, pool_size, forward=10.0, backward=10.0, identity=0.5):
        self.weights = [
            [torch.tensor(w, dtype=torch.float64) for w in n.get_weights()]
            for n in (
                model.a_to_b,
                model.b_to_a,
                model.discriminator_a,
                model.discriminator_b,
            )
        ]
        self.pool_size = pool_size
        self.pools = {"a": [], "b": []}
        self.lambdas = (forward, backward, identity)

    def net(self, index, x):
        kernel, bias = self.weights[index]
        y = functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias)
        return torch.tanh(y) if index < 2 else y

    def query(self, side, images, slots, coins):
        pool, returned = self.pools[side], []
        for image, slot, coin in zip(images, slots, coins, strict=True):
            if len(pool) < self.pool_size:
                pool.append(image)
                returned.append(image)
            elif coin < 0.5:
                returned.append(pool[slot])
                pool[slot] = image
            else:
                returned.append(image)
        return torch.stack(returned)

    def step(self, a, b, draws):
        for pair in self.weights:
            for w in pair:
                w.requires_grad_(True)
        a, b = (2 * torch.from_numpy(x / 255.0).permute(0, 3, 1, 2) - 1 for x in (a, b))
        forward, backward, identity = self.lambdas
        fake_b, fake_a = self.net(0, a), self.net(1, b)
        one = torch.ones(())

        def l1(x, y):
            return torch.mean(torch.abs(x - y))

        logs = {
            "adversarial_a_to_b": torch.mean((self.net(3, fake_b) - one) ** 2),
            "adversarial_b_to_a": torch.mean((self.net(2, fake_a) - one) ** 2),
            "cycle_a": l1(self.net(1, fake_b), a),
            "cycle_b": l1(self.net(0, fake_a), b),
            "identity_a_to_b": l1(self.net(0, b), b),
            "identity_b_to_a": l1(self.net(1, a), a),
        }
        loss = (
            logs["adversarial_a_to_b"]
            + logs["adversarial_b_to_a"]
            + forward * logs["cycle_a"]
            + backward * logs["cycle_b"]
            + backward * identity * logs["identity_a_to_b"]
            + forward * identity * logs["identity_b_to_a"]
        )
        self.descend(loss, (0, 1))
        for side, index, real, fake in (("a", 2, a, fake_a), ("b", 3, b, fake_b)):
            fake = self.query(side, fake.detach(), *draws[side])
            loss = 0.5 * (
                torch.mean((self.net(index, real) - 1) ** 2)
                + torch.mean(self.net(index, fake) ** 2)
            )
            logs[f"discriminator_{side}_loss"] = loss
            self.descend(loss, (index,))
        return {name: value.item() for name, value in logs.items()}

    def descend(self, loss, indices):
        held = [w for i in indices for w in self.weights[i]]
        grads = torch.autograd.grad(loss, held)
        with torch.no_grad():
            for w, g in zip(held, grads, strict=True):
                w -= RATE * g


@pytest.mark.parametrize("weights", [(10.0, 10.0, 0.5), (4.0, 7.0, 1.0)])
def test_steps_are_the_authors(weights):
    forward, backward, identity = weights
    model = small(
        pool_size=3, cycle_weight=(forward, backward), identity_weight=identity
    )
    truth = TorchCycleGAN(model, 3, forward, backward, identity)
    seeds = {
        side: keras.random.SeedGenerator(getattr(model, f"pool_{side}").seed)
        for side in "ab"
    }
    for i in range(6):
        a, b = pictures(2, seed=i), pictures(2, seed=100 + i)
        draws = {
            side: [
                ops.convert_to_numpy(numbers)
                for numbers in (
                    keras.random.randint((2,), 0, 3, seed=seeds[side]),
                    keras.random.uniform((2,), seed=seeds[side]),
                )
            ]
            for side in "ab"
        }
        logs = model.train_on_batch(a, b, return_dict=True)
        expected = truth.step(a, b, draws)
        for name, value in expected.items():
            assert number(logs[name]) == pytest.approx(value, rel=2e-4), name
        assert number(logs["pool_fill"]) == pytest.approx(min(2 * i + 2, 3) / 3)
    ours = [
        w
        for n in (
            model.a_to_b,
            model.b_to_a,
            model.discriminator_a,
            model.discriminator_b,
        )
        for w in n.get_weights()
    ]
    theirs = [w.detach().numpy() for pair in truth.weights for w in pair]
    for got, want in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(got, want, atol=2e-5)


DROPPED = {
    "cycle alone": (
        {"adversarial_weight": 0.0, "identity_weight": 0.0},
        {"cycle_a", "cycle_b"},
    ),
    "GAN alone": ({"cycle_weight": 0}, {"adversarial_a_to_b", "adversarial_b_to_a"}),
    "forward cycle": (
        {"cycle_weight": (10.0, 0.0)},
        {"adversarial_a_to_b", "adversarial_b_to_a", "cycle_a", "identity_b_to_a"},
    ),
    "backward cycle": (
        {"cycle_weight": (0.0, 10.0), "identity_weight": 0},
        {"adversarial_a_to_b", "adversarial_b_to_a", "cycle_b"},
    ),
}


@pytest.mark.parametrize("case", DROPPED)
def test_a_loss_can_be_dropped(case):
    options, names = DROPPED[case]
    model = small(**options)
    full = small()
    a, b = pictures(2), pictures(2, seed=1)
    logs = model.test_on_batch(a, b, return_dict=True)
    complete = full.test_on_batch(a, b, return_dict=True)
    always = {"loss", "discriminator_a_loss", "discriminator_b_loss", "pool_fill"}
    assert set(logs) == names | always
    for name in names:
        assert number(logs[name]) == pytest.approx(number(complete[name]), rel=1e-5)
    # The loss is the weighted sum of what is left.
    forward, backward = model.cycle_weight
    weights = {
        "cycle_a": forward,
        "cycle_b": backward,
        "identity_b_to_a": forward * model.identity_weight,
        "identity_a_to_b": backward * model.identity_weight,
        "discriminator_a_loss": 1.0,
        "discriminator_b_loss": 1.0,
        "pool_fill": 0.0,
    }
    total = sum(weights.get(n, 1.0) * number(logs[n]) for n in set(logs) - {"loss"})
    assert number(logs["loss"]) == pytest.approx(total, rel=1e-5)


def test_an_objective_by_name():
    model = small(objective="non_saturating", cycle_weight=0.0)
    a, b = pictures(2), pictures(2, seed=1)
    logs = model.test_on_batch(a, b, return_dict=True)
    logits = ops.convert_to_numpy(
        model.discriminator_b(2 * model.translate(a).astype("float32") - 1)
    )
    expected = np.logaddexp(0, -logits).mean()
    assert number(logs["adversarial_a_to_b"]) == pytest.approx(expected, rel=1e-5)


def test_evaluation_leaves_the_pools_alone():
    model = small()
    model.evaluate(pictures(4), pictures(4, seed=1), batch_size=2, verbose=0)
    assert number(model.pool_a.count) == 0


def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path):
    def new():
        model = gz.CycleGAN(*four(), image_size=SIDE, pool_size=3, seed=5)
        model.compile(learning_rate=gz.training.LinearDecay(2e-3, 2, 1, 3))
        return model

    assert_resumes(new, tmp_path / "cyclegan.keras")


class Crash(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_a_crashed_run_goes_on_from_its_backup(tmp_path):
    def fit(*callbacks):
        model = gz.CycleGAN(*four(), image_size=SIDE, pool_size=3, seed=5)
        model.compile(learning_rate=gz.training.LinearDecay(2e-3, 3, 1, 3))
        batches = gz.data.unpaired(pictures(7), pictures(4, seed=1), 2, flip=True)
        model.fit(batches, epochs=4, verbose=0, callbacks=callbacks)
        return [*model.variables, *model.optimizer.variables]

    expected = fit(Backup(tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        fit(Backup(tmp_path / "broken"), Crash())
    resumed = fit(Backup(tmp_path / "broken"))
    for got, want in zip(resumed, expected, strict=True):
        np.testing.assert_allclose(
            *map(ops.convert_to_numpy, (got, want)), rtol=0, atol=1e-6
        )


def test_half_precision_is_near():
    full = small()
    keras.config.set_dtype_policy("mixed_float16")
    half = small()
    a, b = pictures(2), pictures(2, seed=1)
    expected = full.train_on_batch(a, b, return_dict=True)
    got = half.train_on_batch(a, b, return_dict=True)
    for name, value in expected.items():
        assert number(got[name]) == pytest.approx(number(value), rel=0.01)
    assert keras.backend.standardize_dtype(half.pool_a.images.dtype) == "float32"
    got, expected = (m.discriminator_b.get_weights()[0] for m in (half, full))
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_translation_is_the_network_on_any_size():
    model = small(1, 3)
    images = np.random.default_rng(0).integers(0, 256, (3, 12, 20, 3), dtype="uint8")
    x = 2.0 * images / 255.0 - 1.0
    kernel, bias = model.b_to_a.get_weights()
    expected = (np.tanh(x @ kernel[0, 0] + bias) + 1) / 2
    for given in (images, (images / 255.0).astype("float32")):
        got = model.translate(given, "b_to_a", batch_size=2)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=1e-5)
    kernel, bias = model.a_to_b.get_weights()
    back = (np.tanh((2 * expected - 1) @ kernel[0, 0] + bias) + 1) / 2
    np.testing.assert_allclose(model.cycle(images, "b_to_a"), back, atol=1e-5)
    trips = model.round_trip(images, "b_to_a")
    np.testing.assert_allclose(trips[:, 0], images / 255.0, atol=1e-6)
    np.testing.assert_allclose(trips[:, 1], np.repeat(expected, 3, -1), atol=1e-5)
    np.testing.assert_allclose(trips[:, 2], back, atol=1e-5)
    np.testing.assert_array_equal(
        model.sample(2, images=images, direction="b_to_a"),
        model.round_trip(images[:2], "b_to_a").reshape(6, 12, 20, 3),
    )


def test_what_is_beside_an_image_does_not_change_its_translation():
    generator = networks.cyclegan_generator(width=4, blocks=1, seed=0)
    other = networks.cyclegan_generator(width=4, blocks=1, seed=1)
    judges = [networks.patchgan_discriminator(3, 4, 1, seed=s) for s in (2, 3)]
    model = gz.CycleGAN(generator, other, *judges, image_size=16)
    images = np.random.default_rng(0).uniform(size=(3, 12, 16, 3)).astype("float32")
    together, alone = model.translate(images), model.translate(images[1:2])
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)


def test_one_direction_is_a_plain_model(tmp_path):
    model = small(1, 3)
    exported = model.translator("b_to_a")
    exported.save(tmp_path / "b_to_a.keras")
    loaded = keras.saving.load_model(tmp_path / "b_to_a.keras")
    model.train_on_batch(pictures(2), pictures(2, 3))
    assert loaded.count_params() == 3 + 1
    images = pictures(2, 3).astype("float32") / 255.0
    before = small(1, 3).translate(images, "b_to_a")
    for network in (exported, loaded):
        np.testing.assert_allclose(
            ops.convert_to_numpy(network(images)), before, atol=1e-6
        )


def test_strips_while_training(tmp_path):
    model = small()
    grid = gz.callbacks.SampleGrid(
        tmp_path, n=2, columns=3, sample_arguments={"images": pictures(4)}
    )
    batches = gz.data.unpaired(pictures(5), pictures(3, seed=1), 2)
    history = model.fit(batches, epochs=2, verbose=0, callbacks=[grid]).history
    assert len(grid.frames) == 2
    assert history["pool_fill"][-1] == pytest.approx((6 + 8) / 2 / 50)


def grey(**kwargs):
    return lambda: small(**kwargs)


def one_of(index, network, **kwargs):
    nets = four()
    nets[index] = network
    return lambda: gz.CycleGAN(*nets, image_size=SIDE, **kwargs)


BAD_MODELS = {
    "no size": (lambda: gz.CycleGAN(*four()), "`image_size` must be the side, .* None"),
    "size": (grey(image_size=30), "`image_size` must .* divisible by 4 .* got 30x30"),
    "tiny": (grey(image_size=4), "`image_size` must .* at least 8 pixels, got 4x4"),
    "b_to_a": (
        one_of(1, pixelwise(3, 1, [1, 1, 1])),
        "`a_to_b` must return images with 3 channels, .* got 1",
    ),
    "discriminator": (
        one_of(2, pixelwise(3, 1, [1, 1, 1])),
        "`discriminator_a` must take images with 1 channels, .* got 3",
    ),
    "vectors": (
        one_of(3, networks.mlp_discriminator((3,), (4,))),
        "`discriminator_b` must take images \\(batch, height, width, channels\\)",
    ),
    "objective": (grey(objective="l2"), "`objective` must be one of .* got 'l2'"),
    "weight": (grey(cycle_weight=-1), "`cycle_weight` must be a number from 0 up"),
    "three": (
        grey(cycle_weight=(1, 2, 3)),
        "`cycle_weight` must be a number or a pair",
    ),
    "nothing": (
        grey(adversarial_weight=0, cycle_weight=0),
        "`adversarial_weight` and `cycle_weight` must not both be 0",
    ),
    "regularizer": (grey(regularizer="r3"), "`regularizer` must be .* got 'r3'"),
    "mixed examples": (
        one_of(
            3,
            keras.Sequential([keras.Input((None, None, 1)), BatchNormalization()]),
            regularizer="r1",
        ),
        "build `discriminator_b` without it",
    ),
    "augment": (grey(augment="noise"), "`policies` must be .* got \\['noise'\\]"),
    "pool": (grey(pool_size=-1), "`pool_size` must be an integer from 0 up, got -1"),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_bad_models(case):
    make, message = BAD_MODELS[case]
    with pytest.raises(ValueError, match=message):
        make()


def test_one_network_for_both_ways():
    nets = four()
    with pytest.raises(ValueError, match="must be networks of their own"):
        gz.CycleGAN(nets[0], nets[0], *nets[2:], image_size=SIDE)


BAD_DATA = {
    "one side": ((pictures(2), None), "`x` must come with images of the other side"),
    "lengths": ((pictures(2), pictures(3)), "as many images, got 2 of side a and 3"),
    "empty": ((pictures(0), pictures(0)), "`x` must hold at least one example"),
    "size": (
        (pictures(2), np.zeros((2, 12, 12, 1))),
        "`y \\(side b\\)` must have shape \\(batch, 8, 8, 1\\); got \\(2, 12, 12, 1\\)",
    ),
    "channels": (
        (pictures(2, 3), pictures(2)),
        "`x \\(side a\\)` must have shape \\(batch, 8, 8, 1\\); got \\(2, 8, 8, 3\\)",
    ),
    "range": ((2.0 * pictures(2), pictures(2)), "`x \\(side a\\)` must be uint8 in"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data(case):
    (a, b), message = BAD_DATA[case]
    with pytest.raises(ValueError, match=message):
        small().fit(a, b, verbose=0)


BAD_IMAGES = {
    "one image": (
        pictures(1)[0],
        {},
        "with n at least 1, a batch of one as `images\\[",
    ),
    "none": (pictures(0), {}, "`images` must have shape \\(n, height, width, 1\\)"),
    "channels": (pictures(1, 3), {}, "`images` must have 1 channels, .* got 3"),
    "size": (np.zeros((1, 10, 8, 1)), {}, "`images` must have .* got 10x8"),
    "range": (np.full((1, 8, 8, 1), 3.0), {}, "`images` must be uint8 in \\[0, 255\\]"),
    "direction": (pictures(1), {"direction": "up"}, "`direction` must be .* got 'up'"),
    "batch": (pictures(1), {"batch_size": 0}, "`batch_size` must be a positive"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images(case):
    images, options, message = BAD_IMAGES[case]
    with pytest.raises(ValueError, match=message):
        small().translate(images, **options)


def test_default_optimizers():
    model = gz.CycleGAN(*four(), image_size=SIDE)
    model.compile()
    for phase in model.phases:
        adam = model.optimizer[phase]
        numbers = (number(adam.learning_rate), adam.beta_1, adam.beta_2)
        assert numbers == pytest.approx((2e-4, 0.5, 0.999))
    with pytest.raises(ValueError, match="`learning_rate` must be None where"):
        model.compile("adam", learning_rate=1e-3)
