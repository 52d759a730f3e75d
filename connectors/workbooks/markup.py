"""HTML tables saved as .xls by reporting systems (forms.md M07): GBK or UTF-8, rowspan and colspan as merged cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import lxml.html
from lxml import etree

from catalog.grids import CellValue, Grid, Range, address
from catalog.issues import Refused
from connectors.workbooks.containers import broken, refuse
from connectors.workbooks.texts import FOOT, decode, shows_another

_FIGURE = re.compile(r"[-+]?\d[\d,]*(\.\d+)?%?")
_FEW = 3
"""A table inside a cell with more than so many filled cells is a table that a page lays out."""
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
MAX_SPAN = 1000
MAX_AREA = 5_000_000
"""Cells of one table, spans spread out: a page of 2 KB can ask for millions."""
_SILENT = frozenset(["table", "script", "style"])
_MARKED = re.compile(
    r"<(?:s|strike|del|sup|sub|rt|option|template|noscript|svg|details)\b|line-through|(?:display|visibility|font-size|opacity)\s*:|\bhidden\b|x:num|sdval",
    re.IGNORECASE,
)
_UNSAID = (
    ".//s|.//strike|.//del|.//sup|.//sub|.//rt|.//option|.//template|.//noscript|.//svg|.//details|.//*[contains(@style,'line-through')]"
)
"""Letters that do not belong to the figure beside them: struck out, raised, one of several to choose from."""
_HIDES = re.compile(r"display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):0(?![.\d])", re.IGNORECASE)
_INKED = re.compile(r"(?<![-\w])color\s*[:=]\s*[\"']?\s*(?:white|#fff(?:fff)?\b|rgb\(255,\s*255,\s*255\))", re.IGNORECASE)
"""Only where some letters of a page are white are those of its cells held against what they stand on: it costs."""
_INK = re.compile(r"(?<![-\w])color\s*:\s*([^;]+)", re.IGNORECASE)
_PAPER = re.compile(r"background(?:-color)?\s*:\s*(#\w+|rgb\([^)]*\)|\w+)", re.IGNORECASE)
_WHITE = "#ffffff"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"\.([\w-]+)\s*(?:,|$)")
_BLOCKS = frozenset(["p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "center", "h1", "h2", "h3", "h4", "h5", "h6"])


def read_html(data: bytes) -> tuple[Grid, ...]:
    """One grid per table. Plain numbers become numbers; all else stays text as written.

    A table that lies in a cell of another is a table of its own; one that only lays others out is left away.
    Raises :class:`Refused`: M03 without a table, M07 for an unknown encoding, E-BIG beyond ``MAX_AREA``.
    """
    text = decode(data)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        document = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(no_network=True, huge_tree=False))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        raise broken() from None
    tables = list(document.iter("table"))
    if not tables:
        raise broken()
    if any(box.get("value") and box.get("type", "text").lower() in ("text", "number", "date") for table in tables for box in table.iter("input")):
        raise refuse("M07", "网页里的数填在输入框中，无法读取，请复制到 .xlsx 后报送。", "输入框")
    marked = _MARKED.search(text) is not None
    inked = _INKED.search(text) is not None
    if marked or inked:
        _spell_out_classes(document)
    grids = [_grid(table, marked, inked) for table in tables]
    kept = [g for g, t in zip(grids, tables, strict=True) if not t.xpath(".//table") or any(v is not None for row in g.rows for v in row)]
    return tuple(replace(grid, name=f"Sheet{index + 1}", index=index) for index, grid in enumerate(kept))


def _spell_out_classes(document: lxml.html.HtmlElement) -> None:
    """What a class of the page's own style sheet hides or strikes through, said on the element itself; Excel writes so."""
    said: dict[str, str] = {}
    for sheet in document.iter("style"):
        for names, body in _RULE.findall(sheet.text_content()):
            said |= {name: said.get(name, "") + ";" + body for name in _CLASS.findall(names.strip()) if _HIDES.search("".join(body.split())) or "line-through" in body or "color" in body or "background" in body}
    for element in document.iter(etree.Element) if said else ():
        for name in (element.get("class") or "").split():
            element.set("style", said.get(name, "") + ";" + (element.get("style") or ""))


def _hides(element: lxml.html.HtmlElement) -> bool:
    return element.get("hidden") is not None or _HIDES.search("".join((element.get("style") or "").split())) is not None


def _colour(text: str) -> str:
    name = "".join(text.split()).lower()
    if match := re.fullmatch(r"rgb\((\d{1,3}),(\d{1,3}),(\d{1,3})\)", name):
        return "#" + "".join(f"{int(part):02x}" for part in match.groups())
    if match := re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", name):
        return "#" + "".join(part * 2 for part in match.groups())
    return {"white": _WHITE, "black": "#000000"}.get(name, name)


