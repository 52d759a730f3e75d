"""Any document measured: the page, the faces, the wording, each deviation with its place."""

import io
import re
from functools import cache

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from connectors.documents import NoDocument, clean_copy, is_untouched, measure
from flows.draft.lints import slips
from flows.draft.refresh import NotADraft, period_of
from flows.draft.verbs import check
from flows.draft.verbs_work import deviations
from flows.draft.verify import NoPeriod, period_named
from tests.flows.draft.half_year import draft, figures, valued, without
from tests.flows.draft.person import parts, with_parts


@cache
def written():
    return draft().rendered.data


def changed(*deeds):
    """Our own draft after something was done to it."""
    document = Document(io.BytesIO(written()))
    for deed in deeds:
        deed(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_our_own_draft_and_its_clean_copy_deviate_in_nothing():
    data = draft(without(figures(), "toilet_tank_refit_cnt")).rendered.data
    assert deviations(data) == [] and deviations(clean_copy(data)) == []


def undated(document):
    date = [list(p._p.iter(qn("w:t"))) for p in document.paragraphs][-1]
    assert "".join(node.text for node in date) == "2020年7月3日"
    for node in date:
        node.text = re.sub(r"\d+", "X", node.text)


def test_a_date_that_is_still_to_be_filled_in_stands_where_one_does():
    assert deviations(changed(undated)) == []


def test_a_rare_character_gets_a_face_that_has_it():
    data = draft(valued(figures(), wetland_village_name="㙍塅")).rendered.data
    assert measure(data) == []


def run_of(document, paragraph=4):
    return document.paragraphs[paragraph].runs[0]


DEEDS = {
    "纸张应为A4": lambda d: setattr(d.sections[0], "page_width", Mm(216)),
    "天头应为37毫米，现为25.4毫米": lambda d: setattr(d.sections[0], "top_margin", Mm(25.4)),
    "地脚应为35毫米": lambda d: setattr(d.sections[0], "bottom_margin", Mm(25.4)),
    "订口应为28毫米": lambda d: setattr(d.sections[0], "left_margin", Mm(31.8)),
    "切口应为26毫米": lambda d: setattr(d.sections[0], "right_margin", Mm(30)),
    "每页应排22行": lambda d: setattr(d.styles["公文正文"].paragraph_format, "line_spacing", Pt(25)),
    "每行应排28字": lambda d: d.styles["公文正文"].element.rPr.remove(d.styles["公文正文"].element.rPr.find(qn("w:spacing"))),
    "标题应居中": lambda d: setattr(d.paragraphs[0], "alignment", WD_ALIGN_PARAGRAPH.LEFT),
    "标题应为2号": lambda d: setattr(d.styles["公文标题"].font, "size", Pt(18)),
    "标题应为小标宋": lambda d: d.styles["公文标题"].element.rPr.rFonts.set(qn("w:eastAsia"), "宋体"),
    "二级标题应为楷体": lambda d: setattr(run_of(d), "text", "（一）经济运行情况"),
    "正文应为仿宋，": lambda d: run_of(d)._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体"),
    "正文应为3号": lambda d: setattr(run_of(d).font, "size", Pt(14)),
    "一级标题应为黑体": lambda d: d.styles["公文一级标题"].element.rPr.rFonts.set(qn("w:eastAsia"), "宋体"),
    "一级标题不加粗": lambda d: setattr(d.styles["公文一级标题"].font, "bold", True),
    "首行应空二字": lambda d: setattr(d.paragraphs[4].paragraph_format, "first_line_indent", Pt(0)) or d.paragraphs[4]._p.pPr.ind.set(qn("w:firstLineChars"), "0"),
    "文字应为黑色": lambda d: setattr(run_of(d).font.color, "rgb", RGBColor(0, 0, 255)),
    "奇偶页不同": lambda d: setattr(d.settings, "odd_and_even_pages_header_footer", False),
    "单页页码应居右": lambda d: setattr(d.sections[0].footer.paragraphs[0], "alignment", WD_ALIGN_PARAGRAPH.CENTER),
    "单页页码应为4号": lambda d: [setattr(r.font, "size", Pt(9)) for r in d.sections[0].footer.paragraphs[0].runs],
    "双页页码应居左": lambda d: setattr(d.sections[0].even_page_footer.paragraphs[0], "alignment", WD_ALIGN_PARAGRAPH.RIGHT),
    "单页页码应右空一字": lambda d: [d.sections[0].footer.paragraphs[0]._p.pPr.remove(i) for i in d.sections[0].footer.paragraphs[0]._p.pPr.findall(qn("w:ind"))] and d.sections[0].footer.paragraphs[0]._p.pPr.append(OxmlElement("w:ind")),
    "单页页码应为宋体": lambda d: [r._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "仿宋") for r in d.sections[0].footer.paragraphs[0].runs],
    "双页应写作": lambda d: setattr(d.sections[0].even_page_footer.paragraphs[0].runs[0], "text", "第"),
    "字不在仿宋_GB2312里": lambda d: setattr(run_of(d), "text", "㙍塅村"),
}  # fmt: skip


