"""What a person's hand does to a layout, one at a time, each told with its place; and correct documents left in peace."""

import io
from copy import deepcopy

import pytest
from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from lxml import etree

from connectors.documents import build_template, measure
from flows.draft.verbs_work import deviations
from tests.flows.draft.half_year import draft, figures, without
from tests.flows.draft.person import W, edited, parts, text_of, with_parts
from tests.flows.draft.test_check import changed, run_of

BODY = 4


def xml(text):
    return parse_xml(text.replace("/>", f" {nsdecls('w')}/>", 1) if text.endswith("/>") and ">" not in text[:-2] else text.replace(">", f" {nsdecls('w')}>", 1))


def form(d, paragraph=BODY):
    return d.paragraphs[paragraph].paragraph_format


def set_run(d, element, **attributes):
    part = OxmlElement(element)
    for name, value in attributes.items():
        part.set(qn(f"w:{name}"), value)
    for run in d.paragraphs[BODY].runs:
        run._r.get_or_add_rPr().append(deepcopy(part))


def whole(d, name, value=True):
    for run in d.paragraphs[BODY].runs:
        setattr(run.font, name, value)


def section(d, text):
    d.sections[0]._sectPr.append(xml(text))


def ind(d, paragraph, **attributes):
    found = d.paragraphs[paragraph]._p.get_or_add_pPr().get_or_add_ind()
    for name, value in attributes.items():
        found.set(qn(f"w:{name}"), value)


def first_page(d):
    d.sections[0].different_first_page_header_footer = True


def second_section(d):
    made = d.add_section(WD_SECTION.NEW_PAGE)
    made.footer.is_linked_to_previous = False
    made.footer.paragraphs[0].text = "随便"


def a_table(d):
    cell = d.add_table(1, 1).cell(0, 0).paragraphs[0].add_run("全镇")
    cell.font.size = Pt(30)


def in_a_block_control(d):
    paragraph = deepcopy(d.paragraphs[BODY]._p)
    box = xml("<w:sdt><w:sdtContent/></w:sdt>")
    box[0].append(paragraph)
    d.paragraphs[BODY]._p.addnext(box)
    for run in paragraph.iter(qn("w:r")):
        size = OxmlElement("w:sz")
        size.set(qn("w:val"), "18")
        run.get_or_add_rPr().append(size)


def after_the_gap_list(d):
    d.add_paragraph("全镇召开动员大会，部署下半年工作任务，各村要截止到8月底完成。")


def roman(d):
    next(d.sections[0].footer._element.iter(qn("w:instrText"))).text = "PAGE \\* ROMAN"


