"""Every out_ view as Parquet: typed, the same bytes for the same state, whole or not at all, no small count of a village."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import force_setattr

import flows.export as exporting
from connectors.parquet import ParquetColumn, as_decimal, write_parquet
from flows.export import NotAnExport, export
from flows.new_office import create_office
from sql.objects import statements
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import run_night

NAMES = ("东山村", "西坡村", "南湾村", "北沟村")


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n", "utf-8")
    lines = "".join(f"98011310520{n},{name},村委会\n" for n, name in enumerate(NAMES, 1))
    (office.folder / "catalog" / "villages.csv").write_text("code,name,kind\n" + lines, "utf-8")
    for month, counts in ((5, (4, 31, 52, 20)), (6, (6, 31, 52, 20))):
        hand_in(office, month, counts, datetime(2020, month, 28, 9))
    run_night(office)
    return office


def hand_in(office, month, counts, moment):
    body = village_rows(office.catalogue, "F16", "月报", {"持证残疾人（人） > 总数": counts}, names=NAMES)
    file = office.inbox / f"2020年/{month:02d}月/残联/残疾人服务情况月报表（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page(office.catalogue, "F16", "月报", body, month=month))
    os.utime(file, (moment.timestamp(),) * 2)


def column(folder, view, name):
    return pq.read_table(folder / f"{view}.parquet").column(name).to_pylist()


def test_every_view_is_there_and_typed(town, tmp_path):
    counts = export(town, tmp_path / "out")
    assert set(counts) == set(statements("views")) and counts["out_observation"] > 100
    table = pq.read_table(tmp_path / "out" / "out_indicator_period.parquet")
    assert table.schema.field("growth_pct").type == pa.decimal128(38, 6) and table.schema.field("value").type == pa.string()
    june = next(r for r in table.to_pylist() if (r["indicator"], r["period"]) == ("disabled_cert_persons", "2020-06"))
    assert (june["value"], june["value_number"]) == ("109", Decimal(109))
    assert str(pq.read_schema(tmp_path / "out" / "out_submission.parquet").field("received_at").type).endswith("tz=UTC]")
    assert {"data-dictionary.md", "data-dictionary.zh.md"} <= {path.name for path in (tmp_path / "out").iterdir()}


def test_the_same_state_gives_the_same_bytes_and_replaces_the_last_export(town, tmp_path):
    def hashes():
        export(town, tmp_path / "out")
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").iterdir()}

    assert hashes() == hashes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".part")] == []


def test_another_folder_is_left_alone_and_a_failed_export_leaves_the_old_one(town, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("x")
    with pytest.raises(NotAnExport, match="name another folder"):
        export(town, tmp_path / "mine")
    export(town, tmp_path / "out")
    before = (tmp_path / "out" / "out_meta.parquet").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "write_parquet", full)
    with pytest.raises(OSError, match="No space"):
        export(town, tmp_path / "out")
    assert (tmp_path / "out" / "out_meta.parquet").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".part")] == []


def test_a_village_with_a_small_count_is_hidden_in_every_month_and_another_with_it(town, tmp_path, monkeypatch):
    """4 persons in May, 6 in June: June and the change would tell May."""
    export(town, tmp_path / "out")
    seen = {(r["unit_name"], r["period"]): r for r in pq.read_table(tmp_path / "out" / "out_observation.parquet").to_pylist() if r["indicator"] == "disabled_cert_persons"}
    for period in ("2020-05", "2020-06"):
        assert [seen[name, period]["value"] for name in NAMES] == [None, "31", "52", None]
        assert [seen[name, period]["raw"] for name in NAMES] == ["*", "31", "52", "*"]
    hidden = [r for r in pq.read_table(tmp_path / "out" / "out_lineage.parquet").to_pylist() if r["indicator"] == "disabled_cert_persons" and r["unit_code"].endswith(("201", "204"))]
    assert hidden and all(r["value"] is None and r["value_number"] is None for r in hidden)
    force_setattr(town.settings.privacy, "hide_small_counts", False)
    export(town, tmp_path / "out")
    assert "4" in column(tmp_path / "out", "out_observation", "value")


def test_two_months_of_a_stock_do_not_tell_who_came(town, tmp_path):
    """One new certificate in 南湾村: 53 in June less 52 in May, nobody gone."""
    for month, total, new in ((5, 52, 0), (6, 53, 1)):
        columns = {"持证残疾人（人） > 总数": (60, 31, total, 20), "本月新办证（人）": (0, 0, new, 0), "注销（人）": (0, 0, 0, 0)}
        file = town.inbox / f"2020年/{month:02d}月/残联/残疾人服务情况月报表（2020年{month}月）.xlsx"
        file.write_bytes(page(town.catalogue, "F16", "月报", village_rows(town.catalogue, "F16", "月报", columns, names=NAMES), month=month))
        os.utime(file, (datetime(2020, 7, 2, 9).timestamp(),) * 2)
    run_night(town)
    export(town, tmp_path / "out")
    for view in ("out_observation", "out_observation_history", "out_lineage"):
        told = pq.read_table(tmp_path / "out" / f"{view}.parquet").to_pylist()
        assert {r["value"] for r in told if r["indicator"] == "disabled_cert_persons" and r["unit_code"].endswith("203")} == {None}, view


def test_a_small_count_that_was_corrected_is_not_told_by_the_history(town, tmp_path):
    """西坡村 had 2 until its department said 31: an export holds what was known before, too."""
    hand_in(town, 6, (60, 2, 52, 20), datetime(2020, 7, 3))
    hand_in(town, 5, (60, 31, 52, 20), datetime(2020, 7, 3))
    run_night(town, as_of=datetime.fromisoformat("2020-07-21T02:00:00+08:00"))
    hand_in(town, 6, (60, 31, 52, 20), datetime(2020, 7, 22))
    run_night(town, as_of=datetime.fromisoformat("2020-07-23T02:00:00+08:00"))
    export(town, tmp_path / "out")
    for view in (name for name in statements("views") if name.startswith("out_")):
        told = [r for r in pq.read_table(tmp_path / "out" / f"{view}.parquet").to_pylist() if r.get("indicator") == "disabled_cert_persons"]
        of_village = [r for r in told if r.get("unit_name") == "西坡村" or str(r.get("unit_code", "")).endswith("202")]
        assert all(r.get(name) in (None, "*") for r in of_village for name in ("value", "raw", "adjusted_value")), view
        assert not of_village or "history" in view or view in ("out_observation", "out_lineage")


@pytest.mark.parametrize(("text", "number"), [
    ("12.5", "12.5"), ("-6.6", "-6.6"), ("1" + "0" * 31, "1" + "0" * 31), ("1" + "0" * 32, None), ("0.0000001", None), ("云渚", None), ("NaN", None),
])  # fmt: skip
def test_what_fits_a_decimal_is_one(text, number):
    assert as_decimal(text) == (None if number is None else Decimal(number))


def test_a_decimal_column_that_does_not_fit_stays_text(tmp_path):
    write_parquet(tmp_path / "a.parquet", [ParquetColumn("a", "decimal"), ParquetColumn("b", "decimal")], [("1" + "0" * 40, "1.5"), (None, None)])
    table = pq.read_table(tmp_path / "a.parquet")
    assert (table.schema.field("a").type, table.schema.field("b").type) == (pa.string(), pa.decimal128(38, 6))
    assert table.to_pylist() == [{"a": None, "b": None}, {"a": "1" + "0" * 40, "b": Decimal("1.5")}]


def test_a_correction_of_a_hidden_count_is_hidden_too(town, tmp_path):
    from flows.words.adjust import correct_cell
    from tests.night.offices import AS_OF, rows

    hand_in(town, 7, (3, 31, 52, 20), datetime(2020, 7, 10, 9))
    run_night(town)
    place = next(r for r in rows(town, "out_observation") if (r["indicator"], r["unit_name"], r["period"]) == ("disabled_cert_persons", "东山村", "2020-07"))
    correct_cell(town, f"{place['file']}!{place['sheet']}!{place['cell']}", "4", "王主任", "电话核实", AS_OF)
    run_night(town)
    export(town, tmp_path / "out")
    assert column(tmp_path / "out", "out_adjustment", "reported_value") != ["3"] and column(tmp_path / "out", "out_adjustment", "adjusted_value") != ["4"]


def test_what_is_said_of_a_file_that_never_counted_tells_no_small_count(town, tmp_path):
    """Two versions came in one night; of the first, which nobody was ever shown, the issues are kept."""
    hand_in(town, 7, (60, "约2", 52, 20), datetime(2020, 8, 1, 9))
    first = town.inbox / "2020年/07月/残联/残疾人服务情况月报表（2020年7月）.xlsx"
    first.rename(first.with_name("残疾人服务情况月报表（2020年7月）初报.xlsx"))
    hand_in(town, 7, (60, 3, 52, 20), datetime(2020, 8, 2, 9))
    run_night(town, as_of=datetime.fromisoformat("2020-08-05T02:00:00+08:00"))
    export(town, tmp_path / "out")
    told = [str(r[name]) for r in pq.read_table(tmp_path / "out" / "out_issue.parquet").to_pylist() for name in ("found", "expected", "message") if r["sheet"] == "月报"]
    assert told and not any("约2" in text for text in told), told


def test_a_count_of_persons_that_no_figure_is_made_of_is_small_too(town, tmp_path):
    """本月新办证 feeds no indicator, and its neighbour's sentence tells it: 集中办证 填7，大于 the 2 of the village."""
    columns = {"持证残疾人（人） > 总数": (60, 31, 52, 20), "本月新办证（人）": (2, 31, 40, 20), "#集中办证（人）": (7, 9, 9, 9)}
    body = village_rows(town.catalogue, "F16", "月报", columns, names=NAMES)
    file = town.inbox / "2020年/06月/残联/残疾人服务情况月报表（2020年6月）.xlsx"
    file.write_bytes(page(town.catalogue, "F16", "月报", body, month=6))
    os.utime(file, (datetime(2020, 7, 2, 9).timestamp(),) * 2)
    run_night(town)
    export(town, tmp_path / "out")
    seen = pq.read_table(tmp_path / "out" / "out_observation.parquet").to_pylist()
    told = [(r["value"], r["raw"]) for r in seen if (r["indicator"], r["unit_name"]) == ("disabled_cert_new_persons", "东山村") and r["period"] == "2020-06"]
    assert told == [(None, "*")]
    issues = pq.read_table(tmp_path / "out" / "out_issue.parquet").to_pylist()
    [above] = [r for r in issues if r["code"] == "E-ABOVE"]
    assert above["message"] == "*", above


