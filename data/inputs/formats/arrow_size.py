"""Reckon what rows of Arrow data would take as plain values, before any is made."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Sizes = np.ndarray[Any, np.dtype[np.int64]]
# Arrays are `Any` below: what an array has depends on its type, which the stubs cannot know.
DEEPEST = 8
"""Lists and records may lie so deep in each other."""


def bytes_of_rows(batch: pa.RecordBatch) -> Sizes:
    """Return the size of each row in bytes, every text counted as often as it is named."""
    sizes = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        sizes += _bytes_of(column)
    return sizes


def readable(kind: pa.DataType, depth: int = DEEPEST) -> bool:
    """Tell whether sizes of this type can be reckoned: text, numbers, truth values, lists and records."""
    if pa.types.is_dictionary(kind):
        return readable(kind.value_type, depth)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return depth > 0 and readable(kind.value_type, depth - 1)
    if pa.types.is_struct(kind):
        return depth > 0 and all(readable(field.type, depth - 1) for field in kind)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return _is_text(kind) or is_number or pa.types.is_boolean(kind) or pa.types.is_null(kind)


def _bytes_of(array: Any) -> Sizes:
    kind = array.type
    if pa.types.is_dictionary(kind):
        lengths = pa.array(_bytes_of(array.dictionary))
        return _numbers(pc.take(lengths, array.indices))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        ends = np.concatenate([[0], np.cumsum(_bytes_of(array.values))])
        offsets = array.offsets.to_numpy()
        return np.asarray(ends[offsets[1:]] - ends[offsets[:-1]] + 8, np.int64)
    if pa.types.is_struct(kind):
        return np.asarray(sum((_bytes_of(field) for field in array.flatten()), np.zeros(len(array), np.int64)))
    if _is_text(kind):
        return _numbers(pc.binary_length(array))
    return np.full(len(array), 8, np.int64)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _numbers(array: Any) -> Sizes:
    return np.asarray(array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), np.int64)