DEEDS = {
    "行距应为28至29磅固定值，现为1.5倍": lambda d: setattr(form(d), "line_spacing", 1.5),
    "正文应两端对齐，现居中": lambda d: setattr(form(d), "alignment", WD_ALIGN_PARAGRAPH.CENTER),
    "正文应两端对齐，现居右": lambda d: setattr(form(d), "alignment", WD_ALIGN_PARAGRAPH.RIGHT),
    "段间不加空距，现段前空20磅": lambda d: setattr(form(d), "space_before", Pt(20)),
    "段间不加空距，现段后空20磅": lambda d: setattr(form(d), "space_after", Pt(20)),
    "正文不加粗": lambda d: whole(d, "bold"),
    "用了斜体": lambda d: whole(d, "italic"),
    "用了下划线": lambda d: whole(d, "underline"),
    "用了删除线": lambda d: whole(d, "strike"),
    "用了上下标": lambda d: whole(d, "subscript"),
    "隐藏文字": lambda d: whole(d, "hidden"),
    "现为66%": lambda d: set_run(d, "w:w", val="66"),
    "加宽3磅": lambda d: set_run(d, "w:spacing", val="60"),
    "现为Comic Sans MS": lambda d: [r._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:ascii"), "Comic Sans MS") for r in d.paragraphs[BODY].runs],
    "有底纹": lambda d: set_run(d, "w:shd", val="clear", fill="FF0000"),
    "右边有缩进": lambda d: setattr(form(d), "right_indent", Mm(40)),
    "悬挂缩进": lambda d: ind(d, BODY, hanging="640", left="640", firstLineChars="0"),
    "自动编号": lambda d: d.paragraphs[BODY]._p.get_or_add_pPr().append(xml('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')),
    "订口应为28毫米，现为43.0毫米（含装订线）": lambda d: setattr(d.sections[0], "gutter", Mm(15)),
    "页脚距边界5.0毫米": lambda d: setattr(d.sections[0], "footer_distance", Mm(5)),
    "首页没有页脚": first_page,
    "页码应为黑色": lambda d: [r._r.get_or_add_rPr().append(xml('<w:color w:val="FF0000"/>')) for r in d.sections[0].footer.paragraphs[0].runs],
    "页码应为阿拉伯数字": roman,
    "现分2栏": lambda d: d.sections[0]._sectPr.find(qn("w:cols")).set(qn("w:num"), "2"),
    "页面背景": lambda d: d.element.insert(0, xml('<w:background w:color="FFFF00"/>')),
    "不设页眉": lambda d: setattr(d.sections[0].header.paragraphs[0], "text", "内部资料"),
    "第2节单页页脚里没有页码": second_section,
    "标题应居中，左右不缩进": lambda d: ind(d, 0, left="2835"),
    "标题与正文之间应空一行": lambda d: setattr(form(d, 0), "space_after", Pt(0)),
    "第1张表：表中文字应为": a_table,
    "现为9磅": in_a_block_control,
    "时间应写“截至”": after_the_gap_list,
    "应为3号（16磅），“一、": lambda d: [setattr(r.font, "size", Pt(15)) for r in d.paragraphs[2].runs],
    "成文日期应右空四字": lambda d: setattr(d.paragraphs[-1].paragraph_format, "right_indent", Pt(0)),
    "页面边框": lambda d: section(d, '<w:pgBorders><w:top w:val="single"/></w:pgBorders>'),
    "有行号": lambda d: section(d, '<w:lnNumType w:countBy="1"/>'),
}  # fmt: skip


@pytest.mark.parametrize("says", DEEDS)
def test_each_is_told_with_its_place(says):
    found = deviations(changed(DEEDS[says]))
    assert any(says in sentence for sentence in found), found
    assert all(sentence.startswith(("页面：", "版面：", "页码：", "第")) for sentence in found)
    assert len(found) <= 4, "one slip of the hand is not a page of complaints"


def test_words_after_the_list_of_gaps_are_measured():
    data = draft(without(figures(), "toilet_tank_refit_cnt")).rendered.data
    document = Document(io.BytesIO(data))
    document.add_paragraph("附记：全镇截止到今天完成收储。")
    out = io.BytesIO()
    document.save(out)
    assert measure(data) == [] and any("附记" in said and "截至" in said for said in deviations(out.getvalue()))


# --- correct documents -------------------------------------------------------------------------------------

LONG = "全镇上下认真贯彻区委、区政府工作部署，统筹推进疫情防控和经济社会发展，主要经济指标稳步回升。"


def document(*lines):
    """An official document on our page: (style or what it is, text)."""
    made = Document(io.BytesIO(build_template("# 题")))
    made.paragraphs[0]._p.getparent().remove(made.paragraphs[0]._p)
    for style, text in lines:
        made.add_paragraph(text, style=style)
    return made


def said_of(made):
    out = io.BytesIO()
    made.save(out)
    return deviations(out.getvalue())


def test_a_title_in_two_lines_an_addressee_and_levels():
    made = document(("公文标题", "禾麓镇人民政府关于报送二〇二〇年"), ("公文标题", "上半年工作总结的报告"), ("公文正文", "区人民政府："), ("公文正文", LONG), ("公文一级标题", "一、主要工作"),
                    ("公文二级标题", "（一）抓项目"), ("公文正文", f"1. 抓开工。{LONG}"), ("公文正文", f"（1）{LONG}"), ("公文正文", "特此报告。"),
                    ("公文落款", "禾麓镇人民政府"), ("公文落款", "2020年7月3日"))  # fmt: skip
    made.paragraphs[0].paragraph_format.space_after = Pt(0)
    ind(made, 2, firstLine="0", firstLineChars="0")
    assert said_of(made) == []


def test_a_note_of_enclosures_and_an_enclosure_on_a_page_of_its_own():
    made = document(("公文标题", "关于做好秸秆禁烧工作的通知"), ("公文正文", LONG), ("公文正文", ""), ("公文正文", "附件：1. 禾麓镇秸秆禁烧工作任务分解表和责任人名单"), ("公文正文", "2. 巡查记录表"),
                    ("公文落款", "禾麓镇人民政府"), ("公文落款", "2020年7月3日"), ("公文一级标题", "附件1"), ("公文正文", ""), ("公文标题", "任务分解表"), ("公文正文", LONG))  # fmt: skip
    ind(made, 3, left="1920", hanging="1280", firstLine="0", firstLineChars="0")
    ind(made, 4, left="1600", hanging="320", firstLine="0", firstLineChars="0")
    ind(made, 7, firstLine="0", firstLineChars="0")
    made.paragraphs[6].add_run().add_break(WD_BREAK.PAGE)
    assert said_of(made) == []
    ind(made, 7, firstLine="640", firstLineChars="200")
    assert any("附件标识应顶格" in said for said in said_of(made))


def test_a_blank_line_after_the_title_may_be_a_paragraph_and_lines_may_hang_on_the_grid():
    made = document(("公文标题", "工作总结"), ("公文正文", ""), ("公文正文", LONG))
    made.paragraphs[0].paragraph_format.space_after = Pt(0)
    made.paragraphs[2].paragraph_format.line_spacing = 1
    assert said_of(made) == []


def test_two_ideographic_spaces_are_two_characters():
    made = document(("公文标题", "工作总结"), ("公文正文", f"\u3000\u3000{LONG}"))
    ind(made, 1, firstLine="0", firstLineChars="0")
    assert said_of(made) == []


def test_a_first_sentence_may_be_bold_and_a_later_one_not():
    made = document(("公文标题", "工作总结"), ("公文正文", ""))
    made.paragraphs[1].add_run("1. 抓项目。").bold = True
    made.paragraphs[1].add_run(LONG)
    assert said_of(made) == []
    made.paragraphs[1].add_run("尤其要抓。").bold = True
    assert any("不加粗" in said for said in said_of(made))
    assert run_of(made, 1).bold


def test_a_document_with_a_red_head_is_in_order():
    """发文机关标志 is red and large, 发文字号 stands centred under it, the title comes third."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    from connectors.documents import measure
    from connectors.documents.gbt9704 import prepare, save

    document = Document()
    prepare(document)
    head = document.add_paragraph(style="公文标题").add_run("禾麓镇人民政府文件")
    head.font.color.rgb, head.font.size = RGBColor(0xFF, 0, 0), Pt(48)
    mark = document.add_paragraph("禾政发〔2020〕12号", style="公文落款")
    mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("禾麓镇人民政府关于报送上半年工作总结的报告", style="公文标题")
    document.add_paragraph("上半年，全镇各项工作有序推进。", style="公文正文")
    assert [d.message for d in measure(save(document)) if d.paragraph] == []
    mark.runs[0].font.size = Pt(12)
    assert any("发文字号" in d.message for d in measure(save(document)))


def headed(*marks):
    """A document with a red head and these lines of 发文字号 and 签发人."""
    made = document(("公文标题", "禾麓镇人民政府文件"), *(("公文落款", mark) for mark in marks), ("公文标题", "关于报送上半年工作总结的报告"), ("公文正文", LONG))
    for paragraph in made.paragraphs[1 : len(marks) + 1]:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    return made


@pytest.mark.parametrize("marks", [
    ("禾政发〔2020〕12号　签发人：王某某",), ("签发人：王某某　李某某", "禾政发〔2020〕12号　　张某"), ("禾政发〔2020〕12号　签发人：王某某　李某某", "　　　　　　　　　　张某"),
])  # fmt: skip
def test_several_who_signed_stand_on_several_lines(marks):
    assert said_of(headed(*marks)) == []
    made = headed(*marks)
    made.paragraphs[len(marks)].runs[0].font.size = Pt(12)
    assert [said for said in said_of(made) if "发文字号应为3号" in said]


def recorded(copied="抄送：区委办公室，区人大常委会办公室。"):
    made = document(("公文标题", "工作总结"), ("公文正文", LONG), ("公文落款", "禾麓镇人民政府"), ("公文落款", "2020年7月3日"), ("公文正文", copied), ("公文正文", "禾麓镇党政综合办公室　　2020年7月3日印发"))
    for number in (4, 5):
        ind(made, number, left="280", right="280", firstLine="0", firstLineChars="0")
        made.paragraphs[number].runs[0].font.size = Pt(14)
    made.paragraphs[4]._p.get_or_add_pPr().append(xml('<w:pBdr><w:top w:val="single"/></w:pBdr>'))
    return made


def test_the_record_at_the_end_is_smaller_and_stands_in_by_a_character():
    assert said_of(recorded()) == []
    made = recorded("抄送：区委办公室")
    ind(made, 5, left="640")
    made.paragraphs[5].runs[0].font.size = Pt(16)
    found = said_of(made)
    assert len(found) == 3 and all("版记" in said or "句号" in said for said in found), found


def test_a_table_longer_than_a_page_repeats_its_head():
    def listed(rows):
        made = document(("公文标题", "工作总结"), ("公文正文", LONG))
        table = made.add_table(rows, 1)
        for row in table.rows:
            run = row.cells[0].paragraphs[0].add_run("村")
            run.font.size = Pt(12)
            run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "仿宋_GB2312")
        return made

    assert said_of(listed(20)) == []
    (said,) = said_of(made := listed(40))
    assert "重复标题行" in said
    made.tables[0].rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    assert said_of(made) == []


BOX = (
    '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>'
    '<mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:positionH relativeFrom="margin"><wp:align>outside</wp:align></wp:positionH><w:txbxContent>{0}</w:txbxContent></wp:anchor></w:drawing></mc:Choice>'
    '<mc:Fallback><w:pict><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>'
)  # fmt: skip


def _boxed(words, begins):
    """Our draft with a text box on the paragraph that begins so, as Word and WPS write it: once for them, once for older programs."""
    def deed(body):
        host = next(p for p in body.iter(f"{W}p") if text_of(p).startswith(begins))
        host.insert(1, etree.fromstring(BOX.format(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>")))

    return deviations(edited(draft().rendered.data, deed))


@pytest.mark.parametrize("begins", ["禾麓镇2020年上半年", "一、上半年", "6. 民生保障", "2020年7月3日"])
def test_a_text_box_is_told_once_and_leaves_its_paragraph_what_it_was(begins):
    layout, wording = _boxed("截止6月底", begins)
    assert begins in layout and "文本框里的“截止6月底”没有查版式" in layout
    assert "时间应写“截至”" in wording


def test_a_text_box_on_an_empty_line_is_told_too():
    def deed(body):
        title = next(body.iter(f"{W}p"))
        title.addprevious(etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}">{BOX.format("<w:p><w:r><w:t>内部资料</w:t></w:r></w:p>")}</w:p>'))

    assert [d.split("：")[0] for d in deviations(edited(draft().rendered.data, deed))] == ["第1段“内部资料”"]


def test_a_page_number_in_a_box_or_frame_on_the_outer_side_stands_where_it_should():
    """Word's frame and WPS's text box, both set to 外侧."""
    held = parts(draft().rendered.data)
    for name in ("word/footer1.xml", "word/footer2.xml"):
        footer = etree.fromstring(held[name])
        number = next(footer.iter(f"{W}p"))
        place = number.find(f"{W}pPr/{W}jc")
        place.getparent().remove(place)
        if name.endswith("1.xml"):
            number.find(f"{W}pPr").insert(0, etree.Element(f"{W}framePr", {f"{W}hAnchor": "margin", f"{W}xAlign": "outside"}))
        else:
            box = etree.fromstring(BOX.format(etree.tostring(number, encoding="unicode")))
            host = etree.SubElement(footer, f"{W}p")
            footer.remove(number)
            host.append(box)
        held[name] = etree.tostring(footer)
    assert deviations(with_parts(held)) == []
