"""The page of a Word document against GB/T 9704—2012: paper, margins, grid, page numbers, and what no official page has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from connectors.documents.check_reading import Kind, Read, is_shown, runs_of, text_of
from connectors.documents.package import Package
from connectors.documents.word_formats import Formats, w

BLACK = {None, "auto", "000000"}
_PAGE_NUMBER_FACES = {"宋体", "SimSun", "方正书宋_GBK", "方正书宋简体"}
_MARGINS = (("top", "天头", 37), ("bottom", "地脚", 35), ("left", "订口", 28), ("right", "切口", 26))
_TWIPS = 1440 / 25.4
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def millimetres(element: etree._Element | None, name: str) -> float:
    return number(element.get(w(name)) if element is not None else None) / _TWIPS


def page(package: Package, read: Sequence[Read], formats: Formats) -> Iterator[str]:
    """Every deviation of the page."""
    body = package.tree(package.document)
    sections = list(body.iter(w("sectPr"))) or [etree.Element(w("sectPr"))]
    background = body.find(w("background"))
    if background is not None and (background.get(w("color")) or "FFFFFF").upper() not in ("FFFFFF", "AUTO"):
        yield "页面：纸面应为白色，现有页面背景。"
    for at, section in enumerate(sections, 1):
        yield from _section(section, f"第{at}节" if len(sections) > 1 else "页面")
    yield from _grid(read, formats)
    yield from _footers(package, sections, formats)


def _section(section: etree._Element, where: str) -> Iterator[str]:
    size, margins = section.find(w("pgSz")), section.find(w("pgMar"))
    sides = sorted(millimetres(size, name) for name in ("w", "h"))
    if abs(sides[0] - 210) > 1 or abs(sides[1] - 297) > 1:
        yield f"{where}：纸张应为A4（210毫米×297毫米），现为{sides[0]:.0f}毫米×{sides[1]:.0f}毫米。"
    if size is None or size.get(w("orient")) != "landscape":
        for name, title, wanted in _MARGINS:
            is_now = millimetres(margins, name) + (millimetres(margins, "gutter") if name == "left" else 0)
            if abs(is_now - wanted) > 1:
                yield f"{where}：{title}应为{wanted}毫米，现为{is_now:.1f}毫米{'（含装订线）' if name == 'left' and millimetres(margins, 'gutter') else ''}。"
        footer = millimetres(margins, "footer")
        if abs(footer - 25) > 3:
            yield f"{where}：页码应在版心下边缘之下7毫米（页脚距边界约25毫米），现页脚距边界{footer:.1f}毫米。"
    columns = section.find(w("cols"))
    if columns is not None and number(columns.get(w("num"))) > 1:
        yield f"{where}：正文应通栏排，现分{columns.get(w('num'))}栏。"
    for name, said in (("pgBorders", "页面边框"), ("lnNumType", "行号")):
        if section.find(w(name)) is not None:
            yield f"{where}：不应有{said}，请去掉。"
    direction, placed = section.find(w("textDirection")), section.find(w("vAlign"))
    if direction is not None and (direction.get(w("val")) or "").startswith("tb"):
        yield f"{where}：文字应从左至右横写，现为竖排。"
    if placed is not None and placed.get(w("val")) not in (None, "top"):
        yield f"{where}：正文应自版心上边排起，现设了垂直对齐。"


def _grid(read: Sequence[Read], formats: Formats) -> Iterator[str]:
    """22 lines of 28 characters, by the grid or by pitch and spacing of the body text."""
    texts = [p for p in read if p.kind is Kind.BODY and len(p.text) > 28 and p.section is not None]
    if not texts:
        return
    paragraph, section = texts[0].element, texts[0].section
    assert section is not None
    size, margins = (section.find(w(n)) for n in ("pgSz", "pgMar"))
    wide = (millimetres(size, "w") - sum(millimetres(margins, n) for n in ("left", "right", "gutter"))) * _TWIPS
    high = (millimetres(size, "h") - millimetres(margins, "top") - millimetres(margins, "bottom")) * _TWIPS
    pitch = pitch_of(paragraph, section, formats)
    if not pitch or round(high / pitch + 0.02, 2) // 1 != 22:
        said = f"{high / pitch:.1f}行（行距{pitch / 20:.2f}磅）" if pitch else "不固定"
        yield f"版面：每页应排22行，现约{said}。"
    run = next(runs_of(paragraph), None)
    if run is None:
        return
    size_of = number(formats.of_run(run, paragraph, "sz", "val")) * 10 or 210
    spacing = number(formats.of_run(run, paragraph, "spacing", "val"))
    grid = section.find(w("docGrid"))
    if grid is not None and grid.get(w("type")) in ("linesAndChars", "snapToChars"):
        spacing += number(grid.get(w("charSpace"))) / 4096 * 20
    if wide and int(wide / (size_of + spacing) + 0.01) != 28:
        yield f"版面：每行应排28字，现为{int(wide / (size_of + spacing) + 0.01)}字。"


def pitch_of(paragraph: etree._Element, section: etree._Element, formats: Formats) -> float:
    """Twips from line to line; 0 when it is not fixed."""
    rule, line = (formats.of_paragraph(paragraph, "spacing", name) for name in ("lineRule", "line"))
    if rule == "exact":
        return number(line)
    grid = section.find(w("docGrid"))
    on_grid = grid is not None and grid.get(w("type")) in ("lines", "linesAndChars", "snapToChars") and formats.of_paragraph(paragraph, "snapToGrid", "val") not in ("0", "false", "off")
    if not on_grid or grid is None:
        return 0
    pitch = number(grid.get(w("linePitch")))
    if rule in (None, "auto"):
        return pitch * (number(line) / 240 if line else 1)
    return pitch if number(line) <= pitch else 0


# --- page numbers ------------------------------------------------------------------------------------------


def _footers(package: Package, sections: Sequence[etree._Element], formats: Formats) -> Iterator[str]:
    relations = "word/_rels/document.xml.rels"
    targets = {r.get("Id"): r.get("Target", "") for r in package.tree(relations)} if relations in package.names else {}
    settings = package.tree("word/settings.xml") if "word/settings.xml" in package.names else etree.Element("none")
    even_and_odd = settings.find(w("evenAndOddHeaders"))
    differ = even_and_odd is not None and Formats.is_on(even_and_odd.get(w("val"), "1"))
    if not differ:
        yield "页码：应设奇偶页不同（单页码居右空一字，双页码居左空一字），现未设。"
    standing: dict[str, str] = {}
    headers: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for at, section in enumerate(sections, 1):
        where = f"第{at}节" if len(sections) > 1 else ""
        for kept, name in ((standing, "footerReference"), (headers, "headerReference")):
            for reference in section.findall(w(name)):
                target = targets.get(reference.get(_RELATION), "")
                kept[reference.get(w("type"), "default")] = target.lstrip("/") if target.startswith("/") else f"word/{target}"
        first = section.find(w("titlePg"))
        own_first = first is not None and Formats.is_on(first.get(w("val"), "1"))
        kinds = [("default", "单页", "right"), ("even", "双页", "left"), *([("first", "首页", "right" if at == 1 else "")] if own_first else [])]
        for kind, title, side in kinds:
            part = standing.get(kind, "")
            if (kind, part) not in seen:
                seen.add((kind, part))
                if part not in package.names:
                    yield f"页码：{where}{title}没有页脚，应有4号宋体“— 1 —”。"
                else:
                    yield from _page_number(package.tree(part), f"{where}{title}", side, formats)
        for kind, part in headers.items():
            if part in package.names and (kind, part) not in seen and (kind != "first" or own_first) and (kind != "even" or differ):
                seen.add((kind, part))
                if _says_something(package.tree(part)):
                    yield f"页面：{where}公文不设页眉，现页眉有“{text_of(package.tree(part)).strip()[:12] or '图形或水印'}”。"
        form = section.find(w("pgNumType"))
        if form is not None and form.get(w("fmt")) not in (None, "decimal", "numberInDash"):
            yield f"页码：{where}页码应为阿拉伯数字，现为别的数字样式。"


def _says_something(part: etree._Element) -> bool:
    return bool(text_of(part).strip()) or any(next(part.iter(w(name)), None) is not None for name in ("pict", "drawing", "object"))


def _placed(paragraph: etree._Element, side: str) -> str:
    """Where a frame or text box puts its page number, as Word and WPS make them; empty = it stands in neither, or by its own format."""
    frame = paragraph.find(f"{w('pPr')}/{w('framePr')}")
    placed = frame.get(w("xAlign"), "") if frame is not None else ""
    anchor = next(paragraph.iterancestors(f"{_DRAWING}anchor"), None)
    if anchor is not None:
        placed = anchor.findtext(f"{_DRAWING}positionH/{_DRAWING}align", "")
    return {"outside": side, "inside": "left" if side == "right" else "right"}.get(placed, placed)


def _page_number(footer: etree._Element, title: str, side: str, formats: Formats) -> Iterator[str]:
    fields = "".join(i.text or "" for i in footer.iter(w("instrText"))) + "".join(f.get(w("instr"), "") for f in footer.iter(w("fldSimple")))
    paragraphs = [p for p in footer.iter(w("p")) if is_shown(p) and text_of(p).strip()]
    if "PAGE" not in fields or not paragraphs:
        yield f"页码：{title}页脚里没有页码。"
        return
    paragraph = next((p for p in paragraphs if next(p.iter(w("instrText"), w("fldSimple")), None) is not None), paragraphs[0])
    said = text_of(paragraph).strip()
    if re.search(r"\\\*\s*(?!MERGEFORMAT|Arabic)\w+", fields):
        yield f"页码：{title}页码应为阿拉伯数字，现为别的数字样式。"
    if not re.fullmatch(r"[—－–-]\s*\d*\s*[—－–-]", said) or "—" not in said:
        yield f"页码：{title}应写作“— 1 —”（一字线），现为“{said[:12]}”。"
    if len(paragraphs) > 1:
        other = next(p for p in paragraphs if p is not paragraph)
        yield f"页码：{title}页脚里除页码外不应有别的字，现有“{text_of(other).strip()[:12]}”。"
    placed = _placed(paragraph, side) or formats.of_paragraph(paragraph, "jc", "val") or "left"
    if side and {"start": "left", "end": "right", "both": "left"}.get(placed, placed) != side:
        yield f"页码：{title}页码应居{'右' if side == 'right' else '左'}，现不是。"
    elif side:
        chars, twips = (number(formats.of_paragraph(paragraph, "ind", name)) for name in (f"{side}Chars", side))
        twips = twips or number(formats.of_paragraph(paragraph, "ind", "end" if side == "right" else "start"))
        if not chars and not twips:
            yield f"页码：{title}页码应{'右' if side == 'right' else '左'}空一字，现未空。"
        elif not (80 <= chars <= 120) and not 240 <= twips <= 340:
            yield f"页码：{title}页码应{'右' if side == 'right' else '左'}空一字，现空{chars / 100 if chars else twips / 280:.1f}字。"
    for run in runs_of(paragraph):
        size = number(formats.of_run(run, paragraph, "sz", "val"))
        if size != 28:
            yield f"页码：{title}页码应为4号（14磅），现为{size / 2:g}磅。"
        faces = {formats.face(run, paragraph, "eastAsia"), *([formats.face(run, paragraph, "ascii")] if re.search(r"\d", text_of(run)) else [])}
        wrong = next((f for f in faces if f not in _PAGE_NUMBER_FACES), _PAGE_NUMBER_FACES)
        if not isinstance(wrong, set):
            yield f"页码：{title}页码应为宋体，现为{wrong or '未指定'}。"
        if formats.of_run(run, paragraph, "color", "val") not in BLACK:
            yield f"页码：{title}页码应为黑色，现为彩色。"
        for name, word in (("b", "粗体"), ("i", "斜体")):
            if Formats.is_on(formats.of_run(run, paragraph, name, "val")):
                yield f"页码：{title}页码不用{word}，现为{word}。"
