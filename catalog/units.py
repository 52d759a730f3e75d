"""Reporting units: the villages of one town, with codes, aliases, and the dates between which they exist."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from catalog.said import Said

_FIELDS = ("code", "name", "kind", "households", "population", "aliases", "valid_from", "valid_to", "merged_into")

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """NFKC without any white space or mark of no width: the form in which names and headings are compared (forms.md M41)."""
    return fold_anew(text)


def fold_anew(text: str) -> str:
    """:func:`fold` for what will hardly come twice."""
    return "".join((text if text.isascii() else visible(unicodedata.normalize("NFKC", text))).split())


def visible(text: str) -> str:
    """Without the marks that have no width and that copying from pages and chats leaves behind."""
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """A village, a community, or another unit that may stand in a row of its own."""

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    merged_into: str = ""
    households: int | None = None
    population: int | None = None

    @property
    def is_village(self) -> bool:
        return self.kind != "non_village"

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class BadUnits(Said, ValueError):
    """villages.csv cannot be used; the message says which line and what to write."""


_NUMBERED = re.compile(r"\(?\d{1,2}[.、)]+(?=[\u4e00-\u9fff])")
_COMMITTEES = ((re.compile(r"(.+?)村?村民?委员?会"), "村"), (re.compile(r"(.+?)(?:社区)?居民?委员?会"), "社区"))
"""What a village's office is called → the end of the village's own name."""


class Units:
    """The office's villages. Look-ups are by exact name or alias, never by likeness; ``town``: without 镇.

    A name may have its line's number or its town before it, and may be that of its committee: 禾麓镇岚峰村村民委员会.
    """

    def __init__(self, units: Iterable[OrgUnit], town: str = "") -> None:
        self._in_town = re.compile(rf"[\u4e00-\u9fff]{{0,9}}?{re.escape(fold(town))}(?:镇|乡|街道)(?=.)") if town else None
        self.all = tuple(sorted(units, key=lambda u: u.code))
        self.by_code = {unit.code: unit for unit in self.all}
        self._by_name: dict[str, list[OrgUnit]] = {}
        for unit in self.all:
            for name in dict.fromkeys((unit.name, *unit.aliases)):
                self._by_name.setdefault(fold(name), []).append(unit)

    def expected_on(self, day: date) -> tuple[OrgUnit, ...]:
        """The villages that must report on this day, in the order of their codes."""
        return tuple(unit for unit in self.all if unit.is_village and unit.exists_on(day))

    def find(self, name: str, day: date) -> OrgUnit | None:
        """The unit with exactly this name or alias that exists on the day; None when unknown or ambiguous."""
        found = [unit for unit in self._by_name.get(self._short(name), ()) if unit.exists_on(day)]
        return found[0] if len(found) == 1 else None

    def successor(self, name: str, day: date) -> OrgUnit | None:
        """The unit of this day into which the one of this name has been merged."""
        into = {unit.merged_into for unit in self._by_name.get(self._short(name), ()) if unit.valid_to is not None and unit.valid_to < day}
        return next((unit for unit in self.all if into == {unit.code} and unit.exists_on(day)), None)

    def knows(self, name: str) -> bool:
        """Whether any unit was ever called this: such a name is no slip of another one."""
        return self._short(name) in self._by_name

    def _short(self, name: str) -> str:
        """The name or alias that a name in full holds; as it stands where it holds none."""
        folded = fold(name)
        if folded in self._by_name:
            return folded
        short = self._without_town(_NUMBERED.sub("", folded, count=1))
        ends = [match[1] + end for committee, end in _COMMITTEES if (match := committee.fullmatch(short))]
        return next((one for one in (short, *ends) if one in self._by_name), folded)

    def _without_town(self, folded: str) -> str:
        match = self._in_town.match(folded) if self._in_town else None
        return folded[match.end() :] if match else folded

    def starting_with(self, text: str) -> OrgUnit | None:
        """The unit whose official name begins this text (``桐冲村油铺屋场`` → 桐冲村), the longest name winning."""
        folded = self._without_town(fold(text))
        fitting = [unit for unit in self.all if folded.startswith(fold(unit.name))]
        return max(fitting, key=lambda u: len(u.name), default=None)


def read_units(text: str, town: str = "") -> Units:
    """villages.csv (CONTRACT §1): UTF-8, header line, aliases joined by ``;``, dates as 2019-12-01. ``town``: its name without 镇."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = set(_FIELDS[:3]) - set(reader.fieldnames or ())
    if missing:
        raise BadUnits(f"villages.csv: column {', '.join(sorted(missing))} is missing; write {','.join(_FIELDS)}")
    units, seen = [], set()
    for row in reader:
        line = f"villages.csv line {reader.line_num}"
        code, name = (row["code"] or "").strip(), (row["name"] or "").strip()
        if not code.isdigit() or not name:
            raise BadUnits(f"{line}: write a numeric code and a name")
        if code in seen:
            raise BadUnits(f"{line}: code {code} stands twice")
        seen.add(code)
        units.append(
            OrgUnit(
                code=code,
                name=name,
                kind=(row["kind"] or "").strip() or "村委会",
                aliases=tuple(a.strip() for a in (row.get("aliases") or "").split(";") if a.strip()),
                valid_from=_day(row.get("valid_from"), line),
                valid_to=_day(row.get("valid_to"), line),
                merged_into=(row.get("merged_into") or "").strip(),
                households=_count(row.get("households"), line),
                population=_count(row.get("population"), line),
            )
        )
    if not units:
        raise BadUnits("villages.csv: no village; write one line for each")
    _check_merged({unit.code: unit for unit in units})
    return Units(units, town)


def _check_merged(by_code: Mapping[str, OrgUnit]) -> None:
    """Every way from a merged village ends at one of the list: its history counts there, and a way in a circle would never end."""
    for unit in by_code.values():
        passed, code = {unit.code}, unit.merged_into
        while code:
            if code in passed or code not in by_code:
                raise BadUnits(f"villages.csv: {unit.name} is merged into {code}, which {'leads back' if code in passed else 'is no line of it'}; "
                               "write the code of the village it belongs to now, or nothing if it left the town")  # fmt: skip
            passed.add(code)
            code = by_code[code].merged_into


def _day(text: str | None, line: str) -> date | None:
    if not (text or "").strip():
        return None
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        raise BadUnits(f"{line}: {text!r} is not a date; write it as 2019-12-01") from None


def _count(text: str | None, line: str) -> int | None:
    if not (text or "").strip():
        return None
    if not (text or "").strip().isdigit():
        raise BadUnits(f"{line}: {text!r} is not a number")
    return int((text or "").strip())
