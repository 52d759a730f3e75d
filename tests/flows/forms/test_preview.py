"""The picture of a sheet: every cell by its fate, nothing of a person."""

from __future__ import annotations

import pytest

from catalog.said import Said
from connectors.workbooks import read_workbook
from flows.forms.preview import preview
from flows.forms.verbs import preview_file
from flows.intake.read import Received, examine
from tests.flows.intake.sheets import TOKENS, page, small_town, village_rows, xlsx

F13 = ("F13", "花名册")


def pictured(data, town):
    from datetime import UTC, datetime

    examined = examine(Received("a.xlsx", "0" * 64, 1, datetime(2020, 7, 1, tzinfo=UTC)), data, town, TOKENS)
    assert examined.workbook is not None
    return preview(examined.workbook, examined.fates, examined.submission.issues, "a.xlsx")


def test_cells_carry_their_fate_and_their_sentence(tmp_path):
    town = small_town(tmp_path)
    body = village_rows(town, "F19", "月报", {"巡违控违（户）": ("近百", 5, "<b>&")})
    picture = pictured(page(town, "F19", "月报", body), town)
    assert "填“近百”" in picture and "采用" in picture and "表头" in picture and 'class="r"' in picture
    assert "<b>&" not in picture and "&lt;b&gt;&amp;" in picture
    assert "<script" not in picture and "http" not in picture


def test_a_picture_by_the_name_of_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(Said, match=r"写成 表\.html"):
        preview_file(None, tmp_path / "表.xlsx", tmp_path / "表.png")
    assert list(tmp_path.iterdir()) == []


def test_people_are_not_pictured(tmp_path):
    town = small_town(tmp_path)
    columns = [c.path for c in town.forms["F13"].sheet("花名册").columns]
    row = {"序号": 1, "村（社区）": "岚峰村", "户主姓名": "某甲某", "身份证号": "980112195803071015", "低保证号": "低保001", "保障类别": "A", "联系电话": "10000000001"}
    data = page(town, *F13, [[row.get(p) for p in columns]])
    for picture in (pictured(data, town), preview(read_workbook(data), {}, ())):
        assert "■■■" in picture
        for secret in ("某甲某", "980112195803071015", "10000000001"):
            assert secret not in picture


def test_whoever_signed_and_a_number_in_any_cell_are_not_pictured():
    rows = [["村", "户数", "反映内容"], ["甲村", 3, "某甲某家漏水"], ["乙村", 4, "13800138000"], ["填表人：某乙某", "审核人：", "某丙某"]]
    listed = [["某丁某", "980112195803071015", 600], ["某戊某", "138-0013-8000", 600]]
    picture = preview(read_workbook(xlsx({"表": rows, "名单": listed})), {}, ())
    assert not [secret for secret in ("某甲某", "某乙某", "某丙某", "13800138000", "138-0013", "980112195803071015") if secret in picture]


def test_an_undeclared_sheet_is_drawn_by_its_outline():
    data = xlsx({"表": [["村", "户数", "人数"], ["甲村", 3, 7], ["乙村", 4, 9], ["合计", 7, 16]]})
    picture = preview(read_workbook(data), {}, ())
    assert "未登记的表" in picture and "合计（核对用）" in picture
