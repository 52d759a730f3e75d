"""The rows under a heading: data, totals, sub-items, notes and footers told apart (forms.md M16–M18, M21)."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import overload

from catalog import packed
from catalog.grids import CellValue, Grid, Position, Range
from catalog.units import fold, visible
from flows.intake.column_units import Mapped
from flows.intake.feet import NOTE, SIGNERS, signed, squeezed
from flows.intake.heading_words import is_remark
from flows.intake.headings import Layout
from flows.intake.values import ZERO_WORDS, folded

_TOTAL = frozenset([
    "合计", "总计", "共计", "全镇合计", "本镇合计", "镇合计", "累计合计", "合計", "總計", "共計", "合计数", "总计数", "汇总", "计", "Total", "TOTAL",
])  # fmt: skip
_PLACES = frozenset(["全镇", "本镇"])
"""Beside a date they are where something was; only where a row begins with one is it the row's name."""
_SUBTOTAL = ("小计", "合计", "总计", "共计", "小計", "合計", "總計", "小结", "小結")
_ALSO_TOTAL = re.compile(r"(?:[本当全][月期次表]|[总各以上]+|全部|(?:各|全部|\d{1,3}个?)(?:行政)?村(?:[(]?[、和及]?(?:社区|居委会)[)]?)?)(?:[合共总]计)|小计")
"""本月合计, 17个村合计, 小计: the total where no record comes after it, or before it."""
_SPANS = frozenset([
    *(a + b for a in "本当" for b in "日周旬月"), "全月", "上旬", "中旬", "下旬", *(f"第{n}周" for n in "一二三四五12345"),
])  # fmt: skip
"""What stands in a ledger where a record has its place: the sum of these days."""
_SUMMED = re.compile(r"(?:.{0,4}(?:[合总共小]计|小[结結]|[合總共小]計)|其中:.{0,8}|\d+户[/、,;]?\d+人)(?::|\([^()]*\))?")
"""小计, 其中：夜间, 12户/35人."""
_CARRIED = frozenset(["承前页", "承上页", "接上页", "接前页", "过次页", "转下页", "转次页", "上页结转", "结转下页", "上页累计", "前页累计"])
_RUNNING = re.compile(r"(?:本年|今年|年|全年|年初至今|1[-—–~至]\d{1,2}月)?累计(?:数|金额|发放)?")
"""本年累计 below the records of a ledger, or among them."""
_AFTERTHOUGHT = re.compile(r"[:：]$|[(（][^()（）]*[)）]$")
"""合计：, 合计(3人)."""
_PER_CENT = re.compile(r"[(（]?[%％±+-]+[)）]?$")
_NO_MORE = re.compile(r"\W*(?:此页)?以下(?:空白|无正文|无数据)\W*")
_COMPARED = re.compile(
    r"(?:上年|去年|上月)(?:同期|同月)?(?:完成)?数?|(?:[与较比](?:上年|去年|上月|年初|同期)|上年|去年)?(?:同期)?(?:相比|对比)?(?:增减|增长|升降|增幅)(?:数|额|量|率|幅度|情况)?"
    r"|[同环]比(?:增减|增长|升降)?(?:数|额|量|率|幅度)?|(?:全年|年度|本年)?(?:计划|任务|目标)(?:任务|目标)?数?|完成(?:全年)?(?:计划|任务)?(?:率|进度|比例)|(?:本年|今年|1[-—–~至]\d{1,2}月)?累计(?:完成)?数?"
)
"""上年同期, 比上月增减, 全年计划: what a total is held against stands below it and adds nothing."""
_NOTHING_TO_LIST = ZERO_WORDS | {"未发放", "本月未发放", "本月没有", "本月未新增", "本月无新增"}
"""In a cell of a record some of these would say something else: 未发放 is no month in which it was paid."""
_NONE_THIS_MONTH = re.compile(r"本月份?(?:无|没有|未)(?!.*(?:变|调整|补|完|统计|报|反馈))[\u4e00-\u9fff]{0,8}")
"""本月无发放对象, 本月没有执法检查; 本月无变动 speaks of persons who are there."""
_HEAD = re.compile(r"20\d{2}年\d{1,2}月|^填报|单位:")
"""Title and unit line of a page, where the table goes on below."""