def test_what_is_held_or_cannot_be_read_does_not_tell_a_small_count(town, tmp_path):
    hand_in(town, 6, (2, 31, "五十几", 20), datetime(2020, 7, 2, 9))
    run_night(town)
    export(town, tmp_path / "out")
    for view in ("out_observation", "out_observation_history"):
        told = {(r["unit_name"], r["raw"]) for r in pq.read_table(tmp_path / "out" / f"{view}.parquet").to_pylist()
                if (r["indicator"], r["period"]) == ("disabled_cert_persons", "2020-06")}  # fmt: skip
        assert not {("东山村", "2"), ("南湾村", "五十几")} & told, (view, told)
    issues = pq.read_table(tmp_path / "out" / "out_issue.parquet").to_pylist()
    assert not [r for r in issues if "五十几" in f"{r['found']}{r['message']}"]


def test_a_sum_without_a_village_and_the_sum_with_it_do_not_tell_that_village(town, tmp_path):
    from flows.words.adjust import accept_partial
    from tests.night.offices import AS_OF, rows

    hand_in(town, 6, (None, 31, 52, 20), datetime(2020, 7, 2, 9))
    run_night(town)
    assert "未含东山村" in accept_partial(town, "disabled_cert_persons", "2020-06", "王主任", "先按已报", AS_OF)
    run_night(town)
    hand_in(town, 6, (2, 31, 52, 20), datetime(2020, 7, 10, 9))
    run_night(town)
    assert any(r["value"] == "103" and r["known_to"] for r in rows(town, "out_indicator_period_history"))
    export(town, tmp_path / "out")
    for view in (name for name in statements("views") if name not in ("out_lineage", "out_lineage_history")):
        table = pq.read_table(tmp_path / "out" / f"{view}.parquet").to_pylist()
        assert not [r for r in table if r.get("indicator") == "disabled_cert_persons" and r.get("value") == "103"], view
        assert not [r for r in table if any("103，未含" in str(value) for value in r.values())], view


