"""Outputs that would say the same are not made again, and none stays that would say otherwise."""

import io
from datetime import timedelta

import openpyxl
import pytest
from docx import Document

from catalog.observations import Reading, Status
from connectors.documents import is_untouched
from flows.draft.made import LEDGER
from tests.flows.draft.half_year import AT, catalogue, figures, template, valued, without
from tests.flows.draft.person import edit, words_of


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def made_anew(folder, before):
    return {name for name, time in times(folder).items() if before.get(name) != time}


def nothing_is_made(monkeypatch):
    for name in ("write_tables", "write_page"):
        monkeypatch.setattr(f"flows.draft.outputs.{name}", lambda *_: pytest.fail("was made"))
    monkeypatch.setattr("flows.draft.compose.render_draft", lambda *_: pytest.fail("was made"))


def test_a_night_with_nothing_new_makes_and_touches_nothing(night, monkeypatch):
    folder = night()
    before = times(folder)
    nothing_is_made(monkeypatch)
    night()
    assert made_anew(folder, before) == set()


def test_on_the_next_day_only_what_speaks_of_the_day_is_made(night):
    folder = night(without(figures(), "dibao_hh"))
    before = times(folder)
    night(without(figures(), "dibao_hh"), at=AT + timedelta(days=1))
    assert made_anew(folder, before) == {"工作总结初稿.docx", "汇总表.xlsx", "缺口清单.xlsx", "催报清单.xlsx", "看板.html"}
    day = f"{AT.month}月{AT.day + 1}日"
    for name in ("汇总表.xlsx", "催报清单.xlsx"):
        book = openpyxl.load_workbook(folder / name)
        assert any(day in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row), name
    assert day in words_of(folder / "工作总结初稿.docx") and day in (folder / "看板.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["工作总结初稿.docx", "汇总表.xlsx", "数据来源表.xlsx", "看板.html"])
def test_what_is_gone_is_made_again_and_nothing_else(night, name):
    folder = night()
    before, was = times(folder), (folder / name).read_bytes()
    (folder / name).unlink()
    night()
    assert made_anew(folder, before) == {name} and (folder / name).read_bytes() == was


@pytest.mark.parametrize("name", ["汇总表.xlsx", "变化清单.xlsx", "看板.html"])
def test_what_a_person_changed_in_a_list_gives_way_to_ours(night, name):
    folder = night()
    was = (folder / name).read_bytes()
    (folder / name).write_bytes(was + b" ")
    night()
    assert (folder / name).read_bytes() == was


def test_a_changed_figure_and_the_old_one_again_are_each_shown(night):
    folder = night()
    was = (folder / "汇总表.xlsx").read_bytes()
    night(valued(figures(), dibao_hh="415"))
    assert (folder / "汇总表.xlsx").read_bytes() != was and "低保415户" in words_of(folder / "工作总结初稿.docx")
    night()
    assert (folder / "汇总表.xlsx").read_bytes() == was and "低保412户" in words_of(folder / "工作总结初稿.docx")


def test_another_template_is_another_draft(night):
    folder = night()
    before, words = times(folder), Document(io.BytesIO(template()))
    words.add_paragraph("全镇干部群众继续努力。")
    changed = io.BytesIO()
    words.save(changed)
    night(words=changed.getvalue())
    assert "继续努力" in words_of(folder / "工作总结初稿.docx") and "工作总结初稿.docx" in made_anew(folder, before)


def test_another_setting_and_another_version_are_made_anew(night, monkeypatch):
    few = [Reading("dibao_hh", unit.code, unit.name, "2020-06", "2", Status.REPORTED, "月报", f"C{n}", "2", "", "户")
           for n, unit in enumerate((u for u in catalogue().units.all if u.is_village), 5)]  # fmt: skip
    folder = night(readings=few)
    before = times(folder)
    night(readings=few, hide=False)
    assert "汇总表.xlsx" in made_anew(folder, before)
    night()
    before = times(folder)
    monkeypatch.setattr("flows.draft.made._makers", lambda: "a later version")
    made = []
    monkeypatch.setattr("flows.draft.outputs.write_page", lambda page: made.append(page) or b"later")
    night()
    assert made and (folder / "看板.html").read_bytes() == b"later" and made_anew(folder, before) == {"看板.html"}  # the others are the same bytes


@pytest.mark.parametrize("spoilt", ["", "[]", "{", '{"2020-H1": {"汇总表.xlsx": ["a"]}}', '{"2020-H1": []}'])
def test_what_is_known_of_the_outputs_may_be_lost(night, spoilt):
    folder = night()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder.parent / LEDGER).write_text(spoilt, "utf-8")
    night()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_killed_night_is_made_up_for(night):
    """It had written its files, and not yet what they were made from."""
    folder = night()
    ledger, was = (folder.parent / LEDGER).read_bytes(), (folder / "汇总表.xlsx").read_bytes()
    night(valued(figures(), dibao_hh="415"))
    (folder.parent / LEDGER).write_bytes(ledger)
    night()
    assert (folder / "汇总表.xlsx").read_bytes() == was and "低保412户" in words_of(folder / "工作总结初稿.docx")


def test_a_person_s_draft_is_still_refreshed_when_nothing_else_is_new(night):
    folder = night()
    edit(folder / "工作总结初稿.docx")
    night()
    night()
    assert "（领导改）" in words_of(folder / "工作总结初稿.docx") and [p.name for p in folder.glob("*.docx")] == ["工作总结初稿.docx"]
    (folder / "工作总结初稿.docx").unlink()
    night()
    assert "（领导改）" not in words_of(folder / "工作总结初稿.docx") and is_untouched((folder / "工作总结初稿.docx").read_bytes())
