"""The first sheet of a slip, 退回说明: what came, how it stands, until when, what to do, and every cell in question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.issues import Action
from connectors.documents.package import NO_TEXT
from connectors.documents.slip_styles import COLOURS, Styles

_WIDTHS = (6, 12, 14, 10, 22, 22, 64)
_HEADINGS = ("序号", "处理", "工作表", "单元格", "填的内容", "应填", "说明")
_WORDS = {Action.REFUSE_FILE: "退回", Action.REFUSE_SHEET: "退回", Action.REFUSE_CELL: "退回", Action.WARN: "请核实", Action.FIX: "已换算"}


@dataclass(frozen=True, slots=True)
class CoverRow:
    """One thing to put right."""

    severity: Action
    sheet: str
    cell: str
    found: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first sheet says."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """(name, value): 表名, 月份, 收到时间, 情况, 截止时间 …"""
    steps: tuple[str, ...]
    rows: tuple[CoverRow, ...]


def cover_sheet(cover: Cover, styles: Styles, main: str, kind: str) -> bytes:
    """The sheet's XML; every text is inline, so that nothing typed can become a formula."""
    border = styles.thin_border()
    body = styles.font("宋体", 11)
    title = styles.style(styles.font("黑体", 18, bold=True), across="center")
    strong = styles.style(styles.font("宋体", 11, bold=True), down="top")
    plain = styles.style(body, down="top")
    heading = styles.style(styles.font("宋体", 11, bold=True), fill=styles.fill("FFD9E1F2"), border=border, across="center")
    boxed = styles.style(body, border=border)
    centred = styles.style(body, border=border, across="center")
    link = styles.style(styles.font("宋体", 11, colour="FF0563C1", underlined=True), border=border, across="center")
    shaded = {a: styles.style(body, fill=styles.fill(c), border=border, across="center") for a, c in COLOURS.items()}

    rows: list[str] = []
    merged: list[str] = []
    links: list[str] = []

    def put(cells: Iterable[tuple[str, int]], height: float = 0, merge: tuple[int, int] | None = None) -> int:
        number = len(rows) + 1
        inside = "".join(
            f'<c r="{"ABCDEFG"[column]}{number}" s="{style}"' + (f' t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>' if text else "/>")
            for column, (text, style) in enumerate(cells)
        )  # fmt: skip
        size = f' ht="{height}" customHeight="1"' if height else ""
        rows.append(f'<row r="{number}"{size}>{inside}</row>')
        if merge:
            merged.append(f'<mergeCell ref="{"ABCDEFG"[merge[0]]}{number}:{"ABCDEFG"[merge[1]]}{number}"/>')
        return number

    put([(cover.title, title)] + [("", title)] * 6, 34, (0, 6))
    for name, value in cover.facts:
        number = put([(name, strong), ("", strong), (value, plain)] + [("", plain)] * 4, _height(value, 130), (2, 6))
        merged.append(f'<mergeCell ref="A{number}:B{number}"/>')
    put([("怎么办", strong)], 22)
    for count, step in enumerate(cover.steps, 1):
        number = put([(f"{count}．", centred_plain(styles, body)), (step, plain)] + [("", plain)] * 5, _height(step, 140), (1, 6))
    put([("", plain)], 8)
    put([(word, heading) for word in _HEADINGS], 24)
    for count, row in enumerate(cover.rows, 1):
        target = f"{row.sheet}!{row.cell}" if row.sheet and row.cell else ""
        height = max(_height(row.message, 60), _height(row.found, 20), _height(row.expected, 20), 20)
        number = put([
            (str(count), centred), (_WORDS[row.severity], shaded.get(row.severity, centred)), (row.sheet, centred),
            (row.cell, link if target else centred), (row.found, boxed), (row.expected, boxed), (row.message, boxed),
        ], height)  # fmt: skip
        if target:
            place = f"'{row.sheet.replace(chr(39), chr(39) * 2)}'!{row.cell}"
            links.append(f'<hyperlink ref="D{number}" location="{_escaped(place)}" display="{_escaped(row.cell)}"/>')
    columns = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(_WIDTHS, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{main}" xmlns:r="{kind}">'
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="18"/><cols>{columns}</cols><sheetData>{"".join(rows)}</sheetData>'
        f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>'
    ).encode()


def centred_plain(styles: Styles, font: int) -> int:
    """A number before a step."""
    return styles.style(font, across="right", down="top")


def _height(text: str, per_line: int) -> float:
    """Points a text needs when so many half-width characters fit a line."""
    lines = sum(max(1, -(-_wide(line) // per_line)) for line in text.split("\n")) if text else 1
    return 18.0 * lines


def _wide(text: str) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def _escaped(text: str) -> str:
    """XML text; characters that XML cannot hold are left out."""
    kept = NO_TEXT.sub("", text).replace("\r", "")
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