class Kind(StrEnum):
    DATA = "data"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    PART = "part"
    DECLARED_NONE = "declared_none"
    NOTE = "note"
    FOOTER = "footer"
    AFTER = "after"
    COMPARED = "compared"
    """Below the total: last year's, the plan, the rise."""
    HEADING = "heading"
    SECTION = "section"
    NUMBERED = "numbered"
    """A line with its number and nothing else, as empty forms have them."""
    MORE = "more"
    """A further row of a village whose figures stand in the row beside it."""


_DATA = Kind.DATA


@dataclass(slots=True)
class Row:
    """One row of the body: where it is, what it is, and what it is called. Never changed; a frozen one takes three times as long to make."""

    index: int
    kind: Kind
    label: str = ""


class Rows(Sequence[Row]):
    """Very many rows, most of them nothing but records: of these the number alone is kept."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._numbers = array("i")
        self._others: dict[int, Row] = {}
        for row in rows:
            self.append(row)

    def append(self, row: Row) -> None:
        if row.kind is not _DATA or row.label:
            self._others[len(self._numbers)] = row
        self._numbers.append(row.index)

    def of(self, kinds: Collection[Kind]) -> Iterator[Row]:
        """Those of some kinds, from above."""
        return (row for row in (self if _DATA in kinds else self._others.values()) if row.kind in kinds)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        places = range(len(self._numbers))[at]
        if isinstance(places, range):
            return Rows(self[n] for n in places)
        return self._others.get(places) or Row(self._numbers[places], _DATA)

    def __iter__(self) -> Iterator[Row]:
        others = self._others
        for at, number in enumerate(self._numbers):
            yield others.get(at) or Row(number, _DATA)


@dataclass(slots=True)
class Body:
    """The rows of one table, and the vertical merges that fill their own range."""

    rows: Sequence[Row]
    fill: dict[Position, Position] = field(default_factory=dict)
    telling: frozenset[int] = frozenset()
    """Rows in which some word may make of a row something else than a record; in the others nothing says so."""

    def of(self, *kinds: Kind) -> Sequence[Row]:
        """The rows of these kinds, from above."""
        return Rows(self.rows.of(kinds)) if isinstance(self.rows, Rows) else [row for row in self.rows if row.kind in kinds]

    def numbers(self, kind: Kind) -> Sequence[int]:
        """Where the rows of a kind are, from above."""
        if isinstance(self.rows, Rows):
            return array("i", (row.index for row in self.rows.of((kind,))))
        return [row.index for row in self.rows if row.kind is kind]


def read_body(grid: Grid, layout: Layout, label_index: int | None, second_index: int | None, town: str = "", serial_index: int | None = None) -> Body:
    """Classify every non-empty row below the heading.

    ``label_index`` is the column that names a row (village, 指标名称, 景点; for a ledger its second column).
    After a total at the foot nothing counts as data any more, unless the heading stands again below it.
    """
    fill = _vertical_fill(grid.merged, layout)
    totals = _TOTAL | {f"{town}镇合计", f"{town}合计"}
    places = _PLACES | {f"{town}镇", f"{town}街道", f"{town}乡"} if town else _PLACES
    rows: list[Row] | Rows = Rows() if len(grid.rows) >= packed.MANY else []
    before = tuple(range(layout.left, layout.left + 3 if label_index is None else label_index))
    remarks = frozenset([*(m.index for m in layout.columns.values() if is_remark(m.column.parts[-1])), *(i for i, words in layout.unmapped.items() if is_remark(words))])
    teller = _Teller(grid, layout, fill, totals, places, label_index, second_index, serial_index, {a.top for a in grid.merged if a.right - a.left >= 2}, before, remarks)
    last_heading = max(layout.repeats, default=-1)
    telling: set[int] = set()
    enough_words = 0 if second_index is None else _PLAINLY + (serial_index not in (None, 0))
    has_data = ended = False
    previous: Kind | None = None
    right, plain_from = layout.right + 1, max(last_heading, layout.bottom + _NUMBERED_WITHIN)
    named_above = {row for row, column in fill if column == label_index or (column in before and teller.at(row, column).startswith("其中"))}
    for start in range(layout.bottom + 1, len(grid.rows), _AT_ONCE):
        part = grid.rows[start : start + _AT_ONCE]
        loud, blanks = _loud_and_blank(part, _telling(town))
        if loud:
            telling.update(r for r, cells in enumerate(part, start) if not loud.isdisjoint(cells))
        for r, cells in enumerate(part, start):
            if r > plain_from and r not in telling and not ended and r not in named_above and _says_enough(cells, right, blanks, enough_words):
                rows.append(Row(r, _DATA, squeezed(cells[label_index]) if label_index is not None else ""))
                has_data = True
                previous = _DATA
                continue
            texts = [text for value in cells if type(value) is str and (text := fold(value))]
            row = teller.tell(r, texts, ended=ended, continued=r < last_heading, after_note=previous is Kind.NOTE)
            if row is None:
                continue
            rows.append(row)
            previous = row.kind
            if row.kind in (Kind.DATA, Kind.DECLARED_NONE):
                has_data = True
            elif row.kind is Kind.FOOTER:
                ended = r > last_heading
            elif row.kind is Kind.TOTAL:
                ended = has_data
    return Body(_with_totals(rows, teller.sums), fill, frozenset(telling))


def summed(text: str) -> bool:
    """Whether a whole cell says no more than that its row sums others up: 小计, 第一组小结, 其中：夜间. ``text`` is squeezed.

    Every such word is one that :func:`_telling` knows.
    """
    return _SUMMED.fullmatch(text) is not None


def worded(columns: Mapping[str, Mapped]) -> list[int]:
    """Columns of words that name something; what a remark says makes no sum of a record."""
    return [m.index for m in columns.values() if not m.column.numeric and not m.column.parts[-1].startswith(("备注", "说明"))]


_CODE = re.compile(r"[0-9A-Za-z-]{6,}")


def says_who(columns: Mapping[str, Mapped], cells: Sequence[CellValue]) -> bool:
    """A row of a ledger with a day, a person or a firm's or project's code of its own, as no sum has."""
    return any(
        cells[m.index] is not None and (m.column.type in ("date", "identity") or _CODE.fullmatch(squeezed(cells[m.index])) is not None)
        for m in columns.values() if m.column.type in ("date", "identity") or m.column.path.endswith("代码")
    )  # fmt: skip


def _with_totals(rows: Sequence[Row], sums: Mapping[int, str]) -> Sequence[Row]:
    """``sums``: row → its word, of rows that may be subtotals. Outside the records those that can only be the total are it."""
    if not sums:
        return rows
    data = [row.index for row in rows if row.kind in (Kind.DATA, Kind.DECLARED_NONE)]
    outside = [row.index for row in rows if row.index in sums and row.kind is Kind.SUBTOTAL and data and not data[0] < row.index < data[-1]]
    alone = sum(row.kind in (Kind.TOTAL, Kind.SUBTOTAL) for row in rows) == 1 and len(data) > 1
    totals = {r for r in outside if alone or (_ALSO_TOTAL.fullmatch(sums[r]) and sums[r] != "小计")}
    return [Row(row.index, Kind.TOTAL, row.label) if row.index in totals else row for row in rows] if totals else rows


_PLAINLY = 3
"""A row with so many cells, none of them a telling word, is a record."""
_NUMBERED_WITHIN = 2
"""So many rows below the heading may hold the numbers of the columns."""


_AT_ONCE = 16_384
"""Rows whose words are looked at together, each different one once."""


def _loud_and_blank(rows: Sequence[Sequence[CellValue]], telling: re.Pattern[str]) -> tuple[set[CellValue], set[CellValue]]:
    """The texts of these rows that may tell something of their row, and those that are nothing but white space."""
    texts = [value for value in set(chain.from_iterable(rows)) if type(value) is str]
    plain, wide = list[str](), list[str]()
    for text in texts:
        (plain if text.isascii() else wide).append(text)
    loud, blank = set[CellValue](), set[CellValue]()
    for some, joined in ((plain, "\0".join(plain)), (wide, visible(unicodedata.normalize("NFKC", "\0".join(wide))))):
        joined = "".join(joined.split())
        if joined.count("\0") >= len(some) > 0:  # one of them holds what they were joined with
            joined = "\0".join(fold(text).replace("\0", "") for text in some)
        at, read = 0, 0
        for match in telling.finditer(joined):
            at += joined.count("\0", read, match.start())
            read = match.start()
            loud.add(some[at])
        if "\0\0" in f"\0{joined}\0":
            blank.update(text for text in some if not fold(text))
    return loud, blank


def _says_enough(cells: Sequence[CellValue], right: int, blanks: Collection[CellValue], words: int) -> bool:
    """So many cells of the table are filled, and so many of the row with words, that it is a record unless something tells otherwise."""
    filled = said = 0
    for value in cells if len(cells) <= right else cells[:right]:
        if value is not None and not (blanks and value in blanks):
            filled += 1
            said += type(value) is str
            if filled >= _PLAINLY and said >= words:
                return True
    return filled >= _PLAINLY and said + sum(type(value) is str and value not in blanks for value in cells[right:]) >= words


@lru_cache(maxsize=8)
def _telling(town: str) -> re.Pattern[str]:
    """What may make a row something else than a record; a row without any of it is not looked at closely.

    Every alternative begins with a letter, so that a search skips what begins with none of them.
    """
    words = ["计", "計", "小结", "小結", *_SPANS, "汇总", *(f"{t}[Oo][Tt][Aa][Ll]" for t in "Tt"), "全镇", "本镇", "其中", *(f"{p}页" for p in "前上次下"), "分管领导", "单位负责人", ":", r"户[/、,;]?\d"]
    words += [f"{signer}人" for signer in SIGNERS]
    if town:
        words += [re.escape(town) + rest for rest in ("镇", "乡", "街道", "合计")]
    return re.compile("|".join(words))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells one row from another, closely; what :func:`read_body` knows of the table."""

    grid: Grid
    layout: Layout
    fill: dict[Position, Position]
    totals: frozenset[str]
    places: frozenset[str]
    label_index: int | None
    second_index: int | None
    serial_index: int | None
    wide: set[int]
    """Rows with a cell merged across."""
    before: tuple[int, ...]
    """Columns before the one that names a row; of a ledger its first ones."""
    remarks: frozenset[int] = frozenset()
    """Columns of remarks."""
    sums: dict[int, str] = field(default_factory=dict)
    """Row → its word, where that may be the total's too."""

    def at(self, row: int, column: int) -> str:
        return squeezed(self.grid.at(*self.fill.get((row, column), (row, column))))

    def _runs_on(self, cells: Sequence[CellValue], lead: Sequence[str]) -> bool:
        """A row of a ledger that is called 本年累计 and has no day or person of its own."""
        return any(_RUNNING.fullmatch(text) for text in lead) and not says_who(self.layout.columns, cells)

    def _sums_up(self, row: int, cells: Sequence[CellValue], lead: Sequence[str]) -> bool:
        """A row of a ledger called 本周 where a record has its place; or called 小计 in any other column, without a day or a person.

        上旬 for the day of a record that says more in words is a day nobody knows, and the record is none the less one.
        """
        columns = self.layout.columns.values()
        if any(text in _SPANS for text in lead):
            days = [m.index for m in columns if m.column.type == "date" and squeezed(cells[m.index]) in _SPANS]
            return not days or not any(isinstance(cells[c], str) and squeezed(cells[c]) not in _SPANS for c in worded(self.layout.columns) if c not in days)
        if says_who(self.layout.columns, cells):
            return False
        return any(summed(squeezed(cells[c])) for c in worded(self.layout.columns))

    def tell(self, r: int, texts: Sequence[str], *, ended: bool, continued: bool, after_note: bool) -> Row | None:
        """What row ``r`` is; None when it is blank. ``texts``: its folded texts that are not blank."""
        layout, fill, label_index = self.layout, self.fill, self.label_index
        cells = self.grid.rows[r]
        inside = [(c, v) for c, v in enumerate(cells) if v is not None and not (isinstance(v, str) and not v.strip())]
        if not inside:
            return None
        merged_down = any((r, c) in fill for c in range(layout.right + 1))
        if len(inside) == 1 and inside[0][0] == self.serial_index and not merged_down and _SERIAL.fullmatch(str(inside[0][1]).strip()):
            return Row(r, Kind.NUMBERED)
        first = texts[0] if texts else ""
        if r in layout.repeats or (continued and _HEAD.search("".join(texts)) and len(inside) <= 4):
            return Row(r, Kind.HEADING)
        if r <= layout.bottom + _NUMBERED_WITHIN and _numbers_columns(inside):
            return Row(r, Kind.HEADING)
        if texts and signed(texts, len(inside)):
            return Row(r, Kind.FOOTER)
        if (NOTE.match(first) and len(inside) <= 2) or (len(texts) == len(inside) == 1 and _NO_MORE.fullmatch(first)) or (len(inside) == 1 and texts and after_note):
            return Row(r, Kind.NOTE)
        lead = [_AFTERTHOUGHT.sub("", squeezed(v)) for v in cells[layout.left : layout.left + 3]]
        label = _label(self.grid, fill, r, label_index)
        if len(texts) <= 2 and not label:  # a sum's name may stand under any heading, where the row says nothing else
            lead += [_AFTERTHOUGHT.sub("", text) for text in texts]
        if any(text in self.totals for text in lead) or label in self.totals | self.places or squeezed(inside[0][1]) in self.places:
            return Row(r, Kind.SUBTOTAL if continued else Kind.TOTAL, label)
        if word := next((text for text in (*lead, label) if text.endswith(_SUBTOTAL)), ""):
            if not continued and (not word.endswith(("小计", "小計", "小结", "小結")) or _ALSO_TOTAL.fullmatch(word)):
                self.sums[r] = word
            return Row(r, Kind.SUBTOTAL, label)
        if any(text in _CARRIED for text in lead) or (label_index is None and (self._runs_on(cells, lead) or self._sums_up(r, cells, lead))):
            return Row(r, Kind.SUBTOTAL, label)
        if ended and any(_COMPARED.fullmatch(_PER_CENT.sub("", text)) for text in (*lead, label)):
            return Row(r, Kind.COMPARED, label)
        if ended or all(c > layout.right for c, _ in inside):
            return Row(r, Kind.AFTER)
        if label.startswith("其中") or any(self.at(r, c).startswith("其中") for c in self.before):
            return Row(r, Kind.PART, label)
        if self.second_index is not None and _only_none(inside, self.second_index, self.serial_index, self.remarks):
            return Row(r, Kind.DECLARED_NONE)
        if _is_section(inside, label_index, r in self.wide) and not merged_down:
            return Row(r, Kind.SECTION)
        return Row(r, Kind.DATA, label)


