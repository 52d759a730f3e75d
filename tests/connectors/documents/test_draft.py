"""The office's Word template filled in: controls, formats, marks, comments, and what a person put there stays."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from lxml import etree

from connectors.documents import (
    BadDocument,
    Comment,
    Control,
    Mark,
    build_template,
    is_untouched,
    render_draft,
    template_paragraphs,
)

AT = datetime(2020, 7, 19, 18, tzinfo=UTC)
W = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}


def document(*paragraphs) -> bytes:
    """Each paragraph a list of (text, bold) runs."""
    made = Document()
    for runs in paragraphs:
        paragraph = made.add_paragraph()
        for text, bold in runs:
            paragraph.add_run(text).bold = bold
    return saved(made)


def saved(made) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def filled(template: bytes, *figures: Control, status=None, gaps=(), replace=None) -> bytes:
    """Every ``{{…}}`` of the template becomes the next figure; ``replace`` maps other tags to text."""
    evaluated, number = [], 0
    for text in template_paragraphs(template):
        for tag, value in (replace or {}).items():
            text = text.replace(tag, value)
        while "{{" in text:
            start, end = text.index("{{"), text.index("}}") + 2
            text = f"{text[:start]}\ue000{number}\ue001{text[end:]}"
            number += 1
        evaluated.append(text)
    header = [f"列{n}" for n in range(10)]
    return render_draft(template, evaluated, dict(enumerate(figures)), status, gaps, header, AT).data


def body(data: bytes):
    return Document(io.BytesIO(data)).element.body


def at(element, path: str):
    return etree._Element.xpath(element, path, namespaces=W)


def text_of(element) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t")))


def figure(text="12.47", **more) -> Control:
    return Control(text, "slot=6;indicator=fai_completed", "固定资产投资", **more)


def test_a_figure_becomes_a_control_that_says_what_it_is():
    made = body(filled(build_template("投资{{a}}亿元。"), figure()))
    (sdt,) = made.iter(qn("w:sdt"))
    assert at(sdt, "string(w:sdtPr/w:tag/@w:val)") == "slot=6;indicator=fai_completed"
    assert at(sdt, "string(w:sdtPr/w:alias/@w:val)") == "固定资产投资"
    assert text_of(sdt) == "12.47"
    assert text_of(made) == "投资12.47亿元。"


def test_a_placeholder_that_word_split_into_runs_is_one_placeholder():
    template = document([("投资{", None), ("{fai_", True), ("completed}", None), ("}亿元", None)])
    assert template_paragraphs(template) == ["\ue0100\ue011投资\ue0101\ue011\ue0102\ue011\ue0103\ue011{{fai_completed}}\ue0103\ue011亿元"]


def test_the_format_of_a_run_survives_the_branch_it_began_in():
    template = document([("甲{% if x %}乙", None), ("丙{% endif %}丁", True)])
    (text,) = template_paragraphs(template)
    without = text[: text.index("{% if")] + text[text.index("{% endif %}") + len("{% endif %}") :]
    runs = Document(io.BytesIO(render_draft(template, [without], {}, None, [], [], AT).data)).paragraphs[0].runs
    assert [(run.text, run.bold) for run in runs] == [("甲", None), ("丁", True)]


def test_a_figure_keeps_the_format_of_its_placeholder():
    run = at(next(body(filled(document([("共", None), ("{{a}}", True)]), figure())).iter(qn("w:sdt"))), "w:sdtContent/w:r")[0]
    assert run.rPr.find(qn("w:b")) is not None


def test_a_missing_figure_is_highlighted_red_and_commented():
    data = filled(build_template("共{{a}}户"), figure("X", mark=Mark.MISSING, comment=Comment("缺：低保户数")))
    made = Document(io.BytesIO(data))
    (sdt,) = made.element.body.iter(qn("w:sdt"))
    properties = at(sdt, "w:sdtContent/w:r/w:rPr")[0]
    names = [child.tag.split("}")[1] for child in properties]
    assert names == sorted(names, key=["rStyle", "rFonts", "b", "color", "spacing", "sz", "highlight", "u", "lang"].index)
    assert properties.find(qn("w:highlight")).get(qn("w:val")) == "yellow"
    assert properties.find(qn("w:color")).get(qn("w:val")) == "FF0000"
    assert at(properties, "string(w:rStyle/@w:val)") == "草稿标记"
    assert [comment.text for comment in made.comments] == ["缺：低保户数"]
    assert sdt.getprevious().tag == qn("w:commentRangeStart")
    assert sdt.getnext().tag == qn("w:commentRangeEnd")


def test_a_provisional_figure_is_underlined_in_blue_dots():
    (sdt,) = body(filled(build_template("共{{a}}户"), figure("327", mark=Mark.PROVISIONAL, comment=Comment("待核实")))).iter(qn("w:sdt"))
    line = at(sdt, "w:sdtContent/w:r/w:rPr/w:u")[0]
    assert (line.get(qn("w:val")), line.get(qn("w:color"))) == ("dotted", "0000FF")


def test_pictures_breaks_and_bookmarks_of_the_template_stay_where_they_are():
    made = Document()
    paragraph = made.add_paragraph("前{{a}}")
    paragraph.add_run().add_break(WD_BREAK.PAGE)
    mark = OxmlElement("w:bookmarkStart")
    mark.set(qn("w:id"), "1")
    paragraph._p.append(mark)
    paragraph.add_run("后")
    made = body(filled(saved(made), figure()))
    order = [c.tag.split("}")[1] if c.tag != qn("w:r") else at(c, "string(.)") or "break" for c in made.xpath("w:p")[0]]
    assert order == ["前", "sdt", "break", "bookmarkStart", "后"]


def test_a_paragraph_without_placeholders_is_not_touched():
    made = Document()
    made.add_paragraph().add_run("字").font.size = Pt(9)
    before = made.paragraphs[0]._p.xml
    assert body(filled(saved(made))).xpath("w:p")[0].xml == before


def test_placeholders_in_a_table_are_filled_too():
    made = Document()
    made.add_table(1, 1).cell(0, 0).text = "共{{a}}户"
    assert text_of(body(filled(saved(made), figure("412")))) == "共412户"


def test_a_paragraph_whose_whole_text_was_left_out_goes():
    data = filled(build_template("一\n{% if x %}二{% endif %}\n三"), replace={"{% if x %}": "", "{% endif %}": "", "二": ""})
    assert [p.text for p in Document(io.BytesIO(data)).paragraphs] == ["一", "三"]


def test_what_a_person_is_to_write_is_grey():
    runs = Document(io.BytesIO(filled(build_template("前[[手写：某事]]后")))).paragraphs[0].runs
    assert [(run.text, run.font.highlight_color is not None) for run in runs] == [("前", False), ("[[手写：某事]]", True), ("后", False)]


def hyperlink(made) -> None:
    link = OxmlElement("w:hyperlink")
    run = made.add_paragraph("投资").add_run("{{a}}")._r
    run.getparent().append(link)
    link.append(run)


def header(made) -> None:
    made.sections[0].header.paragraphs[0].text = "{{town_name}}镇"


@pytest.mark.parametrize("place", [hyperlink, header])
def test_a_placeholder_that_cannot_be_read_is_refused_not_printed(place):
    made = Document()
    place(made)
    with pytest.raises(BadDocument, match="请移到正文段落中"):
        template_paragraphs(saved(made))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_word_file_is_said_in_one_line(data):
    with pytest.raises(BadDocument, match="模板打不开"):
        template_paragraphs(data)


def test_the_office_may_bring_a_template_that_knows_none_of_our_styles():
    data = filled(document([("题目", None)], [("共{{a}}户", None)]), figure("X", mark=Mark.MISSING), status=Control("（初稿，缺1处）", "status", "状态"), gaps=[["1"] * 10])
    texts = ["".join(t.text for t in p._p.iter(qn("w:t"))) for p in Document(io.BytesIO(data)).paragraphs]
    assert texts[:2] == ["题目", "（初稿，缺1处）"] and "数据缺口清单" in texts
    assert len(Document(io.BytesIO(data)).tables[0].rows) == 2


def test_the_same_input_gives_the_same_bytes():
    template = build_template("# 题\n共{{a}}户")
    control = figure("X", mark=Mark.MISSING, comment=Comment("缺"))
    assert filled(template, control) == filled(template, control) and build_template("# 题\n共{{a}}户") == template


def test_a_draft_knows_whether_a_person_has_saved_it():
    data = filled(build_template("共{{a}}户"), figure())
    edited = Document(io.BytesIO(data))
    edited.paragraphs[0].add_run("。")
    assert is_untouched(data) and not is_untouched(saved(edited))
    assert not is_untouched(build_template("共")) and not is_untouched(b"")


# --- the page ------------------------------------------------------------------------------------------------


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_the_page_is_that_of_gb_9704():
    section = Document(io.BytesIO(build_template("# 题"))).sections[0]
    measures = (section.page_width, section.page_height, section.top_margin, section.left_margin, section.bottom_margin, section.right_margin)
    assert [round(m.mm) for m in measures] == [210, 297, 37, 28, 35, 26]
    assert section._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch")) == "579"


@pytest.mark.parametrize(("name", "right"), [("禾麓镇党委", 72), ("禾麓镇人民政府（党政办）", 17), ("禾麓镇人民政府深化行政执法体制改革领导小组办公室", 0)])
def test_the_name_under_the_report_is_centred_on_its_date(name, right):
    """GB/T 9704 7.3.5.1; 2020年7月3日 is six characters wide, four from the edge."""
    filled_in = Document(io.BytesIO(filled(build_template(f"正文。\n> {name}\n> {{{{draft_date|ymd}}}}"), Control("2020年7月3日", "t", "日期"))))
    above, below = filled_in.paragraphs[-2:]
    assert (above.paragraph_format.right_indent, below.paragraph_format.right_indent) == (Pt(right), None)
    assert below.style.paragraph_format.right_indent == Pt(64) and filled_in.paragraphs[0].paragraph_format.right_indent is None


def test_styles_name_their_faces_for_every_script():
    made = Document(io.BytesIO(build_template("# 题")))
    for style, face, size in (("公文正文", "仿宋_GB2312", 16), ("公文标题", "方正小标宋简体", 22), ("公文一级标题", "黑体", 16), ("公文二级标题", "楷体_GB2312", 16)):
        fonts = made.styles[style].element.rPr.find(qn("w:rFonts"))
        assert {fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi", "eastAsia", "cs")} == {face}
        assert made.styles[style].font.size == Pt(size)
        assert made.styles[style].element.rPr.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages():
    data = build_template("# 题")
    assert "w:evenAndOddHeaders" in part(data, "word/settings.xml")
    section = Document(io.BytesIO(data)).sections[0]
    assert section.footer.paragraphs[0].text.startswith("— ") and section.even_page_footer.paragraphs[0].text.endswith(" —")
    assert section.footer.paragraphs[0].alignment != section.even_page_footer.paragraphs[0].alignment


def test_readers_without_the_faces_are_told_what_to_take():
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/>' in part(build_template("# 题"), "word/fontTable.xml")


@pytest.mark.parametrize("template", [build_template("# 题\n1—6月。"), document([("1—6月。", None)])], ids=["built-in", "an office's own"])
def test_no_line_ends_or_begins_at_the_dash_of_a_span(template):
    """1—6月 on two lines reads as two figures; the words themselves stay as people search for them."""
    data = render_draft(template, template_paragraphs(template), {}, None, [], [], AT).data
    settings = Document(io.BytesIO(data)).settings.element
    lists = {c.tag.rpartition("}")[2]: c.get(qn("w:val")) for c in settings if "noLineBreaks" in c.tag}
    assert set(lists) == {"noLineBreaksAfter", "noLineBreaksBefore"} and all(signs.endswith("—") for signs in lists.values())
    order = [c.tag.rpartition("}")[2] for c in settings]
    assert order.index("noLineBreaksBefore") == order.index("noLineBreaksAfter") + 1 < order.index("compat")
