"""One configuration of many devices, for a process of its own.

On PyTorch each device has a process.
"""

import contextlib
import os
import signal
import warnings

import keras
import numpy as np
from keras import layers

import keras_genzoo as gz
from keras_genzoo import backends
from keras_genzoo.backends import shares

BACKEND = keras.backend.backend()
# How many there are.
DEVICES = 1

# Of TensorFlow's strategy.
SCOPES = []


def start():
    """The devices; what networks and models are to be built within."""
    if BACKEND == "torch":
        import torch

        torch.set_num_threads(1)
        if DEVICES > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("gloo")
    elif BACKEND == "tensorflow":
        if SCOPES:
            return SCOPES[0]()
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * max(DEVICES, 1)
        )
        if DEVICES > 1:
            names = [f"CPU:{i}" for i in range(DEVICES)]
            strategy = tf.distribute.MirroredStrategy(
                names, cross_device_ops=tf.distribute.ReductionToOneDevice()
            )
            SCOPES.append(strategy.scope)
            return strategy.scope()
    elif DEVICES > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel())
    return contextlib.nullcontext()


def dense(inputs, outputs, width=8):
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(width, activation="tanh"),
            layers.Dense(outputs),
        ]
    )


def sgd(rate=0.1, **kwargs):
    # The update is proportional to the gradient: a gradient that is counted twice, or
    # by half, shows, which Adam would hide.
    return keras.optimizers.SGD(rate, momentum=0.9, **kwargs)


def vae(**options):
    x = keras.Input((6,))
    h = layers.Dense(8, activation="tanh")(x)
    encoder = keras.Model(x, [layers.Dense(2)(h), layers.Dense(2)(h)])
    model = gz.VAE(encoder, dense(2, 6), seed=1, **options)
    model.compile(optimizer=sgd())
    return model


def gan(clipnorm):
    model = gz.GAN(
        dense(3, 6),
        dense(6, 1),
        discriminator_steps=2,
        regularizer=gz.losses.GradientPenalty(1.0, every=2),
        average_half_life=100.0,
        seed=1,
    )
    model.compile(
        generator_optimizer=sgd(global_clipnorm=clipnorm), discriminator_optimizer=sgd()
    )
    return model


def cycle_gan():
    def image_network(filters):
        return keras.Sequential(
            [
                keras.Input((None, None, 1)),
                layers.Conv2D(3, 5, padding="same", activation="tanh"),
                layers.Conv2D(filters, 5, padding="same", activation="tanh"),
            ]
        )

    model = gz.CycleGAN(
        *(image_network(1) for _ in range(4)),
        image_size=8,
        pool_size=6,
        regularizer=[gz.losses.R1(0.5, every=2), "r2"],
        augment="translation",
        seed=1,
    )
    model.compile(generators_optimizer=sgd(0.01), discriminators_optimizer=sgd(0.01))
    return model


def vectors(n):
    return np.random.default_rng(2).uniform(size=(n, 6)).astype("float32")


