"""A compiled function is the function, with the variables' values of each call."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.training import input_gradient
from keras_genzoo.training.compiled import compiled


def test_it_sees_new_values_of_its_variables_and_can_take_gradients():
    variable = keras.Variable(np.array([1.0, 2.0], "float32"))

    def fn(x):
        def power(x):
            return ops.sum(variable * x**3, axis=-1)

        def step(_, x):
            return x + input_gradient(power, x)

        return power(x), ops.fori_loop(0, 2, step, x)

    run = compiled(fn, [variable])
    for scale in (1.0, -0.1):
        variable.assign(scale * np.array([1.0, 2.0], "float32"))
        for n in (3, 5):
            x = np.linspace(-0.5, 0.5, 2 * n).reshape(n, 2).astype("float32")
            values, moved = (
                ops.convert_to_numpy(a) for a in run(ops.convert_to_tensor(x))
            )
            a = scale * np.array([1.0, 2.0])
            np.testing.assert_allclose(values, (a * x**3).sum(axis=-1), atol=1e-6)
            for _ in range(2):
                x = x + 3 * a * x**2
            np.testing.assert_allclose(moved, x, rtol=1e-5, atol=1e-6)