def _said_colour(element: lxml.html.HtmlElement, attribute: str, style: re.Pattern[str]) -> str:
    found = style.findall(element.get("style") or "")
    return _colour(found[-1] if found else element.get(attribute) or "")


def _unseen_ink(cell: lxml.html.HtmlElement) -> list[bool]:
    """Of each piece of text of a cell whether it has the colour of what it stands on."""
    around = [cell, *cell.iterancestors("tr", "tbody", "table")]
    ink = next((c for e in around if (c := _said_colour(e, "color", _INK))), "#000000")
    paper = next((c for e in around if (c := _said_colour(e, "bgcolor", _PAPER)) and c not in ("transparent", "none")), _WHITE)
    found: list[bool] = []

    def look(element: lxml.html.HtmlElement, ink: str, paper: str) -> None:
        if (element.text or "").strip():
            found.append(ink == paper)
        for child in element.iterchildren(etree.Element):
            look(child, _said_colour(child, "color", _INK) or ink, _said_colour(child, "bgcolor", _PAPER) or paper)
            if (child.tail or "").strip():
                found.append(ink == paper)

    look(cell, ink, paper)
    return found


def _grid(table: lxml.html.HtmlElement, marked: bool, inked: bool = False) -> Grid:
    cells: dict[tuple[int, int], CellValue] = {}
    taken: set[tuple[int, int]] = set()
    merged: list[Range] = []
    hidden: set[int] = set()
    struck: set[tuple[int, int]] = set()
    partly: set[tuple[int, int]] = set()
    unseen: set[tuple[int, int]] = set()
    gone: dict[int, set[int]] = {}
    ends: list[int] = []
    rescaled: set[tuple[int, int]] = set()
    area = 0
    nested: dict[tuple[int, int], str] = {}
    tabled = table.find(".//table") is not None
    rows = table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
    for r, row in enumerate(rows):
        group = row.getparent()
        if marked and (_hides(row) or (group is not table and _hides(group))):
            hidden.add(r)
        c = 0
        for cell in row.xpath("./td|./th"):
            while (r, c) in taken:
                c += 1
            down, across = min(_span(cell, "rowspan"), len(rows) - r), _span(cell, "colspan")
            area += down * across
            if area > MAX_AREA:
                raise _too_large()
            if down > 1 or across > 1:
                merged.append(Range(r, c, r + down - 1, c + across - 1))
                taken.update((i, j) for i in range(r, r + down) for j in range(c, c + across))
            cells[r, c] = _value(_text(cell))
            if tabled and (within := _tables_within(cell)):
                nested[r, c] = within
            if inked and cells[r, c] and any(alike := _unseen_ink(cell)):
                (rescaled if all(alike) else partly).add((r, c))
            if marked and cells[r, c] is None and _leaves_no_room(cell):
                gone.setdefault(c, set()).add(r)
            if marked and cells[r, c] is not None:
                if _hides(cell):
                    unseen.add((r, c))
                elif any(_hides(part) for part in cell.iterdescendants(etree.Element)):
                    partly.add((r, c))
                elif "line-through" in (row.get("style") or "") + (cell.get("style") or ""):
                    struck.add((r, c))
                elif inner := cell.xpath(_UNSAID):
                    whole = inner[0].tag in ("s", "strike", "del") and _text(inner[0]).strip() == _text(cell).strip()
                    (struck if whole else partly).add((r, c))
                if shows_another(cell.get("x:num") or cell.get("sdval") or "", str(cells[r, c])):
                    (rescaled if cells[r, c] else partly).add((r, c))  # a nought that a format makes of a figure is no nought
            c += across
        while (r, c) in taken:
            c += 1
        ends.append(c)
    _refuse_shifted(cells, ends, gone)
    _refuse_nested(cells, nested)
    width = max((c for _, c in [*cells, *taken]), default=-1) + 1
    if width * len(rows) > MAX_AREA:
        raise _too_large()
    grid = [[cells.get((r, c)) for c in range(width)] for r in range(len(rows))]
    columns = _hidden_columns(table) | _unseen_columns(unseen, cells)
    partly |= {(r, c) for r, c in unseen if c not in columns}  # one cell that nobody sees, among cells that are seen
    return Grid(
        "", 0, grid, not _hides(table), tuple(merged), frozenset(hidden), frozenset(columns), struck=frozenset(struck), partly_struck=frozenset(partly),
        rescaled=frozenset(rescaled),
    )  # fmt: skip


def _tables_within(cell: lxml.html.HtmlElement) -> str:
    """What the tables inside a cell say, where that is no more than a cell says."""
    said = [text for inner in cell.iter("td", "th") if inner is not cell and (text := _text(inner).strip().strip("\xa0"))]
    return "、".join(said) if len(said) <= _FEW else ""


