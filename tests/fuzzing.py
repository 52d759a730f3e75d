"""Spoiled workbooks against the whole intake. By hand for an hour: ``python -m tests.fuzzing --minutes 60 [--seed N]``.

What must hold for any file: no exception, no hang; refused with a sentence, or every cell accounted for; a figure whose
own cell was not touched is the figure it was, or none; nothing of a person in what is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import re
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.utils import get_column_letter

import flows.demo.inbox as demo
from catalog.catalogue import Catalogue, load_catalogue
from catalog.observations import Submission
from catalog.periods import Month
from flows.demo import make_demo_office
from flows.demo.workbook import write_xlsx
from flows.intake.fate import UNACCOUNTED
from flows.intake.read import Examined, Received, examine
from flows.tokens import Tokens

JUNE = Month(2020, 6)
MODIFIED = datetime(2020, 7, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
TOKENS = Tokens(b"fuzzing")
SLOWEST = 10.0
JUNK = (
    "近百", "约76", "12户/35人", "十二", "1O2", "—", "无", "同上", "待统计", "#REF!", "=1+1", "3.5", "-7", "1e5", "０", "12 34", "八千", "9.13E+17", "2020.6.5",
    " ", "\u00a0", "合计", "小计", "注：", "填表人：某", "禾麓镇2020年5月报表", "村（社区）", "第二批次（74户）", "x" * 5000, "😀", 0, 1, -1, 10**12, 0.1 + 0.2, True,
    datetime(2020, 6, 5),
)  # fmt: skip
_SECRET = re.compile(r"\d{17}[\dX]|1\d{10}")


@dataclass(frozen=True, slots=True)
class Seed:
    """A clean file of the demo town and what it says."""

    path: str
    data: bytes
    figures: dict[tuple[str, str, str, str], str | None]
    cells: dict[tuple[str, str], set[tuple[str, str, str, str]]]
    """(sheet, cell) → the figures that stand there."""
    secrets: frozenset[str]


@dataclass
class Spoiled:
    """A seed after some mutations: its bytes, and whose figures may differ now."""

    data: bytes
    path: str
    how: list[str] = field(default_factory=list)
    touched: set[tuple[str, str, str, str]] = field(default_factory=set)
    anything: bool = False
    """The meaning of the file itself was changed; only the accounts are held against it."""


def seeds(catalogue: Catalogue, number: int = 7) -> list[Seed]:
    """The clean hand-ins of June 2020, one per form."""
    office = demo.Office(catalogue, number)
    result = []
    for form in catalogue.forms.values():
        data = write_xlsx(office.sheets.pages(form, JUNE))
        path = f"2020年/06月/{form.department}/{form.title}（2020年6月）.xlsx"
        examined = _examine(path, data, catalogue)
        assert not examined.submission.refused, form.id
        cells: dict[tuple[str, str], set[tuple[str, str, str, str]]] = {}
        for r in examined.submission.readings:
            cells.setdefault((r.sheet, r.cell), set()).add(_key(r))
        texts = {str(v) for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet.iter_rows(values_only=True) for v in row if v is not None}
        secrets = frozenset(m[0] for text in texts if (m := _SECRET.fullmatch(text)))
        result.append(Seed(path, data, {_key(r): r.value for r in examined.submission.readings if _is_cell(r)}, cells, secrets))
    return result


def _key(reading) -> tuple[str, str, str, str]:
    return reading.measure, reading.unit_code, reading.unit_name, reading.period


def _is_cell(reading) -> bool:
    return reading.role not in ("part", "total", "ledger")


def _examine(path: str, data: bytes, catalogue: Catalogue) -> Examined:
    received = Received(path, hashlib.sha256(data).hexdigest(), len(data), MODIFIED)
    return examine(received, data, catalogue, TOKENS)


# --- mutations of the sheet --------------------------------------------------------------------------------

Mutation = Callable[[random.Random, openpyxl.Workbook, Seed, Spoiled], None]


def _sheet(rng: random.Random, book: openpyxl.Workbook):
    return rng.choice(book.worksheets)


def _place(rng: random.Random, sheet) -> tuple[int, int]:
    return rng.randint(1, max(1, sheet.max_row)), rng.randint(1, max(1, sheet.max_column))


def _set(sheet, row: int, column: int, value, seed: Seed, spoiled: Spoiled) -> None:
    cell = sheet.cell(row, column)
    if isinstance(cell, openpyxl.cell.cell.MergedCell):
        return
    spoiled.touched |= seed.cells.get((sheet.title, cell.coordinate), set())
    cell.value = value


def blank_a_cell(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    _set(sheet, *_place(rng, sheet), None, seed, spoiled)


def type_junk(rng, book, seed, spoiled):
    """Junk in the heading or beside the villages changes what other cells mean; in the body it is that cell alone."""
    sheet = _sheet(rng, book)
    row, column = _place(rng, sheet)
    junk = rng.choice(JUNK)
    before = sheet.cell(row, column).value
    if isinstance(before, str) and isinstance(junk, str):
        spoiled.anything = True
    _set(sheet, row, column, junk, seed, spoiled)


def hide_a_row(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    sheet.row_dimensions[rng.randint(1, sheet.max_row)].hidden = True


def unmerge(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    if areas := list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(rng.choice(areas)))


def shift(rng, book, seed, spoiled):
    """The whole table some rows down and columns to the right, merges and all."""
    sheet = _sheet(rng, book)
    down, right = rng.randint(0, 5), rng.randint(0, 4)
    areas = [(a.min_row, a.min_col, a.max_row, a.max_col) for a in sheet.merged_cells.ranges]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    if sheet.max_row and (down or right):
        sheet.move_range(f"A1:{get_column_letter(sheet.max_column)}{sheet.max_row}", down, right, translate=True)
    for a, b, c, d in areas:
        sheet.merge_cells(start_row=a + down, start_column=b + right, end_row=c + down, end_column=d + right)


def insert_a_blank_row(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    row = rng.randint(6, sheet.max_row + 1) if sheet.max_row >= 6 else 1
    if all(a.max_row < row for a in sheet.merged_cells.ranges):
        sheet.insert_rows(row)


def double_a_row(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    row = rng.randint(1, sheet.max_row)
    values = [c.value for c in sheet[row]]
    for column, value in enumerate(values, 1):
        _set(sheet, sheet.max_row if column > 1 else sheet.max_row + 1, column, value, seed, spoiled)
    spoiled.anything = True


def swap_two_columns(rng, book, seed, spoiled):
    """Whole columns change places, headings and all: every figure keeps its meaning."""
    sheet = _sheet(rng, book)
    if sheet.merged_cells.ranges and max(a.max_row for a in sheet.merged_cells.ranges if a.max_col > a.min_col) > 2:
        return
    a, b = rng.randint(1, sheet.max_column), rng.randint(1, sheet.max_column)
    for row in range(3, sheet.max_row + 1):
        left, right = sheet.cell(row, a), sheet.cell(row, b)
        if not any(isinstance(c, openpyxl.cell.cell.MergedCell) for c in (left, right)) and not any(str(c.value).startswith("=") for c in (left, right)):
            left.value, right.value = right.value, left.value
        else:
            spoiled.anything = True


def add_a_sheet(rng, book, seed, spoiled):
    sheet = book.create_sheet("草稿" + str(rng.randint(1, 9)))
    for _ in range(rng.randint(0, 30)):
        sheet.cell(rng.randint(1, 20), rng.randint(1, 10)).value = rng.choice([v for v in JUNK if v != "=1+1"])


def scribble(rng, book, seed, spoiled):
    sheet = _sheet(rng, book)
    sheet.cell(rng.randint(1, sheet.max_row), sheet.max_column + rng.randint(2, 4)).value = rng.choice([3, 12.5, "核对", "？"])


GRID: tuple[Mutation, ...] = (
    blank_a_cell, type_junk, type_junk, hide_a_row, unmerge, shift, insert_a_blank_row, double_a_row, swap_two_columns, add_a_sheet, scribble,
)  # fmt: skip


# --- mutations of the bytes --------------------------------------------------------------------------------


def _flipped(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _cut(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] if rng.random() < 0.5 else data[:at] + data[at + rng.randint(1, 400) :]


def _part_spoiled(rng: random.Random, data: bytes) -> bytes:
    """One part of the package with its XML spoiled, the zip itself sound."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        victim = rng.choice(source.namelist())
        for name in source.namelist():
            content = source.read(name)
            if name == victim:
                content = rng.choice([_flipped, _cut, lambda r, d: b"", lambda r, d: d * 2])(rng, content) if content else content
            target.writestr(name, content)
    return out.getvalue()


