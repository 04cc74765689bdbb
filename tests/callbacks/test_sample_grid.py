import keras
import numpy as np
import pytest
from fake_model import compiled, data
from PIL import Image

from keras_genzoo.callbacks import SampleGrid


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def pixels(path):
    return np.asarray(Image.open(path))


def frame_count(path):
    with Image.open(path) as gif:
        return gif.n_frames


def fit(model, *callbacks, **options):
    return model.fit(*data(), verbose=0, callbacks=list(callbacks), **options)


def test_a_file_for_every_second_epoch(tmp_path):
    model = compiled()
    fit(model, SampleGrid(tmp_path / "new", every=2, n=4, seed=3), epochs=5)
    assert names(tmp_path / "new") == ["epoch_0002.png", "epoch_0004.png"]
    assert model.sampled == [(4, 3), (4, 3)]


def test_the_picture_is_the_grid_of_the_samples(tmp_path):
    model = compiled()
    callback = SampleGrid(tmp_path, n=3, columns=2, seed=7, padding=1, scale=2)
    fit(model, callback, epochs=1)
    images = np.rint(model.sample(3, seed=7) * 255)[..., 0]
    expected = np.full((7, 7), 255.0)
    expected[1:3, 1:3], expected[1:3, 4:6], expected[4:6, 1:3] = images
    expected = expected.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(pixels(tmp_path / "epoch_0001.png"), expected)


def test_same_latents_each_time(tmp_path):
    fit(compiled(learning_rate=0.0), SampleGrid(tmp_path, n=4), epochs=2)
    first, second = (pixels(tmp_path / f"epoch_000{i}.png") for i in (1, 2))
    np.testing.assert_array_equal(first, second)


def test_the_weights_of_each_epoch_are_seen(tmp_path):
    # The weight w = 1/4 goes to 1 by steps of 0.1 * 2 * (1 - w).
    callback = SampleGrid(tmp_path, n=1, padding=0)
    fit(compiled(learning_rate=0.1), callback, epochs=2, batch_size=8)
    seen = [pixels(tmp_path / f"epoch_000{i}.png")[0, 0] for i in (1, 2)]
    assert seen == [round(255 * 0.4), round(255 * 0.52)]


def test_sample_arguments_reach_the_model(tmp_path):
    callback = SampleGrid(tmp_path, n=1, padding=0, sample_arguments={"level": 1.0})
    fit(compiled(), callback)
    assert pixels(tmp_path / "epoch_0001.png")[0, 0] == 255


def test_gif_has_one_frame_a_picture(tmp_path):
    # Equal frames would be joined by the format, so the model must change.
    callback = SampleGrid(tmp_path, n=1, gif=True, every=2)
    fit(compiled(learning_rate=0.05), callback, epochs=6)
    assert frame_count(tmp_path / "samples.gif") == 3
    assert [path.name for path in callback.frames] == [
        f"epoch_{epoch:04d}.png" for epoch in (2, 4, 6)
    ]


def test_a_resumed_run_keeps_and_shows_earlier_frames(tmp_path):
    model = compiled(learning_rate=0.05)
    fit(model, SampleGrid(tmp_path, n=1), epochs=2)
    earlier = (tmp_path / "epoch_0001.png").read_bytes()
    callback = SampleGrid(tmp_path, n=1, gif=True)
    fit(model, callback, initial_epoch=2, epochs=4)
    assert names(tmp_path) == [
        *(f"epoch_{epoch:04d}.png" for epoch in (1, 2, 3, 4)),
        "samples.gif",
    ]
    assert (tmp_path / "epoch_0001.png").read_bytes() == earlier
    assert frame_count(tmp_path / "samples.gif") == 4


def test_a_restored_run_resumes_too(tmp_path):
    frames = tmp_path / "frames"

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    model = compiled(learning_rate=0.05)
    with pytest.raises(KeyboardInterrupt):
        fit(model, backup(), SampleGrid(frames, n=1), Interrupt(), epochs=4)
    assert names(frames) == ["epoch_0001.png", "epoch_0002.png"]
    fit(
        compiled(learning_rate=0.05),
        backup(),
        SampleGrid(frames, n=1, gif=True),
        epochs=4,
    )
    assert frame_count(frames / "samples.gif") == 4


def test_a_fresh_run_does_not_animate_a_former_one(tmp_path):
    fit(compiled(0.05), SampleGrid(tmp_path, n=1), epochs=5)
    callback = SampleGrid(tmp_path, n=1, gif=True, every=2)
    fit(compiled(0.05), callback, epochs=4)
    assert frame_count(tmp_path / "samples.gif") == 2
    assert (tmp_path / "epoch_0005.png").exists()


def test_a_model_without_sample_is_refused_before_training(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    before = model.get_weights()
    with pytest.raises(TypeError, match=r"`sample\(n, seed=.*Sequential"):
        fit(model, SampleGrid(tmp_path / "new"))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("option", [{"every": 0}, {"n": 0}, {"n": 2.0}, {"n": True}])
def test_options_are_checked_at_once(option):
    (name,) = option
    with pytest.raises(ValueError, match=f"`{name}`"):
        SampleGrid("anywhere", **option)