@pytest.mark.parametrize("says", DEEDS)
def test_each_deviation_is_told_with_its_place(says):
    found = deviations(changed(DEEDS[says]))
    assert any(says in sentence for sentence in found), found
    assert all(sentence.startswith(("页面：", "版面：", "页码：", "第")) for sentence in found)


def test_a_document_that_states_nothing_is_told_what_it_lacks():
    out = io.BytesIO()
    document = Document()
    document.add_paragraph("标题")
    document.add_paragraph("正文")
    document.save(out)
    text = "\n".join(deviations(out.getvalue()))
    for words in ("纸张", "奇偶页", "应为仿宋", "zh-CN", "首行应空二字"):
        assert words in text


def _with(name, content):
    """Our own draft with another part."""
    return with_parts(parts(written()) | {name: content})


def _bomb(name):
    """A part that says it holds 3 GB; it need not be there for the sum to be told."""
    data = bytearray(_with(name, b"0" * 4321))
    at = data.rindex(name.encode())
    data[at - 22 : at - 18] = (3_000_000_000).to_bytes(4, "little")
    return bytes(data)


def _locked():
    """Every part flagged as encrypted."""
    data = bytearray(written())
    for sign, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for match in re.finditer(sign, bytes(data)):
            data[match.start() + at] |= 1
    return bytes(data)


def _strict():
    return with_parts({n: c.replace(b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main") for n, c in parts(written()).items()})


HOSTILE = {
    "no zip": (lambda: b"no", "另存为"), "empty": (lambda: b"", "另存为"), ".doc or with a password": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "密码"), "zip with a password": (_locked, "密码"),
    "cut": (lambda: written()[:20_000], "损坏"), "broken text": (lambda: _with("word/document.xml", b"<w:document"), "损坏"), "bomb of words": (lambda: _bomb("word/document.xml"), "公文"),
    "bomb of pictures": (lambda: _bomb("word/media/a.png"), "公文"), "strict": (_strict, "严格"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_document_is_one_sentence(kind):
    made, says = HOSTILE[kind]
    with pytest.raises(NoDocument, match=says):
        measure(made())
    with pytest.raises(NotADraft):
        period_of(made())
    assert not is_untouched(made())
    if kind != "bomb of pictures":
        with pytest.raises(NoPeriod, match="另存为"):
            period_named(made())


@pytest.mark.parametrize("part", ["word/styles.xml", "word/settings.xml", "word/footer1.xml", "word/_rels/document.xml.rels"])
def test_a_part_that_is_broken_is_one_sentence(part):
    with pytest.raises(NoDocument, match="损坏"):
        measure(_with(part, b"<oops"))


def test_a_file_that_is_not_there_is_one_chinese_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        check(tmp_path / "没有.docx")
    assert "没有找到" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "advice"), [
    ("截止6月底，全镇", "截至"), ("同比去年增长3%", "同比"), ("检查近1100多辆", "同时"), ("营业收入负增长6.6%", "下降"), ("同比增长-6.6%", "负号"), ("收集480余条左右", "同时"), ("不足300余户", "同时"), ("投入162万余元以上", "同时"), ("100户以上左右", "同时"), ("低保４１２户", "半角"), ("增长6.6％", "半角"), ("产值下降2倍", "倍"),
    ("1-6月发放", "一字线"), ("投资3亿4500万元", "不混写"), ("发放110.53万余元", "小数"), ("发放162余万元", "162万余元"), ("全镇,发放", "全角"),
    ("启动(地块六)建设", "全角"), ("20年上半年", "四位"), ("05月", ""), ("2020年05月", "不加0"), ("发放1,234元", "分节号"), ("占比提高2.7%", "百分点"), ("销售品台", "平台"),
    ("增长.5%", "前面的0"), ("长.5公里", "前面的0"), ("走访三、五天", "顿号"), ("500KV线路", "kV"), ("超过100户以上", "同时"), ("占15～30%", "起止"), ("投资9～16亿元", "起止"), ("完成规范发展党员的工作任务。完成规范发展党员的工作任务。", "重复"),
])  # fmt: skip
def test_slips_of_the_pen(text, advice):
    found = [said for _, said in slips(text)]
    assert any(advice in said for said in found) if advice else found == []


@pytest.mark.parametrize("text", [
    "截至6月底，1—6月发放162万余元", "发放160余万元", "收集480余条", "于5月18日启动", "12.47亿元，同比下降6.6%", "15%～30%", "2018—2020年共安排", "近1200辆", "提高2.7个百分点",
    "完成年度任务的53.7%，超序时进度3.7个百分点", "同比增长2.3倍", "500千伏线路", "9亿～16亿", "三五天", "第一、二季度", "一、二、三年级", "500kV", "2.5—3公里", "不少于100户",
])  # fmt: skip
def test_good_wording_is_left_in_peace(text):
    assert list(slips(text)) == []
