import numpy as np
import pytest
from keras import ops

from keras_genzoo.backends import shares


def draw(n):
    return ops.convert_to_tensor(np.arange(2 * int(n), dtype="float32").reshape(-1, 2))


def of_each(sizes, function):
    """What every replica's step gets from `function`, as arrays."""
    results = []
    for rank in range(len(sizes)):
        with shares.running(shares.Share(np.array(sizes), rank)):
            results.append(ops.convert_to_numpy(function(max(sizes[rank], 1))))
    return results


def test_one_device_draws_its_own_rows():
    assert shares.current() is None
    np.testing.assert_array_equal(shares.rows(draw, 3), draw(3))
    np.testing.assert_array_equal(shares.own(draw(3)), draw(3))
    assert shares.examples(3) == 3


@pytest.mark.parametrize("sizes", [(4, 4), (3, 2), (3, 3, 2, 2)])
@pytest.mark.parametrize("multiple", [1, 3])
def test_the_rows_of_all_replicas_are_the_joint_draw(sizes, multiple):
    rows = of_each(sizes, lambda n: shares.rows(draw, multiple * n))
    np.testing.assert_array_equal(np.concatenate(rows), draw(multiple * sum(sizes)))


def test_a_replica_without_examples_has_a_row_and_no_weight():
    rows = of_each((1, 0), lambda n: shares.rows(draw, n))
    assert [len(r) for r in rows] == [1, 1]
    weights = [shares.Share(np.array((1, 0)), rank).weight for rank in range(2)]
    assert weights == [1.0, 0.0]


@pytest.mark.parametrize("sizes", [(4, 4), (5, 3), (1, 0), (3, 3, 2, 2)])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_the_parts_of_the_shares_are_those_of_a_batch(sizes, parts):
    for index in range(parts):
        share = shares.Share(np.array(sizes), 0).part(index, parts)
        for size, got in zip(sizes, share.sizes, strict=True):
            begin = min(index * size // parts, size - 1)
            end = max((index + 1) * size // parts, begin + 1)
            assert got == (end - begin if size else 0)


def test_a_loss_is_weighed_by_its_share():
    losses = of_each((3, 1), lambda n: shares.weighed(ops.convert_to_tensor(8.0)))
    np.testing.assert_allclose(losses, [6.0, 2.0])
    assert shares.weighed(8.0) == 8.0
