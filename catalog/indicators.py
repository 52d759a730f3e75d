"""An indicator as data: what is counted, in which unit, and how it aggregates over units and time."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import field

from catalog.declared import Declared

Kind = Literal["flow", "stock", "distinct", "ratio", "growth", "minimum", "first_date", "text"]
Display = Literal[
    "int", "yi2", "wan0", "wan1", "wan2", "yuan0", "wan_yu", "wan_duo", "yu10", "yu100",
    "yoy1", "pct1", "dec_trim", "floor_int", "date_part", "text",
]  # fmt: skip


class Condition(Declared, frozen=True, kw_only=True):
    """A row counts when the column's value fits; exactly one test is given."""

    column: str
    is_: str | None = field(default=None, name="is")
    is_not: str | None = None
    in_: tuple[str, ...] | None = field(default=None, name="in")
    starts: str | None = None
    contains: str | None = None
    filled: bool | None = None
    at_least: str | None = None
    at_most: str | None = None
    not_after_end: bool | None = None
    """A date that lies not after the period's end; an empty one does not fit."""

    @property
    def depends_on_period(self) -> bool:
        return self.not_after_end is not None


class From(Declared, tag_field="source", frozen=True, kw_only=True):
    """Where an indicator's figures come from."""

    @property
    def source(self) -> str:
        """The word in the declaration that says which."""
        return str(self.__struct_config__.tag)


class FromColumn(From, tag="column", frozen=True, kw_only=True):
    """Figures of a matrix column, summed over its rows (or the one in the 合计 row)."""

    form: str
    sheet: str
    measure: str
    cumulative: str = ""
    """Measure of the 累计 column: the check, and the fallback when a month is lost (forms/README §3.20)."""
    cumulative_counts: bool = False
    """Of several months the 累计 column is the figure, and their sum the fallback: the bureau revises what the months once said."""
    exempt_months: tuple[int, ...] = ()
    """1月免报: no figure for these months nor the one after, only for the two together."""


class FromLedger(From, tag="ledger", frozen=True, kw_only=True):
    """Rows of a ledger, counted, summed, made distinct or read as text."""

    form: str
    sheet: str
    count: Literal["rows", "distinct", "sum", "text", "first_date", "flag", "sentences"]
    of: str = ""
    """Path of the column counted, summed or read; of ``sentences`` what a department writes about its work (情况说明)."""
    where: tuple[Condition, ...] = ()
    date: str = ""
    """Path of the date that decides whether a row falls inside the period."""
    months: Literal["last", "each", "difference"] = "each"
    """``each``: the rows of every month's file together; ``last``: the file of the period's last month alone;
    ``difference``: last month's sum less that of the month before the period (a column that runs since January)."""
    exempt_months: tuple[int, ...] = ()
    blank: Literal["missing", "skip"] = "missing"
    """An empty cell under ``of``: a figure that was forgotten, or a row that is of another sort."""
    undated: Literal["not yet", "ask", "ask when later"] = "not yet"
    """A row that fits in all but its ``date``, which is blank: it has not happened yet, or the day was forgotten.

    ``ask when later``: only where the row has the day of a later step, in a column further right.
    """
    nought: str = ""
    """A list that goes on through the year, of which the month has no day: who must say that there was none before it is believed (M02).

    ``note``: a line of the sheet itself; else the measure of another sheet of the form that tells the month's number. Empty = nobody need.
    """
    grows: bool = False
    """What was done stays done: less than the month before said is asked about."""
    pick: Literal["all", "last"] = "all"
    """Text: every fitting row in order, or the one with the latest ``date``."""
    order_by: str = ""
    """Text: column to sort by; empty = row order."""
    pattern: str = ""
    """Text: regular expression whose first group is the text; ``{village}`` stands for the row's village name."""
    drop_suffix: str = ""
    """Text: ending removed, because the sentence carries it."""
    drop_from: Literal["each", "last"] = "each"
    flag: str = ""
    """Flag: 是 when the text says that this is so, 否 when it does not; a text that only nearly says it is refused."""