def as_replicas_see(x, batch, turns):
    """Batches whose blocks, taken in turns, are those that one device takes.

    On TensorFlow replica r has the r-th block of a batch, and takes the t-th part of
    its block in turn t; one device takes the t-th part of the batch.
    """
    if BACKEND != "tensorflow" or DEVICES == 1:
        return x
    blocks = x.reshape(-1, turns, DEVICES, batch // turns // DEVICES, *x.shape[1:])
    return blocks.swapaxes(1, 2).reshape(x.shape)


def images(seed):
    return np.random.default_rng(seed).uniform(size=(21, 8, 8, 1)).astype("float32")


MODELS = {
    # The last batch has 2 examples, for four replicas.
    "vae": (
        lambda: vae(free_bits=0.3, noise="profiled"),
        lambda: (vectors(18),),
    ),
    "gan": (lambda: gan(clipnorm=0.05), lambda: (as_replicas_see(vectors(24), 8, 2),)),
    # The last has 5.
    "cycle_gan": (cycle_gan, lambda: (images(0), images(1))),
}


def epoch(model, data, **kwargs):
    """The state of the model and what it logged after an epoch more."""
    logs = model.fit(*data, batch_size=8, shuffle=False, verbose=0, **kwargs).history
    weights = [keras.ops.convert_to_numpy(v) for v in model.variables]
    return {f"weight_{i}": w for i, w in enumerate(weights)} | {
        f"log_{name}": values for name, values in logs.items()
    }


def train(folder):
    """Two epochs of each model, between which it is saved, and all else it can do."""
    results = {}
    with start():
        models = {name: build() for name, (build, _) in MODELS.items()}
        recorder = Recorder()
        recorder.compile(optimizer=sgd())
    for name, model in models.items():
        data = MODELS[name][1]()
        first = epoch(model, data)
        if backends.process_index() == 0:
            model.save(folder / f"{name}_{DEVICES}.keras")
        parts = {"first": first, "then": epoch(model, data)}
        if name == "vae":
            batch = data[0][:8]
            parts["on_batch"] = model.train_on_batch(batch, return_dict=True)
            parts["evaluated"] = model.evaluate(*data, verbose=0, return_dict=True)
            parts["evaluated"]["examples"] = model.examples_seen
            parts["sampled"] = {"images": model.sample(5, seed=3)}
        for part, values in parts.items():
            results |= {f"{name}/{part}/{k}": v for k, v in values.items()}
    results |= {f"recorder/{k}": v for k, v in epoch(recorder, (vectors(8),)).items()}
    for name in ("noise", "masks"):
        variable = getattr(recorder, name)
        results[f"recorder/{name}"] = keras.ops.convert_to_numpy(variable)
    return results | skipped(recorder) | {"error": mistake()}


def skipped(recorder):
    """What a guarded training leaves after three steps, of which the second is NaN.

    The NaN is in the last row: in that of one replica.
    """
    x = vectors(24)
    x[15] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        state = epoch(recorder, (x,), callbacks=[gz.callbacks.StopOnNaN(skip=True)])
    # Masks are not one device's.
    names = ("weight_0", "log_value", "log_skipped_steps")
    return {f"skipped/{name}": state[name] for name in names}


def mistake():
    """What `fit` says to a model that is not on the devices, or to data of its own."""
    if DEVICES == 1:
        return ""
    distribution = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    model = vae()
    keras.distribution.set_distribution(distribution)
    within = contextlib.nullcontext() if BACKEND != "tensorflow" else SCOPES[0]()
    try:
        with within:
            epoch(model, (vectors(8) / (1 + backends.process_index()),))
    except ValueError as error:
        return str(error)
    return "none"


def go_on(folder):
    """The second epoch of what was saved after the first, on two devices."""
    results = {}
    with start():
        models = {
            name: keras.saving.load_model(folder / f"{name}_2.keras") for name in MODELS
        }
    for name, model in models.items():
        values = epoch(model, MODELS[name][1]())
        results |= {f"{name}/then/{k}": v for k, v in values.items()}
    return results


class Recorder(gz.training.PhasedModel):
    """Keeps the noise that all replicas drew."""

    phases = ("only",)
    metric_names = ("value",)

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        self.noise, self.masks = (
            self.add_weight(shape=(8, 16), trainable=False, name=name)
            for name in ("noise", "masks")
        )
        self.seeds = gz.layers.JointSeedGenerator(5)
        self.dropout = layers.Dropout(0.5, seed=6)
        self.dropout.build((None, 16))
        self.built = True

    def phase_variables(self, phase):
        return [self.scale]

    def compute_phase(self, phase, batch, training, shared):
        n = keras.ops.shape(batch)[0]
        noise = self.seeds.rows(
            lambda m: keras.random.normal((m, 16), seed=self.seeds), n
        )
        self.noise.assign(shares.joined(noise))
        masks = self.dropout(keras.ops.ones((n, 16)), training=True)
        self.masks.assign(shares.joined(masks))
        value = keras.ops.mean(batch) * self.scale
        return value, {"value": value}


class Writes(keras.callbacks.Callback):
    writes_files = True

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_train_end(self, logs=None):
        self.path.touch()


class Dies(keras.callbacks.Callback):
    """Kills the second process, as the machine might, the first time it gets there."""

    def __init__(self, flag):
        super().__init__()
        self.flag = flag

    def on_epoch_begin(self, epoch, logs=None):
        last = backends.process_index() == 1
        if epoch == 2 and last and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def backed_up(folder):
    """Four epochs, with everything that writes files, each process in its own folder
    but for the backup."""
    with start():
        model = gan(clipnorm=0.05)
    own = folder / f"process_{backends.process_index()}"
    callbacks = [
        gz.callbacks.Backup(folder / f"backup_{DEVICES}"),
        keras.callbacks.ModelCheckpoint(
            own / "{epoch}.weights.h5", save_weights_only=True
        ),
        keras.callbacks.CSVLogger(own / "log.csv"),
        Writes(own / "done"),
    ]
    if backends.process_index() == 0:
        own.mkdir(exist_ok=True)
    if DEVICES > 1:
        callbacks.append(Dies(folder / "died"))
    data = (as_replicas_see(vectors(24), 8, 2),)
    return epoch(model, data, epochs=4, callbacks=callbacks)


def sharded(folder):
    """A step of a BigGAN whose weights are cut by `biggan_layout_map`."""
    if DEVICES > 1:
        mesh = keras.distribution.DeviceMesh(
            (2, DEVICES // 2), ("batch", "model"), keras.distribution.list_devices()
        )
        keras.distribution.set_distribution(
            keras.distribution.ModelParallel(
                layout_map=gz.networks.biggan_layout_map(mesh), batch_dim_name="batch"
            )
        )
    shape = (28, 28, 3)
    generator = gz.networks.biggan_generator(
        shape, 3, 6, width=2, embedding_dim=4, seed=0
    )
    model = gz.ConditionalGAN(
        generator,
        gz.networks.biggan_discriminator(shape, 3, width=2, seed=1),
        num_classes=3,
        average_half_life=100.0,
        seed=1,
    )
    model.compile(optimizer={phase: sgd() for phase in model.phases})
    x = np.random.default_rng(3).uniform(size=(4, *shape)).astype("float32")
    results = {
        f"shape_{network.name}/{v.path}": v.value.addressable_shards[0].data.shape
        for network in (model.generator, model.discriminator)
        for v in network.trainable_variables
    }
    momenta = model.optimizer["generator"].variables[2:]
    results |= {
        f"momentum_shape/{v.path}": v.value.addressable_shards[0].data.shape
        for v in momenta
    }
    return results | epoch(model, (x, np.array([0, 1, 2, 0])))


def fork():
    """A process for each device but the first."""
    os.environ |= {"WORLD_SIZE": str(DEVICES), "RANK": "0"}
    others = []
    for rank in range(1, DEVICES):
        others.append(os.fork())
        if not others[-1]:
            os.environ["RANK"] = str(rank)
            return []
    return others


def configuration(devices, out, *cases):
    """Stores what the cases, functions above, return in `out`, an .npz file.

    By `CASE/name`, by the first process, which waits for the others and prints how
    they ended.
    """
    global DEVICES
    DEVICES = devices
    others = fork() if BACKEND == "torch" else []
    try:
        results = {}
        for case in cases:
            # Names begin anew: paths of weights are compared.
            keras.utils.clear_session()
            keras.utils.set_random_seed(0)
            values = globals()[case](out.parent)
            results |= {f"{case}/{name}": value for name, value in values.items()}
        if backends.process_index() == 0:
            np.savez(out, **results)
    finally:
        for other in others:
            _, status = os.waitpid(other, 0)
            print("ended:", os.waitstatus_to_exitcode(status), flush=True)
