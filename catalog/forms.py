"""A department form as data: where it comes from, how it is recognised, what each column feeds, when it is due."""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from typing import Literal

from msgspec import field

from catalog.declared import Declared
from catalog.periods import Month

ColumnType = Literal["serial", "text", "village", "integer", "decimal", "amount", "percent", "date", "month", "identity"]
Role = Literal["flow_month", "flow_ytd", "stock", "plan", "target", "last_year", "ratio"]
SEPARATOR = " > "


class Column(Declared, frozen=True, kw_only=True, dict=True):
    """One column of an official form."""

    path: str
    """Heading path from the top row down: ``农村低保 > 发放金额 > 本月``."""
    type: ColumnType = "text"
    id: str = ""
    """Measure under which the column's figures are kept; none for columns that only serve the rows."""
    role: Role | None = None
    unit: str = ""
    """Unit of the column where neither heading nor unit line says otherwise."""
    total: bool = False
    """Summed in the 合计 row, so the total is a check."""
    this_month: bool = False
    """A record says here of which month it is: one that names another month than the form's, or several, is refused."""
    only_in_total: bool = False
    """The figure is one for the town and stands in the 合计 row alone."""
    drop: bool = False
    """Personal data or free text: never leaves the reader (privacy.md §4)."""
    also: tuple[str, ...] = ()
    """Other words for the last part of the path."""
    negative: bool = False
    """A minus is honest here (returns, deductions, growth)."""
    usual: tuple[str, ...] = ()
    """Least and greatest that the middle record of a ledger comes to, in the stored unit; beyond them the figures are in another unit.

    In a table of villages, what each figure lies between; a flow may be 0.
    """
    grows: bool = False
    """Of a stock that is counted since January: a town that has less than the month before is asked about."""
    values: tuple[str, ...] = ()
    """The only words allowed; another word is refused, because a row it hides would silently not be counted."""
    same: tuple[str, ...] = ()
    """``OTHER=WORD``: other words for one that is allowed, which mean nothing else."""
    optional: bool = False
    """The sheet is still good without it."""
    required: bool = False
    """Every record of a ledger says it; a row that leaves it blank is refused, for it would silently not be counted."""
    required_with: str = ""
    """Path of another column: a record that says something there, and not 0, says this too, or it is refused.

    ``PATH=WORD、WORD``: only one that says one of these words there.
    """
    not_with: str = ""
    """``PATH=WORD、WORD``: a day that has come is not beside one of these words; where it is, it is refused."""
    planned: bool = False
    """A day that is still to come is honest here; in every other column of days a record tells what has happened."""
    single: bool = False
    """A record speaks of one only; one that lists several is not counted as one, and where the sheet wants it ``unique``, none stands twice."""

    one_person: bool = False
    """Who a record is about; one that names several, or says how many they are, is not counted as one person. A blank is asked about elsewhere."""

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split(SEPARATOR))

    @cached_property
    def numeric(self) -> bool:
        return self.type in ("integer", "decimal", "amount", "percent")


class RowMeasure(Declared, frozen=True, kw_only=True):
    """What the row with this label feeds, in a sheet whose rows are indicators."""

    label: str
    also: tuple[str, ...] = ()
    measures: dict[Role, str] = field(default_factory=dict)
    """role of the column → measure."""
    exempt_months: tuple[int, ...] = ()
    """Months without a report by law (1月免报); the month after holds both together."""
    part_of: str = ""
    """Label of the row this one is a part of (``#``): never more than the whole."""


class WordsWith(Declared, frozen=True, kw_only=True):
    """Which words a column may hold in records of one kind: another one would silently hide the record."""

    column: str
    by: str
    """The column that says the kind; kinds that ``words`` does not name may hold any."""
    words: dict[str, tuple[str, ...]]