def _is_section(inside: Sequence[tuple[int, CellValue]], label_index: int | None, wide: bool) -> bool:
    """A heading inside the data (``第二批次（74户）``): one text alone in its row; where rows have names, merged across."""
    return len(inside) == 1 and isinstance(inside[0][1], str) and (wide or label_index is None)


_SERIAL = re.compile(r"[(（]?\d+[)）.、]?|[一二三四五六七八九十]+")
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2})\)?")
_COLUMN_LETTERS = re.compile(r"[甲乙丙丁戊己庚辛A-Z]|栏次|栏号|序号|[-—–/]*")


def _numbers_columns(inside: Sequence[tuple[int, CellValue]]) -> bool:
    """``甲 乙 1 2 3 …`` below the heading: the numbers of the columns, no figures."""
    words = [fold(shown) for _, v in inside if (shown := str(v))]
    numbers = [int(match[1]) for word in words if (match := _COLUMN_NUMBER.fullmatch(word))]
    rest = [word for word in words if not _COLUMN_NUMBER.fullmatch(word)]
    return len(numbers) >= 3 and numbers[0] <= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and all(_COLUMN_LETTERS.fullmatch(w) for w in rest)


def _label(grid: Grid, fill: dict[Position, Position], row: int, index: int | None) -> str:
    if index is None:
        return ""
    return squeezed(grid.at(*fill.get((row, index), (row, index))))


