"""Any Word document measured against the page of GB/T 9704—2012 (rules.md §6): what deviates, and where.

Sizes in twips are Word's; millimetres and points are said to people.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from connectors.documents.gbt9704 import DRAFT_MARK
from connectors.documents.package import Package
from connectors.documents.word_formats import Formats, w

_FACES = {
    "title": ("小标宋", {"方正小标宋简体", "方正小标宋_GBK", "方正小标宋", "文星标宋", "小标宋体"}),
    "一级标题": ("黑体", {"黑体", "SimHei", "方正黑体_GBK", "方正黑体简体"}),
    "二级标题": ("楷体", {"楷体", "楷体_GB2312", "KaiTi", "方正楷体_GBK", "方正楷体简体"}),
    "正文": ("仿宋", {"仿宋", "仿宋_GB2312", "FangSong", "方正仿宋_GBK", "方正仿宋简体"}),
}  # fmt: skip
_PAGE_NUMBER_FACES = {"宋体", "SimSun", "方正书宋_GBK", "方正书宋简体"}
_MARGINS = (("top", "天头", 37), ("bottom", "地脚", 35), ("left", "订口", 28), ("right", "切口", 26))
_TWIPS = 1440 / 25.4
_BLACK = {None, "auto", "000000"}
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_STATUS = re.compile("（初稿，(缺\\d+处，)?截至.*）")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation; ``paragraph`` 0 = the page as a whole."""

    paragraph: int
    beginning: str
    message: str
    """Chinese, one sentence: what was found, what is expected."""


@dataclass(frozen=True, slots=True)
class ReadParagraph:
    """A paragraph of the running text, for the checks of its words."""

    number: int
    text: str


class NoDocument(ValueError):
    """No Word document; one Chinese line."""


def running_text(data: bytes) -> list[ReadParagraph]:
    """The paragraphs of the body with their numbers, without tables, marks of the draft and what a person is to write."""
    package = _opened(data)
    return [ReadParagraph(n, re.sub(r"\[\[.*?\]\]", "", text)) for n, _, text in _paragraphs(package)]


def measure(data: bytes) -> list[Deviation]:
    """Every deviation, the page first. Raises :class:`NoDocument`."""
    package = _opened(data)
    formats = Formats(package)
    body = package.tree(package.document)
    found = [Deviation(0, "", sentence) for sentence in (*_page(body), *_grid(body, package, formats), *_page_numbers(package, body, formats))]
    first = True
    for number, paragraph, text in _paragraphs(package):
        for sentence in dict.fromkeys(_paragraph(paragraph, text, formats, first)):
            found.append(Deviation(number, text[:12], f"第{number}段“{text[:12]}”：{sentence}"))
        first = False
    return found


def _opened(data: bytes) -> Package:
    try:
        package = Package(data)
        package.tree(package.document)
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError):
        raise NoDocument("这不是 Word 文件（.docx），请另存为 .docx 后再查。") from None
    return package


def _paragraphs(package: Package) -> Iterator[tuple[int, etree._Element, str]]:
    body = package.tree(package.document).find(w("body"))
    for number, paragraph in enumerate([] if body is None else body.iterchildren(w("p")), 1):
        text = _text(paragraph)
        if text == "数据缺口清单":
            return
        if text and not _STATUS.fullmatch(text):
            yield number, paragraph, text


def _text(element: etree._Element) -> str:
    gone = {w("del"), w("moveFrom")}
    return "".join(t.text or "" for t in element.iter(w("t")) if not any(a.tag in gone for a in t.iterancestors())).strip()


# --- the page ----------------------------------------------------------------------------------------------


def _page(body: etree._Element) -> Iterator[str]:
    sections = list(body.iter(w("sectPr"))) or [etree.Element(w("sectPr"))]
    for number, section in enumerate(sections, 1):
        where = f"第{number}节" if len(sections) > 1 else "页面"
        size, margins = section.find(w("pgSz")), section.find(w("pgMar"))
        sides = sorted(_millimetres(size, name) for name in ("w", "h"))
        if abs(sides[0] - 210) > 1 or abs(sides[1] - 297) > 1:
            yield f"{where}：纸张应为A4（210毫米×297毫米），现为{sides[0]:.0f}毫米×{sides[1]:.0f}毫米。"
        if size is not None and size.get(w("orient")) == "landscape":
            continue
        for name, title, wanted in _MARGINS:
            is_now = _millimetres(margins, name)
            if abs(is_now - wanted) > 1:
                yield f"{where}：{title}应为{wanted}毫米，现为{is_now:.1f}毫米。"


