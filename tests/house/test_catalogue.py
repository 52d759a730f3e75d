"""Declarations are data, checked as a whole; what does not fit is one line that says what to write."""

from __future__ import annotations

import pytest

from catalog.catalogue import BadCatalogue, load_catalogue, read_yaml
from catalog.units import BadUnits, read_units
from flows.new_office import create_office
from flows.office import DECLARATIONS, Office
from flows.settings import BadSettings, load_settings

VILLAGES = "code,name,kind\n980112104200,乙村,村委会\n"


def office(folder, town="town_name: 甲\n", villages=VILLAGES):
    (folder / "town.yml").write_text(town, "utf-8")
    (folder / "villages.csv").write_text(villages, "utf-8")
    return folder


def test_yaml_turns_nothing_into_something_else():
    assert read_yaml("a: 06\nb: no\nc: 12:30\nd: 1.10\n", "x") == {"a": "06", "b": "no", "c": "12:30", "d": "1.10"}


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(BadCatalogue, match=r"x\.yml: key .* stands twice"):
        read_yaml("a: 1\na: 2\n", "x.yml")


def test_an_unknown_key_in_a_form_is_refused(tmp_path):
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "F99.yml").write_text("id: F99\ntitle: t\ndepartment: d\ndue: {day: 5}\nsheets: []\ncolour: red\n", "utf-8")
    with pytest.raises(BadCatalogue, match=r"F99.yml: .* unknown field `colour`"):
        load_catalogue(office(tmp_path))


@pytest.mark.parametrize(("departments", "says"), [(("../控违办",), "no name of a folder"), (("党建办/组织办",), "no name of a folder"), (("控违办.",), "no name of a folder"), (("请填科室",), "left to be filled in"),
                                                   (("乡镇A办", "乡镇Ａ办"), "told apart"), (("AB办", "ab办"), "told apart")])  # fmt: skip
def test_a_department_is_the_name_of_a_folder_of_its_own(tmp_path, departments, says):
    (tmp_path / "forms").mkdir()
    form = "id: {id}\ntitle: 表{id}\ndepartment: {department}\ndue: {{day: 5}}\nsheets:\n  - {{name: 表, shape: ledger, columns: [{{path: 村, type: village}}]}}\n"
    for n, department in enumerate(departments):
        (tmp_path / "forms" / f"X0{n}.yml").write_text(form.format(id=f"X0{n}", department=department), "utf-8")
    with pytest.raises(BadCatalogue, match=says):
        load_catalogue(office(tmp_path))


def test_an_indicator_of_a_column_that_does_not_exist_is_refused(tmp_path):
    (tmp_path / "indicators").mkdir()
    text = "- {id: x, title: t, kind: flow, from: {source: ledger, form: F20, sheet: 台账, count: sum, of: 没有这栏}}\n"
    (tmp_path / "indicators" / "x.yml").write_text(text, "utf-8")
    with pytest.raises(BadCatalogue, match="没有这栏"):
        load_catalogue(office(tmp_path))


@pytest.mark.parametrize("text", ["code,name\n1,a\n", "code,name,kind\n1,a,b\n1,c,d\n", "code,name,kind\nx,a,b\n", "code,name,kind\n"])
def test_villages_that_cannot_be_used_say_which_line(text):
    with pytest.raises(BadUnits, match=r"villages\.csv"):
        read_units(text)


def test_settings_come_from_the_file_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / "huizong.toml").write_text('[general]\ntimezone = "Asia/Shanghai"\n[paths]\ninbox = "a"\n', "utf-8")
    monkeypatch.setenv("HUIZONG_PATHS__INBOX", "b")
    monkeypatch.setenv("HUIZONG_OFFICE", str(tmp_path))
    assert load_settings(tmp_path).paths.inbox == "b"


@pytest.mark.parametrize(
    ("text", "says"),
    [("[general]\ntimezone = 'Mars'\n", "Asia/Shanghai"), ("[paths]\ninbocks = 'a'\n", "inbocks"), ("[general]\nid = '东/西'\n", "letters"), ("[general]\nstart = '2019'\n", "2019-01"),
     ("[privacy]\nkey = 'secret'\n", "HUIZONG_PRIVACY__KEY"), ("not toml", "TOML"),
     *((f"[serve]\nnightly = '{cron}'\n", "30 2 \\* \\* \\*") for cron in ("", "0 25 * * *", "30 2 * *", "R 2 * * *", "@daily", "0 2 30 2 *"))],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_one_line(tmp_path, text, says):
    (tmp_path / "huizong.toml").write_text(text, "utf-8")
    with pytest.raises(BadSettings, match=says) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_night_may_begin_at_any_time_of_any_day(tmp_path):
    (tmp_path / "huizong.toml").write_text("[serve]\nnightly = '*/15 1,3 1-5 jan,JUL mon-fri'\n", "utf-8")
    assert load_settings(tmp_path).serve.nightly.startswith("*/15")


def test_a_folder_that_is_no_office_says_what_to_do(tmp_path):
    with pytest.raises(BadSettings, match="huizong init"):
        load_settings(tmp_path)


def test_a_text_that_was_read_before_is_not_read_again(tmp_path, monkeypatch):
    made = Office(create_office(tmp_path / "office").folder)
    made.keep_declarations()
    monkeypatch.setattr("catalog.yaml_text.read_yaml", lambda *_: pytest.fail("was read"))
    again, fresh = Office(made.folder).catalogue, made.catalogue
    assert (again.forms, again.indicators, again.parameters, again.version) == (fresh.forms, fresh.indicators, fresh.parameters, fresh.version)


@pytest.mark.parametrize("spoil", [
    lambda whole: b"", lambda whole: whole[:-100], lambda whole: b"\xc1", lambda whole: whole.replace(b"\xa7reading\xa11", b"\xa7reading\xa10"), lambda whole: b"\x93\x01\x02\x03",
])  # fmt: skip
def test_what_is_not_what_this_version_keeps_is_read_anew(tmp_path, spoil):
    made = create_office(tmp_path / "office")
    made.keep_declarations()
    kept = made.folder / DECLARATIONS
    whole = kept.read_bytes()
    kept.write_bytes(spoil(whole))
    again = Office(made.folder)
    again.keep_declarations()
    assert again.catalogue.forms == made.catalogue.forms and kept.read_bytes() == whole != spoil(whole)


def test_a_changed_text_is_read_and_takes_the_place_of_the_old_one(tmp_path):
    made = create_office(tmp_path / "office")
    made.keep_declarations()
    before = (made.folder / DECLARATIONS).read_bytes()
    (made.folder / "catalog" / "town.yml").write_text("town_name: 新桥\n", "utf-8")
    again = Office(made.folder)
    assert again.catalogue.town_name == "新桥"
    again.keep_declarations()
    assert (made.folder / DECLARATIONS).read_bytes() != before and Office(made.folder).catalogue.town_name == "新桥"
