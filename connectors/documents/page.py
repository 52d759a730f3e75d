"""看板: one self-contained page that opens by double-click and can reach no network.

Everything that comes from outside (file names, cell texts, sentences) is escaped by the template or put into the page as
data that only ever becomes text. The page's own scripts and styles are named by their hashes in a Content-Security-Policy:
nothing else runs, and nothing can be fetched or sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

_PARTS = Path(__file__).parent / "page_parts"


@dataclass(frozen=True, slots=True)
class Tile:
    """A number on top that leads to its part of the page. ``tone``: good, bad, warn or plain."""

    label: str
    number: str
    note: str
    tone: str
    target: str


@dataclass(frozen=True, slots=True)
class HandInMark:
    """State of one hand-in: ``good``, ``warn``, ``bad``, ``owed`` or ``none``; sign and word are what is read, the colour only helps."""

    tone: str
    sign: str
    word: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandInRow:
    """One form and its months."""

    department: str
    form: str
    title: str
    marks: Sequence[HandInMark]


@dataclass(frozen=True, slots=True)
class Source:
    """Cells of one file that a figure rests on."""

    month: str
    file: str
    sheet: str
    cells: str
    time: str


@dataclass(frozen=True, slots=True)
class Point:
    """A month: this year's and last year's figure, None where there is none (a gap in the line, never a zero)."""

    month: str
    now: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class PageFigure:
    """One figure with everything a click shows. Numbers are exact decimals as text in ``unit``."""

    id: str
    title: str
    department: str
    value: str
    unit: str
    exact: str
    tone: str
    status: str
    before: str
    growth: str
    direction: str
    """up, down, flat, or empty."""
    basis: str
    progress: str
    progress_width: int
    """0–100, −1 = no target."""
    progress_note: str
    coverage: str
    method: str
    reason: str
    places: str
    """Where the draft prints it."""
    line_unit: str
    points: Sequence[Point]
    sources: Sequence[Source]
    villages: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PageSection:
    """A section of the report."""

    code: str
    heading: str
    figures: Sequence[PageFigure]


@dataclass(frozen=True, slots=True)
class PageTable:
    """A list with its headings; ``empty``: what is said when there is nothing."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows."""

    title: str
    as_of: str
    tiles: Sequence[Tile]
    months: Sequence[str]
    hand_ins: Sequence[HandInRow]
    owed: PageTable
    owed_elsewhere: PageTable
    """What other months owe."""
    sections: Sequence[PageSection]
    gaps: PageTable
    contradictions: PageTable
    changes: PageTable
    wordings: PageTable
    changes_since: str
    texts: Sequence[tuple[str, str]]


def write_page(page: Page) -> bytes:
    """The page as UTF-8; the same input gives the same bytes."""
    figures = {f.id: {**_named(f), "points": [(p.month, p.now, p.before) for p in f.points], "sources": [_named(one) for one in f.sources]}
               for s in page.sections for f in s.figures}  # fmt: skip
    style, scripts = _part("uPlot.min.css") + _part("page.css"), [_part("uPlot.iife.min.js"), _part("page.js")]
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {' '.join(map(_hash, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )  # fmt: skip
    text = _template().render(
        page=page, policy=policy, style=Markup(style), scripts=[Markup(script) for script in scripts], data=Markup(_as_data(figures)), spark=spark
    )
    return text.encode("utf-8", "replace")


@cache
def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _named(of: PageFigure | Source) -> dict[str, object]:
    """Its fields by name; ``asdict`` copies what they hold, too."""
    return {field.name: getattr(of, field.name) for field in fields(of)}


def _as_data(value: object) -> str:
    """JSON that cannot leave its element: no character that HTML or JavaScript gives a meaning to stands bare."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


_WIDE, _HIGH, _EDGE = 104, 30, 3


def spark(points: Sequence[Point]) -> list[tuple[str, str]]:
    """(class, points of a polyline) for the small line beside a figure: last year below, this year above, broken at gaps."""
    values = [float(v) for p in points for v in (p.now, p.before) if v is not None]
    if len(points) < 2 or not values:
        return []
    low, high = min(values), max(values)

    def place(number: int, value: str) -> str:
        x = _EDGE + (_WIDE - 2 * _EDGE) * number / (len(points) - 1)
        y = _HIGH / 2 if high == low else _HIGH - _EDGE - (_HIGH - 2 * _EDGE) * (float(value) - low) / (high - low)
        return f"{x:.1f},{y:.1f}"

    lines = []
    for kind, row in (("before", [p.before for p in points]), ("now", [p.now for p in points])):
        run: list[str] = []
        for number, value in enumerate([*row, None]):
            if value is not None:
                run.append(place(number, value))
            elif run:
                lines.append((kind, " ".join(run if len(run) > 1 else run * 2)))
                run = []
    return lines
