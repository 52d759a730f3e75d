"""Hand-ins, words of the office, other catalogues, files taken back, ledger rows let go, in any mixture over many nights: what was
shown then can be asked now, and a file taken back leaves the state as if neither it nor a word about it had ever come."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import force_setattr

from catalog.said import Said
from flows.intake.collect import collect, read_and_load
from flows.keeping.retention import carry_out, plan
from flows.office import Office
from flows.summary.publish import settle_and_publish
from flows.verify import verify
from flows.words.adjust import accept_partial, correct_cell, use_figure, withdraw
from flows.words.confirm import confirm_cells
from flows.words.revoke import revoke, show_again
from tests.killing import town as towns
from tests.killing.night import read_here
from tests.night.whole import changed_by_the_whole

START = datetime.fromisoformat("2020-05-10T02:00:00+08:00")
HISTORY = ("out_observation", "out_indicator_period", "out_lineage", "out_issue")
SHOWN = (*HISTORY, "out_submission", "out_contradiction", "out_adjusted_period", "out_meta")
WHEN_KNOWN = {"recorded_at", "first_seen", "computed_at", "known_from", "known_to", "adjusted_value"}
FORMS = {"F19": "控违办/拆违控违情况", "F16": "残联/残疾人服务情况月报表", "F18": "农办/厕所革命", "F20": "执法队/渣土车联合执法"}
STOCK, PATROLS, REFITTED = "disabled_cert_persons", "illegal_build_patrol_hh", "disabled_home_refit_hh"
OWN = """
- {id: patrols_of_persons, title: 两表之比, kind: ratio, unit: '%', from: {source: ratio, part: illegal_build_patrol_hh, whole: disabled_cert_persons, since_january: true}}
- {id: least_patrols, title: 最少, kind: minimum, unit: 户, agrees_with: {indicator: patrols_of_persons, within_pct: 20},
   from: {source: column, form: F19, sheet: 月报, measure: illegal_build_patrol_hh}}
"""


def sheet(chance: random.Random, office: Office, form: str, month: int) -> bytes:
    if form == "F19":
        return towns.patrols(office, month, chance.choice([month, 60, "约5", None, "无数"]), chance.choice([110, 112, 1100, "约100", 0]))
    if form == "F16":
        return towns.sheet(office, "F16", {"持证残疾人（人） > 总数": [chance.choice([76, "约78", None]), chance.choice([251, 252, "无数", 2510])]}, month)
    if form == "F18":
        return towns.toilets(office, month, done := chance.choice([5, 7, 20]), chance.choice([done, month * 7]))
    return towns.ledger(office, month, chance.choice([[200, 300], [200], [], [200, 300, 400]]))


class Walk:
    """One office and what was done to it, so that it can be done again without some of it."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.office, self.url, self.now = towns.town(folder), url, START
        (folder / "catalog" / "indicators" / "own.yml").write_text(OWN, "utf-8")
        self.done: list[tuple[str, object]] = []
        self.open()

    def open(self) -> None:
        self.office = Office(self.office.folder)
        if self.url:
            force_setattr(self.office.settings.warehouse, "url", self.url)
        self.office.upgrade_warehouse()

    def hand_in(self, file: towns.File) -> None:
        towns.write(self.office, [file])
        self.done.append(("hand in", file))

    def redeclare(self, alias: str) -> None:
        towns.redeclare(self.office.folder, alias)
        self.open()
        self.done.append(("redeclare", alias))

    def night(self, now: datetime) -> None:
        self.open()
        with self.office.open_warehouse() as warehouse:
            read_and_load(self.office, warehouse, collect(self.office, warehouse, now).new, now)
            settle_and_publish(self.office, warehouse, now, towns.QUARTER)
            assert changed_by_the_whole(self.office, warehouse, now, towns.QUARTER) == set()
        self.now = now
        self.done.append(("night", now))

    def rows(self, view: str, moment: datetime | None = None) -> list[dict]:
        with self.office.open_warehouse() as warehouse:
            names, found = warehouse.rows(view, moment)
        return [dict(zip(names, row, strict=True)) for row in found]

    def shown(self, views=SHOWN, moment=None, without=frozenset()):
        return {view: sorted(repr({k: v for k, v in row.items() if k not in WHEN_KNOWN}) for row in self.rows(view, moment)
                             if row.get("submission_id") not in without) for view in views}  # fmt: skip

    def words(self):
        with self.office.open_warehouse() as warehouse:
            return warehouse.adjustments(), warehouse.publication(), warehouse.submissions()

    def say(self, chance: random.Random) -> None:
        """One word of the office, if there is anything to say it about."""
        said, shown, received = self.words()
        cells = [f"{r['file']}!{r['sheet']}!{r['cell']}" for r in self.rows("out_observation") if r["sheet"] != "台账"]
        if shown is None or not cells:
            return
        at, who = self.now + timedelta(minutes=len(self.done)), ("王", "核实")
        kind = chance.choice(["confirm", "correct", "partial", "use", "withdraw", "revoke", "restore"])
        one = str(chance.choice(received).id)
        with suppress(Said):
            {
                "confirm": lambda: [confirm_cells(self.office, cell, *who, at=at) for cell in chance.sample(cells, min(9, len(cells)))],
                "correct": lambda: correct_cell(self.office, chance.choice(cells), chance.choice(["4", "77"]), *who, at=at),
                "partial": lambda: accept_partial(self.office, chance.choice([PATROLS, STOCK]), "2020-05", *who, at=at),
                "use": lambda: use_figure(self.office, *chance.choice([(STOCK, "2020-05", STOCK, "2020-04"), (REFITTED, "2020-05", PATROLS, "2020-05")]), *who, at=at),
                "withdraw": lambda: withdraw(self.office, chance.randint(1, len(said) + 1), *who, at=at),
                "revoke": lambda: revoke(self.office, one, *who, at=at), "restore": lambda: revoke(self.office, one, *who, at=at, undo=True),
            }[kind]()  # fmt: skip
        self.done += [("word", word) for word in self.words()[0][len(said) :]]

    def let_go(self) -> None:
        before = self.shown(HISTORY)
        with self.office.open_warehouse() as warehouse:
            force_setattr(self.office.settings.keep, "person_months", 1)
            carry_out(self.office, warehouse, plan(self.office, warehouse, self.now), self.now)
        assert self.shown(HISTORY) == before


