"""Paragraphs and tables of a Word document against GB/T 9704—2012: place, indent, spacing, faces, sizes, and no ornament."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from connectors.documents.check_page import BLACK, number, pitch_of
from connectors.documents.check_reading import Kind, Read, boxes, runs_of, text_of
from connectors.documents.gbt9704 import DRAFT_MARK
from connectors.documents.word_formats import Formats, w

_SONG = {"方正小标宋简体", "方正小标宋_GBK", "方正小标宋", "文星标宋", "小标宋体"}
_HEI = {"黑体", "SimHei", "方正黑体_GBK", "方正黑体简体"}
_KAI = {"楷体", "楷体_GB2312", "KaiTi", "方正楷体_GBK", "方正楷体简体"}
_FANG = {"仿宋", "仿宋_GB2312", "FangSong", "方正仿宋_GBK", "方正仿宋简体"}
_FACES = {
    Kind.TITLE: ("小标宋", _SONG), Kind.UNDER_TITLE: ("楷体或仿宋", _KAI | _FANG), Kind.LEVEL1: ("黑体", _HEI), Kind.LEVEL2: ("楷体", _KAI),
    Kind.ENCLOSURE: ("黑体", _HEI), Kind.CAPTION: ("黑体或仿宋", _HEI | _FANG),
}  # fmt: skip
_SIZES = {Kind.TITLE: (44, "2号（22磅）"), Kind.RECORD: (28, "4号（14磅）")}
_PLAIN = ("仿宋", _FANG)
_LATIN = {"Times New Roman"}
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_ORNAMENT = (
    ("i", "斜体"), ("u", "下划线"), ("strike", "删除线"), ("dstrike", "双删除线"), ("vertAlign", "上下标"), ("em", "着重号"), ("outline", "空心字"),
    ("shadow", "阴影字"), ("emboss", "阳文"), ("imprint", "阴文"), ("bdr", "字符边框"), ("smallCaps", "小型大写"), ("caps", "全部大写"),
)  # fmt: skip
LINES = 22
"""Of one page: a table with more rows than that goes on to the next."""
_TABLE_FACES = _FANG | _HEI | _KAI | {"宋体", "SimSun"}


def paragraph(read: Read, formats: Formats) -> Iterator[str]:
    """Every deviation of one paragraph, one sentence each."""
    element, kind = read.element, read.kind
    for words in boxes(element):
        yield f"文本框里的“{words[:12]}”没有查版式，是正文的请移到段落里。"
    if kind is Kind.BOX:
        return
    if kind is Kind.HEAD:
        return  # red, its size and face are the office's own (GB/T 9704 7.2.4)
    if kind is Kind.MARK:
        yield from _runs(read, formats)
        return
    if kind is Kind.RECORD:
        yield from _record(read, formats)
        yield from _runs(read, formats)
        return
    placed = {"start": "left", "end": "right", None: "left"}.get(p := formats.of_paragraph(element, "jc", "val"), p)
    if kind is Kind.TITLE:
        yield from _title(read, placed, formats)
    elif kind is Kind.UNDER_TITLE:
        yield from _lines(read, formats)
    elif kind in (Kind.SIGNATURE, Kind.DATE):
        yield from _signature(read, placed, formats)
    elif kind is not Kind.CAPTION:
        if placed in ("center", "right"):
            yield f"{kind.value}应两端对齐，现{'居中' if placed == 'center' else '居右'}。"
        yield from _indent(read, formats)
        yield from _lines(read, formats)
    if kind is Kind.ENCLOSURES and read.text.endswith(("。", "；")):
        yield f"附件名称后不加标点，现有“{read.text[-1]}”。"
    if _numbered(element, formats):
        yield "序号应手工录入，现为自动编号，复制、换软件后会丢失。"
    if element.find(f"{w('pPr')}/{w('pBdr')}") is not None:
        yield "段落不加边框，请去掉。"
    fill = formats.of_paragraph(element, "shd", "fill")
    if fill is not None and fill.upper() not in ("AUTO", "FFFFFF"):
        yield "段落不加底纹，请去掉。"
    yield from _runs(read, formats)


def table(element: etree._Element, formats: Formats) -> Iterator[str]:
    """The standard leaves tables to the office: letters that can be read, black, of the faces of the text; a head on every page."""
    rows = element.findall(w("tr"))
    if len(rows) > LINES and not any(Formats.is_on(mark.get(w("val"), "1")) for mark in rows[0].findall(f"{w('trPr')}/{w('tblHeader')}")):
        yield f"表有{len(rows)}行，会跨页，首行应设为“重复标题行”，使每页都有表头。"
    for cell in element.iter(w("p")):
        for run in runs_of(cell):
            text = text_of(run).strip()[:8]
            size = number(formats.of_run(run, cell, "sz", "val")) or 20
            if not 18 <= size <= 32:
                yield f"表中文字应为小五号至三号（一般五号至小四），“{text}”现为{size / 2:g}磅。"
            face = formats.face(run, cell, "eastAsia")
            if _CJK.search(text) and face not in _TABLE_FACES:
                yield f"表中文字应为仿宋或宋体，“{text}”现为{face or '未指定'}。"
            if formats.of_run(run, cell, "color", "val") not in BLACK:
                yield f"表中文字应为黑色，“{text}”现为彩色。"
            if (highlight := run.find(f"{w('rPr')}/{w('highlight')}")) is not None and highlight.get(w("val")) not in ("none", "lightGray"):
                yield f"表中“{text}”有底色，请去掉。"


# --- where it stands ---------------------------------------------------------------------------------------


def _title(read: Read, placed: str | None, formats: Formats) -> Iterator[str]:
    element = read.element
    if placed != "center":
        yield "标题应居中，现不是。"
    if any(abs(number(formats.of_paragraph(element, "ind", name))) > 20 for name in ("left", "start", "right", "end", "leftChars", "rightChars", "firstLine", "firstLineChars", "hanging")):
        yield "标题应居中，左右不缩进，现有缩进。"
    rule, line = (formats.of_paragraph(element, "spacing", name) for name in ("lineRule", "line"))
    if (rule == "exact" and not 560 <= number(line) <= 740) or (rule in (None, "auto") and line is not None and number(line) > 300):
        yield f"标题行距应为33至35磅固定值，现为{_pitch_said(rule, line)}。"


def blank_after_title(read: Read, following: Read | None, formats: Formats) -> Iterator[str]:
    """One blank line between the title (with what stands under it) and the text: a paragraph, or as much space."""
    if following is None or following.kind in (Kind.TITLE, Kind.UNDER_TITLE) or read.before_blank or following.after_blank:
        return
    after = number(formats.of_paragraph(read.element, "spacing", "after")) + number(formats.of_paragraph(read.element, "spacing", "afterLines")) * 5.8
    before = number(formats.of_paragraph(following.element, "spacing", "before")) + number(formats.of_paragraph(following.element, "spacing", "beforeLines")) * 5.8
    if after + before < 400:
        yield "标题与正文之间应空一行，现未空。"


def _record(read: Read, formats: Formats) -> Iterator[str]:
    """版记: one character free on both sides; 抄送 ends with a full stop (GB/T 9704 7.4)."""
    written = text_of(read.element)
    chars, twips = (max(number(formats.of_paragraph(read.element, "ind", name)) for name in names) for names in (("leftChars", "firstLineChars"), ("left", "start", "firstLine")))
    free = (chars / 100 if chars else twips / 280) + len(written) - len(written.lstrip("\u3000"))
    if abs(free - 1) > 0.2:
        yield f"版记各行应左右各空一字，现左边空{free:.1f}字。"
    if read.text.startswith(("抄送", "分送")) and not read.text.endswith("。"):
        yield "抄送机关名称之后应标句号。"


def _signature(read: Read, placed: str | None, formats: Formats) -> Iterator[str]:
    indent, left = (number(formats.of_paragraph(read.element, "ind", name)) for name in ("right", "left"))
    chars = number(formats.of_paragraph(read.element, "ind", "rightChars"))
    spaces = len(text_of(read.element)) - len(text_of(read.element).lstrip())
    if placed != "right" and left < 2000 and spaces < 6 and number(formats.of_paragraph(read.element, "ind", "firstLine")) < 2000 and number(formats.of_paragraph(read.element, "ind", "firstLineChars")) < 600:
        yield f"{read.kind.value}应居右编排，现不是。"
    elif read.kind is Kind.DATE and placed == "right" and not 350 <= (chars or indent / 3.2) <= 450:
        yield f"成文日期应右空四字，现空{(chars or indent / 3.2) / 100:.1f}字。"
    yield from _lines(read, formats)


def _indent(read: Read, formats: Formats) -> Iterator[str]:
    element, kind = read.element, read.kind
    chars, twips = (number(formats.of_paragraph(element, "ind", name)) for name in ("firstLineChars", "firstLine"))
    left = max(number(formats.of_paragraph(element, "ind", name)) for name in ("left", "start", "leftChars"))
    hanging = [n for n in (("hanging", "firstLine"), ("hangingChars", "firstLineChars")) if formats.nearer(element, "ind", *n) and number(formats.of_paragraph(element, "ind", n[0]))]
    first = chars / 100 if chars else twips / 320
    written = len(text_of(element)) - len(text_of(element).lstrip("\u3000"))
    if kind in (Kind.ADDRESSEE, Kind.ENCLOSURE):
        if first > 0.2 or left > 20:
            yield f"{kind.value}应顶格编排，现有缩进。"
    elif kind is Kind.ENCLOSURES:
        if not left and abs(first + written - 2) > 0.1:
            yield f"附件说明应左空二字，现空{first:.1f}字。"
    elif hanging:
        yield "首行应空二字，现为悬挂缩进。"
    else:
        if abs(first - 2) > 0.13 and not (first == 0 and written == 2):
            yield f"首行应空二字，现空{f'{first:g}字' if chars else f'{first:.1f}字'}。"
        if left > 20:
            yield "回行应顶格，现整段缩进。"
    if max(number(formats.of_paragraph(element, "ind", name)) for name in ("right", "end", "rightChars")) > 20:
        yield "每行应排满版心，现右边有缩进。"


def _lines(read: Read, formats: Formats) -> Iterator[str]:
    element = read.element
    rule, line = (formats.of_paragraph(element, "spacing", name) for name in ("lineRule", "line"))
    pitch = pitch_of(element, read.section, formats) if read.section is not None else number(line) if rule == "exact" else 0
    if rule == "exact" and not 556 <= number(line) <= 584:
        yield f"行距应为28至29磅固定值，现为{number(line) / 20:g}磅。"
    elif rule != "exact" and not 556 <= pitch <= 584:
        yield f"行距应为28至29磅固定值，现为{_pitch_said(rule, line)}。"
    for name, where in (("before", "段前"), ("after", "段后")):
        if name == "after" and read.kind is Kind.UNDER_TITLE:
            continue
        automatic = Formats.is_on(formats.of_paragraph(element, "spacing", f"{name}Autospacing"))
        lines, twips = (number(formats.of_paragraph(element, "spacing", f"{name}{unit}")) for unit in ("Lines", ""))
        if automatic or lines >= 5 or (twips > 20 and not lines):
            yield f"段间不加空距，现{where}空{'自动' if automatic else f'{lines / 100:g}行' if lines else f'{twips / 20:g}磅'}。"


def _pitch_said(rule: str | None, line: str | None) -> str:
    if rule in (None, "auto"):
        return f"{number(line) / 240:g}倍" if line else "单倍"
    return f"{'最小值' if rule == 'atLeast' else ''}{number(line) / 20:g}磅"


def _numbered(element: etree._Element, formats: Formats) -> bool:
    return any((n := form.find(f"{w('numPr')}/{w('numId')}")) is not None and n.get(w("val")) != "0" for form in formats.forms_of(element) if form.find(w("numPr")) is not None)


# --- how it looks ------------------------------------------------------------------------------------------


def _runs(read: Read, formats: Formats) -> Iterator[str]:
    run_in = bool(re.match("[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）", read.text)) and len(read.text) > 40
    bold_until = _bold_until(read)
    place = 0
    for order, run in enumerate(runs_of(read.element)):
        text = text_of(run)
        start, place = place, place + len(text)
        style = run.find(f"{w('rPr')}/{w('rStyle')}")
        if style is not None and formats.name_of(style.get(w("val"), "")) == DRAFT_MARK:
            continue
        kind = Kind.BODY if run_in and order else read.kind
        yield from _run(run, read.element, text.strip(), kind, formats)
        if Formats.is_on(formats.of_run(run, read.element, "b", "val")) and (kind is not Kind.BODY or place > bold_until) and kind is not Kind.CAPTION:
            yield f"{kind.value}不加粗，{'现为粗体' if kind is not Kind.BODY else f'“{text.strip()[:8]}”现为粗体' + ('（段首一句可加粗）' if start else '')}。"


def _bold_until(read: Read) -> int:
    """How far a paragraph may be bold: its first sentence, where that is a heading of its own at the paragraph's beginning."""
    whole = text_of(read.element)
    ends = [at + 1 for sign in "。：" if (at := whole.find(sign)) >= 0]
    numbered = re.match(r"\s*(?:\d+\s*[.．]|（\d+）|[一二三四五六七八九十]是)", whole)
    if ends and min(ends) < len(whole.rstrip()):
        return min(ends) if numbered or min(ends) <= 30 else 0
    return len(whole) if numbered and len(read.text) <= 40 else 0