def _refuse_nested(cells: dict[tuple[int, int], CellValue], nested: dict[tuple[int, int], str]) -> None:
    """A figure in a table of its own inside a cell of a record is none of the record's that anybody could read (M07).

    A page that lays tables out in the cells of another has no such records.
    """
    for (row, column), said in nested.items():
        if sum(value is not None for (r, c), value in cells.items() if r == row and c != column) >= _FEW - 1:
            where = address(row, column)
            shown = said if _FIGURE.fullmatch(said) else "一张表"
            raise refuse("M07", f"网页表格第{row + 1}行的 {where} 格里又套了一张表（{shown}），分不清是哪一格的数，请把数直接填在格里，或另存为 .xlsx 后重报。", where, "数直接填在格里")


def _leaves_no_room(cell: lxml.html.HtmlElement) -> bool:
    """A cell that is not laid out at all: those after it move to the left."""
    return cell.get("hidden") is not None or "display:none" in "".join((cell.get("style") or "").split()).lower()


def _refuse_shifted(cells: dict[tuple[int, int], CellValue], ends: list[int], gone: dict[int, set[int]]) -> None:
    """A row of figures with a cell too few or too many has its figures below other headings than they belong to (E-SHIFT).

    ``ends``: each row's end; ``gone``: column → rows whose cell there leaves no room, which a hidden column does in all of them.
    Where every row ends with what it says last, rows differ in length and none is shifted.
    """
    said: dict[int, list[int]] = {}
    figures: set[int] = set()
    feet: set[int] = set()
    for (r, c), value in cells.items():
        if value is not None:
            said.setdefault(r, []).append(c)
            if isinstance(value, int | float) or (isinstance(value, str) and _FIGURE.fullmatch(value.strip())):
                figures.add(r)
            elif isinstance(value, str) and FOOT.match(value):
                feet.add(r)
    records = sorted(r for r in figures - feet if len(said[r]) > 2)
    heading = max((end for r, end in enumerate(ends) if records and r < records[0]), default=0)
    usual = max(Counter(ends[r] for r in records).items(), key=lambda pair: (pair[1], pair[0] == heading))[0] if records else 0
    odd = [r for r in records if ends[r] != usual] if usual > 2 else []
    if len(odd) > 1 and len(odd) * 5 > len(records) and all((r, ends[r] - 1) in cells and cells[r, ends[r] - 1] is not None for r in records) and usual <= heading:
        odd = [r for r in odd if ends[r] > heading]
    odd += sorted({r for rows in gone.values() if len(rows) * 2 < len(records) for r in rows if r in figures})
    if odd:
        number = odd[0] + 1
        raise refuse("E-SHIFT", f"网页表格第{number}行的格数与别的行不同，数会错到别的栏里，请补齐或删去多余的格，或另存为 .xlsx 后重报。", f"第{number}行", "每行格数相同")


def _hidden_columns(table: lxml.html.HtmlElement) -> set[int]:
    hidden: set[int] = set()
    c = 0
    for column in table.xpath("./col|./colgroup/col"):
        span = _span(column, "span")
        if _hides(column):
            hidden.update(range(c, c + span))
        c += span
    return hidden


def _unseen_columns(unseen: set[tuple[int, int]], cells: dict[tuple[int, int], CellValue]) -> set[int]:
    """Columns that show nothing from the first of several cells on that are not shown; a page hides a column cell by cell."""
    rows: dict[int, list[int]] = {}
    for r, c in sorted(unseen):
        rows.setdefault(c, []).append(r)
    seen = {c for (r, c), value in cells.items() if value is not None and c in rows and r >= rows[c][0] and (r, c) not in unseen}
    return {c for c, hidden in rows.items() if len(hidden) > 1} - seen


def _too_large() -> Refused:
    return refuse("E-BIG", "网页表格用到的区域过大，请另存为 .xlsx、删去表外的内容后报送。", "过大")


def _text(cell: lxml.html.HtmlElement) -> str:
    """What a cell shows: ``12<br>35`` are two lines, and without the line break they would be the figure 1235."""
    return re.sub(r"\n{2,}", "\n", "".join(_pieces(cell)))


def _pieces(node: lxml.html.HtmlElement) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == "br":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag not in _SILENT:
            line = "\n" if child.tag in _BLOCKS else ""
            yield line
            yield from _pieces(child)
            yield line
        elif not isinstance(child.tag, str) and child.tag is lxml.etree.Entity:
            yield child.text or ""
        yield child.tail or ""


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(int(text), MAX_SPAN) if text.isdigit() and int(text) > 0 else 1


def _value(text: str) -> CellValue:
    stripped = text.strip()
    if not stripped.strip("\xa0"):
        return None
    if _NUMBER.fullmatch(stripped):
        return int(stripped) if "." not in stripped else float(stripped)
    return text.strip("\r\n\t ")