def walk(folder: Path, chance: random.Random, more: list[str], url: str = "") -> tuple[Walk, list]:
    """The walk, and what was shown since when."""
    here, past, files = Walk(folder, url), [], {}
    for _ in range(22):
        what = chance.choice(["hand in", "hand in", "night", "night", "say", "say", "say", *more])
        if what == "hand in":
            form, month = chance.choice(list(FORMS)), chance.choice([3, 4, 5, 6])
            path = f"2020年/{month:02d}月/{FORMS[form]}（2020年{month}月）{chance.choice(['', '终稿', '修改版', '补充'])}.xlsx"
            file = towns.File(path, sheet(chance, here.office, form, month), here.now - timedelta(hours=chance.randint(1, 40)))
            here.hand_in(files.setdefault((path, file.data), file))
        else:
            {"night": partial(here.night, here.now + timedelta(hours=chance.choice([1, 240]))), "say": partial(here.say, chance),
             "redeclare": partial(here.redeclare, chance.choice(["", "西坡"])), "let go": here.let_go}[what]()  # fmt: skip
        if (shown := here.words()[1]) is not None:
            past = [entry for entry in past if entry[0] != shown.known_from] + [(shown.known_from, here.shown(HISTORY))]
    here.night(here.now + timedelta(days=1))
    return here, past


@pytest.mark.parametrize("seed", range(2))
def test_what_was_shown_then_can_be_asked_now(tmp_path, seed, warehouse_url):
    with read_here():
        here, past = walk(tmp_path / "office", random.Random(seed), ["redeclare", "let go"], "" if "sqlite" in warehouse_url else warehouse_url)
    for moment, shown in past:
        assert here.shown(HISTORY, moment) == shown
    assert verify(here.office).broken == ""


@pytest.mark.parametrize("seed", range(4, 7))
def test_a_file_taken_back_leaves_the_state_without_it_and_without_what_was_said_about_it(tmp_path, seed):
    chance = random.Random(seed)
    with read_here():
        here, _ = walk(tmp_path / "with", chance, ["redeclare"])
        about = [word.submission for word in here.words()[0] if word.kind in ("confirm", "correct")]
        received = {row.id: (row.path, row.modified) for row in here.words()[2]}
        gone = {chance.choice(about or list(received)), chance.choice(list(received))}
        for number in gone:
            with suppress(Said):
                revoke(here.office, str(number), "王", "错", at=here.now)
        never = again(tmp_path / "without", here, gone, {received[number] for number in gone})
    assert here.shown(without=gone) == never.shown()
    assert verify(here.office).broken == ""


def again(folder: Path, first: Walk, gone: set[int], files: set[tuple[str, datetime]]) -> Walk:
    """The same walk without these hand-ins and without the words about them; a file at the same path goes as it went then."""
    here, numbers = Walk(folder), {}
    for what, one in first.done:
        if what == "hand in" and (one.path, one.came) in files:
            (here.office.inbox / one.path).unlink(missing_ok=True)
        elif what == "hand in":
            here.hand_in(one)
        elif what == "night":
            here.night(one)
        elif what == "redeclare":
            here.redeclare(one)
        elif one.submission not in gone and (one.kind != "withdraw" or int(one.value) in numbers):
            value = str(numbers[int(one.value)]) if one.kind == "withdraw" else one.value
            word = replace(one, number=0, then=None, value=value)
            with here.office.open_warehouse() as warehouse:
                numbers[one.number] = warehouse.adjust(word)
                if word.kind in ("revoke", "restore"):
                    show_again(here.office, warehouse, word)
    return here