def _run(run: etree._Element, element: etree._Element, text: str, kind: Kind, formats: Formats) -> Iterator[str]:
    wanted, accepted = _FACES.get(kind, _PLAIN)
    title = kind.value
    size, (right, said) = number(formats.of_run(run, element, "sz", "val")), _SIZES.get(kind, (32, "3号（16磅）"))
    if size != right and not (kind is Kind.CAPTION and size in (28, 30)):
        yield f"{title}应为{said}，“{text[:8]}”现为{size / 2 or 10:g}磅。"
    face = formats.face(run, element, "eastAsia")
    if _CJK.search(text):
        if face is None:
            yield f"“{text[:8]}”没有写明中文字体，{title}应为{wanted}。"
        elif face not in accepted:
            yield f"{title}应为{wanted}，“{text[:8]}”现为{face}。"
        if (formats.of_run(run, element, "lang", "eastAsia") or "") != "zh-CN":
            yield "文字语言应为简体中文（zh-CN）。"
        rare = [c for c in text if _CJK.match(c) and not in_gb2312(c)]
        if rare and (face or "").endswith(("_GB2312", "简体")):
            yield f"“{rare[0]}”字不在{face}里，会显示成别的字体，请换成大字符集字体（如仿宋、方正小标宋_GBK）。"
    if re.search("[A-Za-z0-9]", text):
        latin = formats.face(run, element, "ascii")
        if latin not in accepted | _LATIN:
            yield f"数字、字母应为{wanted}或Times New Roman，“{text[:8]}”现为{latin or '未指定'}。"
    yield from _ornament(run, element, text, kind, formats)