class Sheet(Declared, frozen=True, kw_only=True, dict=True):
    """One sheet of a form."""

    name: str
    title: str = ""
    """Title without town and month; empty = the form's title."""
    shape: Literal["matrix", "ledger"]
    mode: Literal["month", "snapshot"] = "month"
    """Ledgers: the rows of the month only, or everything known at the month's end."""
    rows: Literal["village", "entity", "indicator"] = "village"
    """Matrix: what a row stands for."""
    label: str = ""
    """Path of the column that names the row (entity and indicator rows)."""
    within: tuple[str, ...] = ()
    """Columns before the label that belong to a row's name, where the label alone stands more than once."""
    unit_column: str = ""
    """Path of the column that says each row's unit."""
    unit_line: str = ""
    progress: str = ""
    """Path of the column that says how much of the row's target is done, in percent."""
    columns: tuple[Column, ...]
    row_measures: tuple[RowMeasure, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    """Columns that may stand together in one cell as ``12户/35人`` (forms.md M25)."""
    not_above: tuple[tuple[str, str], ...] = ()
    """(smaller, larger) measures: 户数 ≤ 人数; in a ledger, paths of columns: 本月 ≤ 累计."""
    needs: tuple[tuple[str, str], ...] = ()
    """(measure, the one it cannot be without): who died, and the accidents; a figure beside a 0 is held, and the 0 too."""
    adds_up: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(measure of a whole, measures of all its parts): 总数 = 一级 + 二级 + 三级 + 四级; in a ledger, paths of columns."""
    changes_by: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(measure of a stock, measures of what came and went): two months of the stock tell what came, so small counts hide the stock too."""
    in_order: tuple[tuple[str, str], ...] = ()
    """Ledger: (day, later day) of one record; a later day that lies before is asked about."""
    returned: tuple[tuple[str, str], ...] = ()
    """Ledger: (amount, count): an amount below 0 is money that came back, and counts nobody."""
    words_with: tuple[WordsWith, ...] = ()
    unique: str = ""
    """Path of the column whose contents stand once: one row, one person (forms.md M39)."""
    named: str = ""
    """Path of the column that names what ``unique`` numbers: two numbers of one name are asked about."""
    note: str = ""

    @cached_property
    def by_path(self) -> dict[str, Column]:
        return {column.path: column for column in self.columns}

    def column(self, path: str) -> Column:
        return self.by_path[path]

    def __post_init__(self) -> None:
        paths = [column.path for column in self.columns]
        if len(set(paths)) != len(paths):
            raise ValueError(f"sheet {self.name}: a heading path stands twice")
        named = [path for path in (self.label, self.unit_column, self.progress, self.unique, self.named, *self.within) if path]
        named += [path for rule in self.words_with for path in (rule.column, rule.by)]
        for path in named + [p for pair in (*self.pairs, *self.in_order, *self.returned) for p in pair] + [rule.partition("=")[0] for c in self.columns for rule in (c.required_with, c.not_with) if rule]:
            if path not in paths:
                raise ValueError(f"sheet {self.name}: no column {path!r}")
        for measure in (m for stock, flows in self.changes_by for m in (stock, *flows)):
            if measure not in {column.id for column in self.columns}:
                raise ValueError(f"sheet {self.name}: no measure {measure!r}")


class Due(Declared, frozen=True, kw_only=True):
    """Deadline of a month's file: day of the month itself (``after: 0``) or of a later one."""

    day: int | Literal["last"]
    after: int = 1


@lru_cache(maxsize=4096)
def _due_date(due: Due, month: Month) -> date:
    at = month.shift(due.after)
    last = at.last_day
    return last if due.day == "last" else last.replace(day=min(due.day, last.day))


class Form(Declared, frozen=True, kw_only=True):
    """A department form, declared in one YAML file."""

    id: str
    title: str
    department: str
    due: Due
    not_due_in: tuple[int, ...] = ()
    """Months (1–12) for which no file is owed."""
    sheets: tuple[Sheet, ...]
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """heading part → other words for it, anywhere in this form."""
    titles: tuple[str, ...] = ()
    """Other titles the form is known by."""

    def title_of(self, sheet: Sheet) -> str:
        return sheet.title or self.title

    def is_due_for(self, month: Month) -> bool:
        return month.month not in self.not_due_in

    def due_date(self, month: Month) -> date:
        """The last day on which the month's file is in time (forms/README §4)."""
        return _due_date(self.due, month)

    def sheet(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)
