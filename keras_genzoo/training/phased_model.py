"""The engine: a model whose players take turns within one training step."""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.training import inputs, random_state, resumption
from keras_genzoo.training.batch_parts import first_tensor, part
from keras_genzoo.training.choose_optimizers import choose_optimizers
from keras_genzoo.training.first_process import arguments_of_process
from keras_genzoo.training.phase_metrics import PhaseMetrics
from keras_genzoo.training.step_guard import GuardedFit
from keras_genzoo.training.step_hooks import all_do_without_steps
from keras_genzoo.training.stream_checks import BatchCheck

# What `keras.Model.fit` takes after `x`, `y` and `batch_size`, in order.
_FIT_ARGUMENTS = list(inspect.signature(keras.Model.fit).parameters)[4:]


class PhasedModel(keras.Model):
    """A `keras.Model` that trains one or more phases, in order, in each step.

    A subclass says what each player minimises; `fit`, `evaluate`, saving, mixed
    precision and all three backends follow from that. It declares

    - `phases`: the names of the phases in their order. A later phase sees the
      weights that an earlier one has just updated. The order is part of the
      checkpoint format;
    - `metric_names`: what the phases log (`loss`, the sum of their losses, comes by
      itself);
    - `phase_variables(phase)`: the trainable variables of one phase;
    - `compute_phase(phase, batch, training, shared)`: its scalar loss, a mean over
      the batch, and `{metric name: scalar}`;
    - `default_optimizers()`: `{phase: optimizer}` for `compile()` without arguments;

    and may declare

    - `prepare_batch(data, training)`: from what `fit` was given to what the phases
      take; checks static shapes, rescales pixels;
    - `phase_repeats(phase)`: how often a phase takes its turn in one step. Every
      turn of a repeated phase gets its own part of the batch; `phase_parts(phase)`
      says of how many;
    - `compute_shared(batch, training)` and `shared_phase`: work that several phases
      need, done once, before the first. Its gradient reaches the variables of
      `shared_phase`, and in that phase's turn only; the other phases get it as a
      constant. Tensors of floats only. Not used while a phase repeats: `shared` is
      then None;
    - `after_step(batch)`: what changes once all phases have been updated: averages of
      weights, counters. It assigns to variables that are not trainable.

    Inside these methods only `keras.ops`, `keras.random` with a `SeedGenerator`
    attribute and calls of sub-models may stand. Sub-models are built before the
    model is; their `trainable` flag is not changed between phases.

    On several devices `compute_phase` may see only some rows of a batch. Its loss and
    logs are means over these; noise is drawn by the `rows` of a
    `layers.JointSeedGenerator`, and what depends on a batch otherwise goes through
    `backends.shares` (docs/many_devices.md).
    """

    phases: tuple[str, ...] = ()
    metric_names: tuple[str, ...] = ()
    shared_phase: str | None = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.log_names(self.metric_names)
        # Behind a function, where Keras does not save it with the weights.
        self._step_guard = lambda: None
        self._check_steps = None
        self._callbacks = None

    def log_names(self, names: tuple[str, ...]) -> None:
        """Sets `metric_names` where they depend on a model's options."""
        self.metric_names = names
        self._phase_metrics = PhaseMetrics(names)

    # What a subclass writes.

    def phase_variables(self, phase: str) -> list:
        """The trainable variables that `phase` updates."""
        raise NotImplementedError(f"{type(self).__name__} must say what it trains.")

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        """The scalar loss of `phase` and what it logs."""
        raise NotImplementedError(f"{type(self).__name__} must say what it minimises.")

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """An optimizer for each phase."""
        raise NotImplementedError(f"{type(self).__name__} has no default optimizers.")

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """What the phases take, from what `fit` was given."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return ops.convert_to_tensor(x)

    def phase_repeats(self, phase: str) -> int:
        """How many turns `phase` takes in one step."""
        return 1

    def phase_parts(self, phase: str) -> int:
        """Into how many parts a batch is cut; each turn of `phase` gets one of them."""
        return self.phase_repeats(phase)

    def compute_shared(self, batch: Any, training: bool) -> Any:
        """Work that several phases share; see the class."""
        raise NotImplementedError(f"{type(self).__name__} sets `shared_phase` alone.")

    def after_step(self, batch: Any) -> None:
        """What follows the last phase's update; see the class."""

    def check_batch_size(self, size: int) -> None:
        """Raises a ValueError for a number of examples that no step can take."""

    def check_data(self, x: Any, y: Any, name: str) -> None:
        """Raises a ValueError that names what is wrong with arrays given to `fit`.

        Args:
            x: NumPy array of inputs, or of a first batch of a stream.
            y: NumPy array of labels, or None.
            name: what the caller called `x`.
        """

    # What the backends' steps use.

    @property
    def shares_work(self) -> bool:
        return self.shared_phase is not None and all(
            self.phase_repeats(phase) == 1 for phase in self.phases
        )

    def turns(self, batch: Any) -> Iterator[tuple[str, Any]]:
        """The turns of one training step: `(phase, its part of the batch)`."""
        for phase in self.phases:
            parts = self.phase_parts(phase)
            for i in range(self.phase_repeats(phase)):
                with shares.turn(i, parts):
                    yield phase, batch if parts == 1 else part(batch, i, parts)

    def evaluate_phases(self, batch: Any) -> tuple[list, list]:
        """Losses and logs of one turn of each phase, nothing updated."""
        shared = self.compute_shared(batch, False) if self.shares_work else None
        losses, logs = [], []
        for phase in self.phases:
            loss, log = self.compute_phase(phase, batch, False, shared)
            losses.append((phase, loss))
            logs.append(log)
        return losses, logs

    def update_metrics(self, losses: list, logs: list, batch: Any) -> dict:
        """Counts one step's losses and logs; returns the means so far."""
        # A phase that repeats has several losses, and counts once.
        repeats = {p: self.phase_repeats(p) for p in self.phases}
        first, *others = [v / repeats[p] if repeats[p] > 1 else v for p, v in losses]
        values = {"loss": sum(others, start=first)}
        turns = {}
        for log in logs:
            for name, value in log.items():
                turns.setdefault(name, []).append(value)
        values |= {n: sum(v) / len(v) if len(v) > 1 else v[0] for n, v in turns.items()}
        examples = ops.shape(first_tensor(batch))[0]
        self._phase_metrics.update_state(values, examples)
        guard = self._step_guard()
        if guard is not None:
            guard.note([(phase, shares.mean(loss)) for phase, loss in losses])
        return self.means_so_far()

    def means_so_far(self) -> dict:
        """The means of the losses and logs that the running epoch has counted."""
        return self._phase_metrics.result()

    @property
    def step_variables(self) -> list:
        """All that a training step changes, but for its guard's own records."""
        return [
            *self.trainable_variables,
            *self.non_trainable_variables,
            *self.optimizer.variables,
            *self._phase_metrics.variables,
        ]

    def check_steps(self) -> None:
        """Raises a `NonFiniteStep` if `fit` guards its steps and one was refused."""
        if self._check_steps is not None:
            self._check_steps()

    def train_step(self, *args):
        guard = self._step_guard()
        if guard is None:
            return backends.train_step(self, *args)
        return backends.guarded_train_step(self, guard, *args)

    def test_step(self, *args):
        return backends.test_step(self, *args)

    def make_train_function(self, force: bool = False) -> None:
        """Makes what `fit` calls for each step: the backend's, or else Keras' own."""
        if force or self.train_function is None:
            self.train_function = backends.train_function(self)
        super().make_train_function()

    def may_run_ahead(self) -> bool:
        """Whether nobody looks between the next step of `fit` and those after it."""
        callbacks = self._callbacks
        return callbacks is not None and all_do_without_steps(callbacks())

    @property
    def steps_ahead(self) -> int:
        """How many steps have been taken that `fit` has not counted yet.

        A backend may take several at once, where all callbacks do without the steps
        between; while this is not 0 the weights are later ones.
        """
        return getattr(self.train_function, "ahead", 0)

    # Keras' own face, with one optimizer for each phase.

    def compile(
        self,
        optimizer: Any = None,
        *,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        **phase_optimizers: Any,
    ) -> None:
        """Prepares training; without arguments, with the paper's optimizers.

        Args:
            optimizer: for a model of one phase, its optimizer; for any model a
                `{phase: optimizer}` dictionary or a `PhaseOptimizer`. An optimizer
                is a `keras.optimizers.Optimizer` or its name. A phase that is not
                named keeps its default.
            run_eagerly: as in Keras.
            steps_per_execution: as in Keras (1 on PyTorch). `fit` may take several
                steps at once by itself, where no callback looks between them.
            jit_compile: as in Keras.
            **phase_optimizers: the same by name, `generator_optimizer=` for the
                phase `generator`.

        Raises:
            ValueError: an argument that names no phase, a phase named twice, or one
                optimizer for a model of several phases.
        """
        composite = choose_optimizers(self, optimizer, phase_optimizers)
        composite.bind(self.phase_variables)
        super().compile(
            optimizer=composite,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            # Each phase has its own scale; Keras would wrap the whole.
            auto_scale_loss=False,
        )
        composite.build(self.trainable_variables)
        self._requested = {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }

    def get_compile_config(self) -> dict:
        if not self.compiled:
            return {}
        # What was asked for, not what "auto" became: a file saved on JAX must not
        # switch `torch.compile` on when it is loaded on PyTorch.
        return {
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
            **self._requested,
        }

    def compile_from_config(self, config: dict) -> None:
        self.compile(**keras.saving.deserialize_keras_object(config))

    @property
    def metrics(self) -> list:
        guard = self._step_guard()
        return [self._phase_metrics, *([] if guard is None else [guard])]

    @property
    def metrics_names(self) -> list[str]:
        """Names in the order of the list that `evaluate` returns."""
        return sorted(self._phase_metrics.names)

    @property
    def examples_seen(self) -> int:
        """How many examples the running epoch, or `evaluate`, has counted."""
        return self._phase_metrics.count

    def fit(self, x=None, y=None, batch_size=None, *args, **kwargs):
        """`keras.Model.fit`, after a look at the data.

        `x` is what Keras takes on every backend: NumPy arrays, tensors,
        `tf.data.Dataset`, `keras.utils.PyDataset`, a torch `DataLoader`, a
        generator of batches. Arrays are checked whole; a `PyDataset`, a generator and
        a `tf.data.Dataset` (of floats, or of shapes that are not fixed) batch by batch,
        the first one before anything is trained; a bad one is named by its number.

        Raises:
            ValueError: data that the model cannot train on; the message says which
                argument, what came and what was expected.
        """
        kwargs |= dict(zip(_FIT_ARGUMENTS, args, strict=False))
        _refuse_weights(kwargs)
        batch_size = inputs.batch_size_of(batch_size, "batch_size")
        check = self._batch_check("x")
        x = inputs.look(x, y, check)
        self._check_batches(x, batch_size)
        validation = kwargs.get("validation_data")
        other = self._batch_check("validation_data")
        if isinstance(validation, tuple | list) and validation:
            labels = validation[1] if len(validation) > 1 else None
            inputs.look(validation[0], labels, other)
            name = "validation_batch_size"
            size = inputs.batch_size_of(kwargs.get(name), name) or batch_size
            self._check_batches(validation[0], size)
            kwargs[name] = backends.even_batch_size(self, validation[0], size)
        elif validation is not None:
            kwargs["validation_data"] = inputs.look(validation, None, other)
        kwargs["callbacks"] = self._guard_steps(kwargs.get("callbacks"))
        kwargs = arguments_of_process(kwargs)
        backup = resumption.find(kwargs["callbacks"])
        # Whether batches divide cannot be seen before the split is made.
        laid = None if kwargs.get("validation_split") else x
        with (
            check.running(),
            other.running(),
            backends.batch_layout(self, laid, batch_size),
            self._watched_by(kwargs["callbacks"], kwargs.get("steps_per_epoch")),
        ):
            if backup is None:
                if not kwargs.get("validation_split"):
                    x, y, kwargs = _loaded(x, y, batch_size, kwargs)
                return super().fit(x, y, batch_size, **kwargs)
            return resumption.fit(super().fit, self, backup, x, y, batch_size, **kwargs)

    def _guard_steps(self, callbacks: Any) -> Any:
        """Guards the steps if one of the callbacks wants it; puts that one first."""
        if isinstance(callbacks, keras.callbacks.CallbackList):
            return callbacks
        listed = keras.tree.flatten(callbacks) if callbacks else []
        guarding = [c for c in listed if isinstance(c, GuardedFit)]
        if len(guarding) > 1:
            raise ValueError(
                "`callbacks` must hold one guard of the steps at most, got "
                f"{[type(c).__name__ for c in guarding]}."
            )
        with backends.variable_scope(self):
            guard = (
                guarding[0].make_guard(self.phases, self._step_guard())
                if guarding
                else None
            )
        self._check_steps = guarding[0].check if guarding else None
        if guard is not self._step_guard():
            self._step_guard = lambda: guard
            # Compiled steps are with this guard, or without one.
            self.train_function = self.test_function = None
        return guarding + [c for c in listed if c not in guarding]

    @contextlib.contextmanager
    def _watched_by(self, callbacks: Any, steps_per_epoch: int | None):
        # With a number of steps, an epoch may end before the data does.
        if steps_per_epoch is None and keras.config.max_steps_per_epoch() is None:
            listed = getattr(callbacks, "callbacks", callbacks)
            self._callbacks = lambda: listed
        try:
            yield
        finally:
            self._callbacks = None
            getattr(self.train_function, "let_go", lambda: None)()

    def evaluate(self, x=None, y=None, batch_size=None, *args, **kwargs):
        """`keras.Model.evaluate`, after a look at the data; see `fit`."""
        _refuse_weights(kwargs)
        batch_size = inputs.batch_size_of(batch_size, "batch_size")
        # Inside `fit` the validation data has been looked at already.
        check = self._batch_check("x")
        if not kwargs.get("_use_cached_eval_dataset"):
            x = inputs.look(x, y, check)
            batch_size = backends.even_batch_size(self, x, batch_size)
            self._check_batches(x, batch_size)
        try:
            with check.running(), backends.batch_layout(self, x, batch_size):
                return super().evaluate(x, y, batch_size, *args, **kwargs)
        except BaseException:
            # On JAX Keras has taken the weights out of the model, and puts them back at
            # the end only.
            getattr(self, "jax_state_sync", lambda: None)()
            raise

    def _batch_check(self, name: str) -> BatchCheck:
        return BatchCheck(name, self.check_data, self.check_batch_size)

    def _check_batches(self, x: Any, batch_size: int | None) -> None:
        if not hasattr(x, "shape"):
            return
        n, size = len(x), batch_size or 32
        for examples in {min(size, n), n % size} - {0}:
            self.check_batch_size(examples)

    def train_on_batch(self, x, y=None, **kwargs):
        """`keras.Model.train_on_batch`, after a look at the data; see `fit`."""
        _refuse_weights(kwargs)
        x = inputs.look(x, y, self._batch_check("x"))
        self.check_batch_size(len(x))
        with backends.batch_layout(self, x, len(x)):
            x, y = (backends.split_batch(self, data) for data in (x, y))
            return super().train_on_batch(x, y, **kwargs)

    def test_on_batch(self, x, y=None, **kwargs):
        """`keras.Model.test_on_batch`, after a look at the data; see `fit`."""
        _refuse_weights(kwargs)
        x = inputs.look(x, y, self._batch_check("x"))
        self.check_batch_size(len(x))
        with backends.batch_layout(self, x, len(x)):
            x, y = (backends.split_batch(self, data) for data in (x, y))
            return super().test_on_batch(x, y, **kwargs)

    @property
    def seed_states(self) -> list:
        """The states of all seed generators, in the order in which they are saved."""
        weights = {id(v) for v in self.weights}
        return [v for v in self.variables if id(v) not in weights]

    def save_own_variables(self, store):
        super().save_own_variables(store)
        random_state.save(self, store)

    def load_own_variables(self, store):
        super().load_own_variables(random_state.load(self, store))


def _loaded(x: Any, y: Any, batch_size: int | None, kwargs: dict) -> tuple:
    """The same data, from the backend's loader where that is faster than Keras' own."""
    loader = backends.array_loader(x, y, batch_size, kwargs.get("shuffle", True))
    if loader is None:
        return x, y, kwargs
    return loader, None, kwargs | {"shuffle": False}


def _refuse_weights(kwargs: dict) -> None:
    for name in ("sample_weight", "class_weight"):
        if kwargs.get(name) is not None:
            raise ValueError(
                f"`{name}` must be None: a likelihood or an adversarial loss is a "
                "plain mean over examples."
            )