def test_neither_sources_nor_changes_tell_a_small_count(town):
    from openpyxl import load_workbook

    from flows.words.adjust import accept_partial, correct_cell
    from tests.night.offices import AS_OF, outputs, rows

    def printed(name: str) -> str:
        made = outputs(town)[name]
        if name.endswith(".html"):
            return made.read_text("utf-8")
        return "\n".join(str(cell.value) for sheet in load_workbook(made).worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None)

    hand_in(town, 6, (None, 31, 52, 20), datetime(2020, 7, 2, 9))
    run_night(town)
    accept_partial(town, "disabled_cert_persons", "2020-06", "王主任", "先按已报", AS_OF)
    run_night(town)
    assert "103" in printed("看板.html")
    hand_in(town, 6, (2, 31, 52, 20), datetime(2020, 7, 10, 9))
    run_night(town)
    assert "103" not in (said := printed("变化清单.xlsx")) and "105" in said
    assert not re.search(r'103人|data-label="原印出"[^>]*>103<', said := printed("看板.html")) and "105" in said
    place = next(r for r in rows(town, "out_observation") if (r["indicator"], r["unit_name"], r["period"]) == ("disabled_cert_persons", "东山村", "2020-06"))
    correct_cell(town, f"{place['file']}!{place['sheet']}!{place['cell']}", "4", "王主任", "电话核实", AS_OF)
    run_night(town)
    said = printed("数据来源表.xlsx")
    assert f"{place['cell']} 人数很少，已更正，数字不在此列出（王主任：电话核实）" in said and "原报2" not in said
