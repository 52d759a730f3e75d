"""Rows as Parquet: typed columns, the same rows the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_DECIMAL = pa.decimal128(38, 6)
_STEP = Decimal(1).scaleb(-6)
_LIMIT = Decimal(10) ** 32
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class ParquetColumn:
    """A name, and one of the types of sql/dictionary.yml: text, integer, time, decimal, number."""

    name: str
    type: str


def write_parquet(path: Path, columns: Sequence[ParquetColumn], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows in the order of their contents. A decimal column that does not fit decimal128(38, 6) stays text."""
    ordered = sorted(rows, key=lambda row: tuple((value is not None, str(value)) for value in row))
    arrays: dict[str, Any] = {}
    for index, column in enumerate(columns):
        values = [row[index] for row in ordered]
        if column.type == "integer":
            arrays[column.name] = pa.array(values, pa.int64())
        elif column.type == "time":
            arrays[column.name] = pa.array([_moment(value) for value in values], pa.timestamp("s", "UTC"))
        elif column.type == "decimal":
            numbers = [as_decimal(value) for value in values]
            fits = all(number is not None or value is None for number, value in zip(numbers, values, strict=True))
            arrays[column.name] = pa.array(numbers, _DECIMAL) if fits else _texts(values)
        else:
            arrays[column.name] = _texts(values)
            if column.type == "number":
                arrays[f"{column.name}_number"] = pa.array([as_decimal(value) for value in values], _DECIMAL)
    pq.write_table(pa.table(arrays), path, compression="zstd")


def as_decimal(value: object) -> Decimal | None:
    """An exact number of at most 32 digits before and 6 after the point; None for everything else."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= _LIMIT:
        return None
    exact = number.quantize(_STEP, context=_WIDE)
    return exact if exact == number else None


def _texts(values: Sequence[Any]) -> Any:
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