def _millimetres(element: etree._Element | None, name: str) -> float:
    return _number(element.get(w(name)) if element is not None else None) / _TWIPS


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _grid(body: etree._Element, package: Package, formats: Formats) -> Iterator[str]:
    """22 lines of 28 characters, by the grid or by pitch and spacing of the body text."""
    section = next(iter(reversed(list(body.iter(w("sectPr"))))), None)
    size, margins = (section.find(w(n)) if section is not None else None for n in ("pgSz", "pgMar"))
    wide = (_millimetres(size, "w") - _millimetres(margins, "left") - _millimetres(margins, "right")) * _TWIPS
    high = (_millimetres(size, "h") - _millimetres(margins, "top") - _millimetres(margins, "bottom")) * _TWIPS
    texts = [(p, t) for _, p, t in _paragraphs(package) if _kind(t) == "正文" and len(t) > 28]
    if not texts or section is None:
        return
    paragraph = texts[0][0]
    pitch = _pitch(paragraph, section, formats)
    if not pitch or round(high / pitch + 0.02, 2) // 1 != 22:
        said = f"{high / pitch:.1f}行（行距{pitch / 20:.2f}磅）" if pitch else "不固定"
        yield f"版面：每页应排22行，现约{said}。"
    run = next(paragraph.iter(w("r")))
    size_of = _number(formats.of_run(run, paragraph, "sz", "val")) * 10 or 210
    spacing = _number(formats.of_run(run, paragraph, "spacing", "val"))
    grid = section.find(w("docGrid"))
    if grid is not None and grid.get(w("type")) in ("linesAndChars", "snapToChars"):
        spacing += _number(grid.get(w("charSpace"))) / 4096 * 20
    if wide and int(wide / (size_of + spacing) + 0.01) != 28:
        yield f"版面：每行应排28字，现为{int(wide / (size_of + spacing) + 0.01)}字。"


def _pitch(paragraph: etree._Element, section: etree._Element, formats: Formats) -> float:
    """Twips from line to line; 0 when it is not fixed."""
    if formats.of_paragraph(paragraph, "spacing", "lineRule") == "exact":
        return _number(formats.of_paragraph(paragraph, "spacing", "line"))
    grid = section.find(w("docGrid"))
    if grid is not None and grid.get(w("type")) in ("lines", "linesAndChars", "snapToChars"):
        return _number(grid.get(w("linePitch")))
    return 0


def _page_numbers(package: Package, body: etree._Element, formats: Formats) -> Iterator[str]:
    relations = "word/_rels/document.xml.rels"
    targets = {r.get("Id"): r.get("Target", "") for r in package.tree(relations)} if relations in package.names else {}
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    footers: dict[str, str] = {}
    for reference in body.iter(w("footerReference")):
        footers.setdefault(reference.get(w("type"), "default"), f"word/{targets.get(reference.get(relation), '')}")
    settings = package.tree("word/settings.xml") if "word/settings.xml" in package.names else etree.Element("none")
    even_and_odd = settings.find(w("evenAndOddHeaders"))
    if even_and_odd is None or even_and_odd.get(w("val")) in ("0", "false"):
        yield "页码：应设奇偶页不同（单页码居右空一字，双页码居左空一字），现未设。"
    for kind, title, side in (("default", "单页", "right"), ("even", "双页", "left")):
        if footers.get(kind, "") not in package.names:
            yield f"页码：{title}没有页脚，应有4号宋体“— 1 —”。"
            continue
        yield from _page_number(package.tree(footers[kind]), title, side, formats)


def _page_number(footer: etree._Element, title: str, side: str, formats: Formats) -> Iterator[str]:
    fields = "".join(i.text or "" for i in footer.iter(w("instrText"))) + "".join(f.get(w("instr"), "") for f in footer.iter(w("fldSimple")))
    paragraph = next((p for p in footer.iter(w("p")) if _text(p)), None)
    if "PAGE" not in fields or paragraph is None:
        yield f"页码：{title}页脚里没有页码。"
        return
    if not re.fullmatch(r"[—－–-]\s*\d*\s*[—－–-]", _text(paragraph)) or "—" not in _text(paragraph):
        yield f"页码：{title}应写作“— 1 —”（一字线），现为“{_text(paragraph)[:12]}”。"
    placed = formats.of_paragraph(paragraph, "jc", "val") or "left"
    if {"start": "left", "end": "right", "both": "left"}.get(placed, placed) != side:
        yield f"页码：{title}页码应居{'右' if side == 'right' else '左'}，现不是。"
    elif not any(_number(formats.of_paragraph(paragraph, "ind", name)) for name in (side, f"{side}Chars", "end" if side == "right" else "start")):
        yield f"页码：{title}页码应{'右' if side == 'right' else '左'}空一字，现未空。"
    run = next(r for r in paragraph.iter(w("r")) if _text(r))
    size = _number(formats.of_run(run, paragraph, "sz", "val"))
    if size != 28:
        yield f"页码：{title}页码应为4号（14磅），现为{size / 2:g}磅。"
    face = formats.of_run(run, paragraph, "rFonts", "eastAsia")
    if face not in _PAGE_NUMBER_FACES:
        yield f"页码：{title}页码应为宋体，现为{face or '未指定'}。"