def _only_none(inside: Sequence[tuple[int, CellValue]], second_index: int, serial_index: int | None, remarks: frozenset[int]) -> bool:
    """A ledger with nothing to list carries one row with 无 in its second column (forms/README §1), or where its number stands; others may say it again, a remark in words."""

    def silent(column: int, value: CellValue) -> bool:
        return value == 0 or (isinstance(value, str) and (folded(value) in ZERO_WORDS or (column in remarks and not re.search(r"\d", folded(value)))))

    rest = [(c, v) for c, v in inside if c not in (second_index, serial_index, 0) and not silent(c, v)]
    here = [v for c, v in inside if c == second_index] or [v for c, v in inside if c in (serial_index, 0)]
    return not rest and len(here) == 1 and isinstance(here[0], str) and ((said := folded(here[0])) in _NOTHING_TO_LIST or _NONE_THIS_MONTH.fullmatch(said) is not None)


def _vertical_fill(merged: tuple[Range, ...], layout: Layout) -> dict[Position, Position]:
    """A merged cell fills the inside of its range and never beyond it (M18)."""
    result: dict[Position, Position] = {}
    for area in merged:
        if area.top > layout.bottom and area.left == area.right and area.bottom > area.top:
            for row in range(area.top + 1, area.bottom + 1):
                result[row, area.left] = (area.top, area.left)
    return result
