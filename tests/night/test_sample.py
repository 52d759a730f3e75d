"""The sample town, clean and messy, scored against its answers through the views and the finished draft."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from catalog.numbers import plain
from catalog.periods import Month
from catalog.places import covers
from flows.intake.settle import settle
from flows.summary.facts import Facts
from flows.summary.figures import Figures, periods_to_compute
from flows.summary.publish import compute, gather
from tests.night.offices import AS_OF, outputs, rows, run_night, sample_office, standing_in

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def same(found: str | None, wanted: Any, tolerance: float = 1e-6) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    try:
        return abs(Decimal(found) - Decimal(str(wanted))) <= Decimal(str(max(tolerance, 1e-6)))
    except InvalidOperation:
        return found == str(wanted)


def controls(docx: Path) -> dict[int, str]:
    """slot → text of its content control, in document order."""
    body = etree.fromstring(zipfile.ZipFile(docx).read("word/document.xml"))
    found = {}
    for control in body.iter(f"{W}sdt"):
        tag = control.find(f"{W}sdtPr/{W}tag").get(f"{W}val")
        if match := re.match(r"slot=(\d+);", tag):
            found[int(match[1])] = "".join(t.text or "" for t in control.iter(f"{W}t"))
    return found


def draft_text(docx: Path) -> str:
    body = etree.fromstring(zipfile.ZipFile(docx).read("word/document.xml"))
    return "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in body.iter(f"{W}p"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory, sample):
    monkey = pytest.MonkeyPatch()
    monkey.setenv("HUIZONG_PRIVACY__KEY", "a key for tests only")
    office = sample_office(tmp_path_factory.mktemp("clean") / "office", sample, "clean.tar.gz")
    run_night(office)
    import tarfile

    with tarfile.open(sample / "clean.tar.gz") as tar:
        truth = json.load(tar.extractfile("truth.json"))
    yield office, truth
    monkey.undo()


@pytest.fixture(scope="module")
def messy(tmp_path_factory, sample):
    monkey = pytest.MonkeyPatch()
    monkey.setenv("HUIZONG_PRIVACY__KEY", "a key for tests only")
    office = sample_office(tmp_path_factory.mktemp("messy") / "office", sample, "inbox.tar.gz")
    run_night(office)
    yield office, json.loads((sample / "truth.json").read_text("utf-8"))
    monkey.undo()


def test_clean_every_period_figure_equals_the_truth(clean):
    office, truth = clean
    figures = {(r["indicator"], r["period"]): r for r in rows(office, "out_indicator_period")}
    wrong = [
        (indicator, period, figures[indicator, period]["value"], answer["value"])
        for indicator, told in truth["indicators"].items() for period, answer in told["periods"].items()
        if not same(figures[indicator, period]["value"], answer["value"], told["tolerance"])
    ]  # fmt: skip
    assert wrong == []


def test_clean_every_village_figure_equals_the_truth(clean):
    office, truth = clean
    seen = {(r["indicator"], r["period"], r["unit_code"]): r["value"] for r in rows(office, "out_observation")}
    wrong = [
        (indicator, month, code)
        for indicator, months in truth["villages"].items() for month, villages in months.items()
        for code, (value, _) in villages.items() if not same(seen.get((indicator, month, code)), value)
    ]  # fmt: skip
    assert wrong == []


def test_clean_all_118_fills_stand_in_the_draft_in_order(clean):
    office, truth = clean
    docx = outputs(office)["工作总结初稿.docx"]
    found = controls(docx)
    assert list(found) == list(range(1, 119))
    assert [s["slot"] for s in truth["slots"] if found[s["slot"]] not in s["accept"]] == []


def test_clean_the_expected_sentences_are_there(clean):
    office, _ = clean
    text = draft_text(outputs(office)["工作总结初稿.docx"])
    for sentence in (
        "固定资产投资完成12.47亿元，同比增长10.6%；新入库项目11个。", "规模以上服务业实现营业收入9214万元，同比下降6.6%",
        "税收入库4619万元，完成年度任务的53.7%，超序时进度3.7个百分点。", "于5月18日启动", "累计投入1200多万元", "收集意见建议480余条，全部交办",
        "发放162万余元", "发放63.36万元", "发放46520元", "均在93分以上", "检查涉嫌违法渣土车1100余辆", "罚款43.5万元", "门票收入同比增长19.1%",
        "上半年未发生安全生产事故。", "未报告病例",
    ):  # fmt: skip
        assert sentence in text, sentence
    assert "-6.6" not in text and "初稿，缺" not in text


def test_messy_no_figure_is_wrong_and_nearly_all_derivable_ones_are_there(messy):
    office, truth = messy
    figures = {(r["indicator"], r["period"]): r for r in rows(office, "out_indicator_period")}
    wrong, there, derivable = [], 0, 0
    for indicator, told in truth["indicators"].items():
        for period, answer in told["periods"].items():
            figure = figures[indicator, period]
            if figure["value"] is not None and not same(figure["value"], answer["value"], told["tolerance"]):
                wrong.append((indicator, period, figure["value"], answer["value"]))
            if answer["expect"] == "value":
                derivable += 1
                there += figure["value"] is not None
    assert wrong == []
    assert there / derivable >= 0.95


def test_messy_no_village_figure_is_wrong(messy):
    office, truth = messy
    seen = {(r["indicator"], r["period"], r["unit_code"]): r for r in rows(office, "out_observation")}
    wrong, there, derivable = [], 0, 0
    for indicator, months in truth["villages"].items():
        for month, villages in months.items():
            for code, (value, expect) in villages.items():
                found = seen.get((indicator, month, code))
                if found and found["value"] is not None and not same(found["value"], value):
                    wrong.append((indicator, month, code, found["value"], value))
                if expect == "value":
                    derivable += 1
                    there += bool(found and found["value"] is not None)
    assert wrong == []
    assert there / derivable >= 0.95


def test_messy_every_file_has_its_state_and_every_gap_is_known(messy):
    office, truth = messy
    found = {r["file"]: r for r in rows(office, "out_submission") if r["file"]}
    wrong = [
        (s["file"], found[s["file"]]["state"], s["state"]) for s in truth["submissions"]
        if found[s["file"]]["state"] not in s["states_ok"] or found[s["file"]]["days_late"] != s["days_late"]
    ]  # fmt: skip
    assert wrong == []
    assert not set(truth["ignored_files"]) & set(found)
    missing = {(r["form"], r["period"]) for r in rows(office, "out_submission") if r["state"] == "missing"}
    assert missing == {(m["form"], m["period"]) for m in truth["missing"]}


def test_messy_every_planted_refusal_and_warning_has_its_row(messy):
    office, truth = messy
    number_of = {r["file"]: r["submission_id"] for r in rows(office, "out_submission") if r["file"]}
    issues: dict[int, set[tuple[str, str]]] = {}
    codes: dict[int, set[str]] = {}
    for row in rows(office, "out_issue"):
        issues.setdefault(row["submission_id"], set()).add((row["sheet"], row["cell"]))
        codes.setdefault(row["submission_id"], set()).add(row["code"])
    hits: Counter[bool] = Counter()
    for submission in truth["submissions"]:
        number = number_of[submission["file"]]
        for plant in submission["plants"]:
            if plant["action"] not in ("W", "C", "S"):
                continue
            if plant["cell"] is None:
                hits[plant["kind"] in codes.get(number, set())] += 1
            else:
                hits[any(cell == plant["cell"] and plant["sheet"] in (None, sheet) for sheet, cell in issues.get(number, set()))] += 1
    assert hits[True] / hits.total() >= 0.95, hits


def test_messy_growth_is_that_of_the_truth(messy):
    office, truth = messy
    figures = {r["indicator"]: r for r in rows(office, "out_indicator_period") if r["period"] == "2020-H1"}
    for indicator, told in truth["growth"].items():
        figure = figures[indicator]
        assert same(figure["growth_pct"], told["growth_pct"], 0.001), indicator
        assert (figure["growth_source"] == "reported") == (told["source"] == "reported"), indicator
        assert same(figure["last_year"], told["last_year"]), indicator


def test_messy_the_draft_prints_what_may_be_printed_and_x_for_the_rest(messy):
    office, truth = messy
    docx = outputs(office)["工作总结初稿.docx"]
    found, text = controls(docx), draft_text(docx)
    assert list(found) == list(range(1, 119))
    for slot in truth["slots"]:
        text_here = found[slot["slot"]]
        assert text_here in slot["accept"] or (text_here == "X" and slot["expect"] != "value"), slot
    for phrase in truth["phrases"]:
        assert "must" not in phrase or re.search(phrase["must"], text), phrase
        assert "must_not" not in phrase or not re.search(phrase["must_not"], text), phrase


def test_messy_nobody_s_name_or_number_leaves_the_reader(messy, tmp_path):
    """Every invented person of the sample is a canary: searched in the whole warehouse and in every output."""
    office, truth = messy
    written = outputs(office)
    secrets = {word for kind in truth["secrets"].values() for word in kind}
    haystack = _text_of(office.folder / "warehouse.db")
    for path in written.values():
        if path.suffix == ".html":
            haystack += path.read_text("utf-8")
            continue
        with zipfile.ZipFile(path) as package:
            haystack += "\n".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
    found = {match for match in re.findall(r"\d{10,19}X?|[\u4e00-\u9fff]{3}", haystack) if match in secrets}
    plates = {plate for plate in truth["secrets"]["plates"] if plate in haystack}
    assert found | plates | standing_in(set(truth["secrets"]["names"]), haystack, tmp_path) == set()


def _text_of(database: Path) -> str:
    import sqlite3

    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.postgres
def test_messy_both_engines_show_the_same_rows(messy, postgres_url):
    from tests.night.offices import everything

    office, _ = messy
    embedded = everything(office)
    again = type(office)(office.folder)
    run_night(again, postgres_url)
    assert everything(again) == embedded


def test_every_cell_that_changes_a_figure_stands_in_its_lineage(messy):
    """Change one reported cell or drop one ledger row: whatever figure moves must name that cell."""
    office, _ = messy
    chance = random.Random(4)
    with office.open_warehouse() as warehouse:
        submissions = tuple(row for row in warehouse.submissions() if row.modified <= AS_OF)
        facts = gather(submissions, settle(submissions, warehouse.readings, office.catalogue, office.settings.zone), warehouse)
    periods = periods_to_compute(facts.months, Month(2020, 6))
    before = compute(Figures(office.catalogue, facts), periods)
    named = defaultdict(list)
    for row in rows(office, "out_lineage"):
        named[row["submission_id"]].append(row)
    told = [(key, m, n) for key, h in sorted(facts.hand_ins.items()) for m, rs in h.readings.items() for n, r in enumerate(rs) if r.value]
    counted = [(key, i, n) for key, h in sorted(facts.hand_ins.items()) for i, es in h.entries.items() for n, e in enumerate(es) if not e.refused]
    moved = 0
    for which, (key, name, n) in [("readings", x) for x in chance.sample(told, 12)] + [("entries", x) for x in chance.sample(counted, 4)]:
        hand_in = facts.hand_ins[key]
        held = list(getattr(hand_in, which)[name])
        one = held.pop(n)
        if which == "readings":
            held.insert(n, one._replace(value=plain(Decimal(one.value) + 1)))
        other = replace(hand_in, **{which: {**getattr(hand_in, which), name: tuple(held)}})
        after = compute(Figures(office.catalogue, Facts({**facts.hand_ins, key: other})), periods)
        cell = one.cell if which == "readings" else f"A{one.row}"
        names = {(r["indicator"], r["period"]) for r in named[hand_in.submission_id] if r["sheet"] == one.sheet and covers(r["cells"], cell)}
        changed = {k for k, figure in after.items() if replace(figure, lineage=()) != replace(before[k], lineage=())}
        assert changed <= names, (which, key, name, cell)
        moved += len(changed)
    assert moved > 10