# --- paragraphs --------------------------------------------------------------------------------------------


def _kind(text: str) -> str:
    if re.match("[一二三四五六七八九十]+、", text):
        return "一级标题"
    return "二级标题" if re.match("（[一二三四五六七八九十]+）", text) else "正文"


def _paragraph(paragraph: etree._Element, text: str, formats: Formats, is_title: bool) -> Iterator[str]:
    kind = "title" if is_title else _kind(text)
    title = {"title": "标题"}.get(kind, kind)
    placed = formats.of_paragraph(paragraph, "jc", "val") or "left"
    if is_title and placed != "center":
        yield "标题应居中，现不是。"
    if not is_title and placed not in ("center", "right", "end"):
        yield from _indent(paragraph, formats)
        rule, line = (formats.of_paragraph(paragraph, "spacing", name) for name in ("lineRule", "line"))
        if rule == "exact" and not 556 <= _number(line) <= 584:
            yield f"行距应为28至29磅固定值，现为{_number(line) / 20:g}磅。"
    run_in = bool(re.match("[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）", text)) and len(text) > 40
    for number, run in enumerate(r for r in paragraph.iter(w("r")) if _text(r)):
        if formats.name_of(_style_of(run)) == DRAFT_MARK:
            continue
        here = "正文" if run_in and number else kind
        yield from _run(run, paragraph, here, "正文" if run_in and number else title, formats)


def _style_of(run: etree._Element) -> str:
    style = run.find(f"{w('rPr')}/{w('rStyle')}")
    return style.get(w("val"), "") if style is not None else ""


def _indent(paragraph: etree._Element, formats: Formats) -> Iterator[str]:
    chars, twips = (_number(formats.of_paragraph(paragraph, "ind", name)) for name in ("firstLineChars", "firstLine"))
    if chars != 200 and not (not chars and 600 <= twips <= 660):
        yield f"首行应空二字，现空{f'{chars / 100:g}字' if chars else f'{twips / 320:.1f}字'}。"
    if any(_number(formats.of_paragraph(paragraph, "ind", name)) > 20 for name in ("left", "start", "leftChars")):
        yield "回行应顶格，现整段缩进。"


def _run(run: etree._Element, paragraph: etree._Element, kind: str, title: str, formats: Formats) -> Iterator[str]:
    text = _text(run)
    face = formats.of_run(run, paragraph, "rFonts", "eastAsia")
    wanted, accepted = _FACES[kind]
    size, right = _number(formats.of_run(run, paragraph, "sz", "val")), 44 if kind == "title" else 32
    if size != right:
        yield f"{title}应为{'2号（22磅）' if kind == 'title' else '3号（16磅）'}，“{text[:8]}”现为{size / 2 or 10:g}磅。"
    if _CJK.search(text):
        if face is None:
            yield f"“{text[:8]}”没有写明中文字体，{title}应为{wanted}。"
        elif face not in accepted:
            yield f"{title}应为{wanted}，“{text[:8]}”现为{face}。"
        if (formats.of_run(run, paragraph, "lang", "eastAsia") or "") != "zh-CN":
            yield "文字语言应为简体中文（zh-CN）。"
        rare = [c for c in text if _CJK.match(c) and not in_gb2312(c)]
        if rare and (face or "").endswith(("_GB2312", "简体")):
            yield f"“{rare[0]}”字不在{face}里，会显示成别的字体，请换成大字符集字体（如仿宋、方正小标宋_GBK）。"
    if formats.of_run(run, paragraph, "color", "val") not in _BLACK:
        yield f"文字应为黑色，“{text[:8]}”现为彩色。"
    highlight = run.find(f"{w('rPr')}/{w('highlight')}")
    if highlight is not None and highlight.get(w("val")) not in ("none", "lightGray"):
        yield f"“{text[:8]}”有底色，请去掉。"
    if kind in ("一级标题", "二级标题") and formats.of_run(run, paragraph, "b", "val") in ("1", "true", "on"):
        yield f"{title}不加粗，现为粗体。"


def in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