def _as_text(rng: random.Random, data: bytes) -> tuple[bytes, str]:
    """The first sheet as CSV or HTML, in some encoding."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    rows = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    if rng.random() < 0.5:
        text = "\n".join(",".join('"' + v.replace('"', '""') + '"' for v in row) for row in rows)
        return text.encode(encoding), "csv"
    text = "<table>" + "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in rows) + "</table>"
    return text.encode(encoding), "xls"


def spoil(rng: random.Random, seed: Seed) -> Spoiled:
    """A seed after one to three mutations of its sheets, or one of its bytes."""
    kind = rng.random()
    if kind < 0.65:
        book = openpyxl.load_workbook(io.BytesIO(seed.data))
        spoiled = Spoiled(b"", seed.path)
        chosen = rng.choices(GRID, k=rng.randint(1, 3))
        for mutate in sorted(chosen, key=GRID.index):  # cells first, while they stand where the seed has them
            mutate(rng, book, seed, spoiled)
            spoiled.how.append(mutate.__name__)
        out = io.BytesIO()
        book.save(out)
        spoiled.data = out.getvalue()
        return spoiled
    if kind < 0.75:
        data, suffix = _as_text(rng, seed.data)
        return Spoiled(data, seed.path.replace(".xlsx", f".{suffix}"), [suffix])
    make = rng.choice([_flipped, _cut, _part_spoiled])
    return Spoiled(make(rng, seed.data), seed.path, [make.__name__], anything=make is _part_spoiled)


# --- what must hold ----------------------------------------------------------------------------------------


def complaints(seed: Seed, spoiled: Spoiled, catalogue: Catalogue) -> list[str]:
    """What is wrong with how a spoiled file was read; empty when all holds."""
    began = time.process_time()  # what else the machine does meanwhile is not the file's doing
    examined = _examine(spoiled.path, spoiled.data, catalogue)
    submission = examined.submission
    wrong = []
    if time.process_time() - began > SLOWEST:
        wrong.append("slow")
    if submission.refused and not any(i.action.startswith("refuse") and i.message.endswith("。") for i in submission.issues):
        wrong.append("refused without a sentence")
    if submission.cells_read != submission.cells_used + submission.cells_ignored + submission.cells_refused:
        wrong.append("cells do not add up")
    if any(fate == UNACCOUNTED for fates in examined.fates.values() for fate in fates.values()):
        wrong.append("a cell is unaccounted for")
    wrong += _secrets(seed, submission)
    if not submission.refused and not spoiled.anything:
        for r in submission.readings:
            key = _key(r)
            known = seed.figures.get(key)
            if _is_cell(r) and r.value is not None and not r.held and key not in spoiled.touched and r.value != known:
                wrong.append(f"{key[0]} {key[2]} {r.cell}: {r.value} was {known}")
    return wrong


def _secrets(seed: Seed, submission: Submission) -> list[str]:
    kept = repr((submission.readings, submission.entries, submission.issues))
    return ["something of a person was kept" for secret in seed.secrets if secret in kept][:1]


def run(catalogue: Catalogue, first: int, cases: Iterator[int] | range) -> list[str]:
    """Spoil and read; one line per case that does not hold."""
    known = seeds(catalogue)
    found = []
    for case in cases:
        rng = random.Random(first * 1_000_003 + case)
        seed = rng.choice(known)
        how = "?"
        try:
            spoiled = spoil(rng, seed)
            how = "+".join(spoiled.how)
            wrong = complaints(seed, spoiled, catalogue)
        except Exception as error:
            wrong = [f"{type(error).__name__} {error} at {traceback.extract_tb(error.__traceback__)[-1]}"]
        found += [f"case {first}:{case} {Path(seed.path).stem} {how}: {line}" for line in wrong[:3]]
    return found


def _until(deadline: float) -> Iterator[int]:
    case = 0
    while time.monotonic() < deadline:
        yield case
        case += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--case", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_demo_office(Path(folder))
        catalogue = load_catalogue(Path(folder) / "catalog")
        print(f"seed {options.seed}", flush=True)
        cases = [options.case] if options.case is not None else _until(time.monotonic() + 60 * options.minutes)
        tried = 0

        def counted() -> Iterator[int]:
            nonlocal tried
            for case in cases:
                tried += 1
                yield case

        found = run(catalogue, options.seed, counted())
        print("\n".join([*found, f"{tried} spoiled workbooks, {len(found)} complaints"]), flush=True)


if __name__ == "__main__":
    main()