def _ornament(run: etree._Element, element: etree._Element, text: str, kind: Kind, formats: Formats) -> Iterator[str]:
    if formats.of_run(run, element, "color", "val") not in BLACK:
        yield f"文字应为黑色，“{text[:8]}”现为彩色。"
    highlight = run.find(f"{w('rPr')}/{w('highlight')}")
    if highlight is not None and highlight.get(w("val")) not in ("none", "lightGray"):
        yield f"“{text[:8]}”有底色，请去掉。"
    fill = formats.of_run(run, element, "shd", "fill")
    if fill is not None and fill.upper() not in ("AUTO", "FFFFFF"):
        yield f"“{text[:8]}”有底纹，请去掉。"
    for name, said in _ORNAMENT:
        value = formats.of_run(run, element, name, "val")
        if Formats.is_on(value) and value not in ("baseline", "nil") and not (name == "vertAlign" and re.fullmatch("[23]", text)):
            yield f"“{text[:8]}”用了{said}，请去掉。"
    if Formats.is_on(formats.of_run(run, element, "vanish", "val")):
        yield f"“{text[:8]}”是隐藏文字，请删去或取消隐藏。"
    scale = formats.of_run(run, element, "w", "val")
    if scale is not None and number(scale.rstrip("%")) not in (0, 100):
        yield f"文字不缩放，“{text[:8]}”现为{scale.rstrip('%')}%。"
    spacing = number(formats.of_run(run, element, "spacing", "val"))
    if abs(spacing) > (20 if kind is Kind.TITLE else 10):
        yield f"字距不加宽、不紧缩，“{text[:8]}”现{'加宽' if spacing > 0 else '紧缩'}{abs(spacing) / 20:g}磅。"
    if abs(number(formats.of_run(run, element, "position", "val"))) > 1:
        yield f"“{text[:8]}”的位置提升或降低了，请恢复。"


def in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