class FromRatio(From, tag="ratio", frozen=True, kw_only=True):
    """part / whole × 100, both for the same period; never a mean of rates (rules.md §2)."""

    part: str
    whole: str
    since_january: bool = False
    """The part runs from January to the period's end, whatever the period begins with (完成进度)."""


class FromGrowth(From, tag="growth", frozen=True, kw_only=True):
    """A rate of change: as reported by the bureau, or ``of`` against ``base`` (default: the same period of last year)."""

    of: str
    base: str = ""
    form: str = ""
    sheet: str = ""
    reported: str = ""
    """Measure of the reported rate; it wins over the computed one (rules.md §1.1)."""


class FromLastYearColumn(From, tag="last_year_column", frozen=True, kw_only=True):
    """This year's file says what last year was (re-based); periods that begin in January only."""

    form: str
    sheet: str
    measure: str


class FromParameter(From, tag="parameter", frozen=True, kw_only=True):
    """A key of town.yml."""

    key: str
    within_months: int = 0
    """A date that counts only from the period's last day to this many months after; 0 = any."""


class FromCalendar(From, tag="calendar", frozen=True, kw_only=True):
    """序时进度: months elapsed / 12 × 100."""


class FromPart(From, tag="part", frozen=True, kw_only=True):
    """Month or day of a date indicator."""

    of: str
    part: Literal["month", "day"]


class FromSince(From, tag="since", frozen=True, kw_only=True):
    """A matrix column from a date in town.yml on: whole months after it, ten-day rows in its own month."""

    form: str
    sheet: str
    measure: str
    since: str


Source = (
    FromColumn | FromLedger | FromRatio | FromGrowth | FromLastYearColumn | FromParameter | FromCalendar | FromPart
    | FromSince
)  # fmt: skip


class Agreement(Declared, frozen=True, kw_only=True):
    """Another form's indicator that must tell the same."""

    indicator: str
    within_pct: Decimal = Decimal(0)
    at_most: bool = False
    """A part of the other: it may be less, never more."""


class Indicator(Declared, frozen=True, kw_only=True):
    """One indicator of the catalogue."""

    id: str
    title: str
    section: str = ""
    """Paragraph of the report, e.g. ``一.6``; empty = supporting."""
    kind: Kind
    unit: str = "—"
    display: Display = "int"
    department: str = ""
    role: str = "printed"
    personal: Literal["none", "person", "household", "sensitive"] = "none"
    from_: Source = field(name="from")
    target: str = ""
    """Measure (of the same form) that holds the year's target."""
    growth: str = ""
    """Measure that holds the rate the bureau fed back; it wins over every computed one (rules.md §1.1)."""
    growth_base: str = ""
    """Measure that holds last year's figure as this year's file gives it (可比口径)."""
    method: str = ""
    agrees_with: Agreement | None = None

    @property
    def form(self) -> str:
        return getattr(self.from_, "form", "")

    @property
    def prose(self) -> bool:
        """What a department says in its own words: quoted in the report, owed by nobody, in no table of figures."""
        return getattr(self.from_, "count", "") == "sentences"

    @property
    def ending(self) -> str:
        """What the last of its names leaves to the sentence, e.g. 有限公司; a figure whose last name ends otherwise says so in its reason."""
        source = self.from_
        return source.drop_suffix if isinstance(source, FromLedger) and source.drop_from == "last" else ""

    @property
    def textual(self) -> bool:
        return self.kind == "text" or self.kind == "first_date"

    def __post_init__(self) -> None:
        source = self.from_
        if isinstance(source, FromLedger) and source.count in ("text", "first_date", "flag", "sentences") and not self.textual:
            raise ValueError(f"{self.id}: a {source.count} is not a {self.kind}")
