"""Random access to TFRecord files, without TensorFlow."""

import os
import struct
from collections.abc import Sequence

import numpy as np

# A record is: uint64 length, uint32 checksum of it, the bytes, uint32 checksum of them.
_HEADER = struct.Struct("<QI")
_FOOTER_BYTES = 4


def index_records(path: str | os.PathLike) -> np.ndarray:
    """Returns where the records of a TFRecord file lie.

    Args:
        path: an uncompressed TFRecord file.

    Returns:
        Integers of shape `(n, 2)`: offset and length of each record's bytes.

    Raises:
        ValueError: if the file ends within a record.
    """
    size = os.path.getsize(path)
    spans = []
    with open(path, "rb") as file:
        position = 0
        while position < size:
            header = file.read(_HEADER.size)
            length = _HEADER.unpack(header)[0] if len(header) == _HEADER.size else size
            start = position + _HEADER.size
            position = start + length + _FOOTER_BYTES
            if position > size:
                raise ValueError(
                    f'"{path}" is damaged: it ends within record {len(spans)}. '
                    "Prepare the set again."
                )
            spans.append((start, length))
            file.seek(position)
    return np.array(spans, np.int64).reshape(-1, 2)


class TFRecordSource(Sequence):
    """The records of a split, by number.

    Args:
        instructions: for each file its `filename`, and how many records to `skip` and
            to `take` (-1 for all the rest), as tensorflow-datasets states a split.
        deserialize: turns a record's bytes into an example.
    """

    def __init__(self, instructions, deserialize):
        self._paths = []
        self._deserialize = deserialize
        rows = []
        for number, instruction in enumerate(instructions):
            path = os.fspath(instruction.filename)
            spans = index_records(path)[instruction.skip :]
            spans = spans if instruction.take < 0 else spans[: instruction.take]
            self._paths.append(path)
            rows.append(np.insert(spans, 0, number, axis=1))
        self._rows = np.concatenate(rows) if rows else np.empty((0, 3), np.int64)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int):
        number, start, length = self._rows[index]
        with open(self._paths[number], "rb") as file:
            file.seek(start)
            return self._deserialize(file.read(length))
