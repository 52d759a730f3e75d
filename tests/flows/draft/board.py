"""A page of the half-year with a little of everything on it, hostile names and texts among them."""

from __future__ import annotations

from dataclasses import replace

from catalog.observations import Contradiction, Due, LineageRow, Reading, Status
from connectors.documents import Page
from connectors.warehouse import Edition, StandingRow
from flows.draft.changes import changes, edition_of
from flows.draft.page import Board, page_of
from flows.draft.reminders import reminders
from flows.summary.disagreements import disagreements
from flows.summary.tables import Summary
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, without

EVIL = "<img src=x onerror=\"document.title='坏'\"></script><script>document.title='坏'</script>\u2028'\"&{{7*7}}"
FILE = f"2020年/06月/社会事务办/{EVIL}.xlsx"


def standing(number: int, form: str, month: int, state: str = "accepted", late: int = 0, refusals: tuple[str, ...] = ()) -> StandingRow:
    return StandingRow(number, form, catalogue().forms[form].department, f"2020-{month:02d}", state, FILE, "2020-07-02T01:00:00+00:00",
                       None, late, refusals)  # fmt: skip


def months() -> dict[str, dict]:
    """The half-year's months: a steady rise, last year below, April missing for one."""
    made = {}
    for number in range(1, 7):
        name = f"2020-{number:02d}"
        made[name] = {
            key: replace(figure, period=name, value=str(100 + 10 * number) if figure.value and figure.value.isdigit() else figure.value, last_year=str(90 + 8 * number))
            for key, figure in figures().items()
        }  # fmt: skip
    made["2020-04"] |= without(made["2020-04"], "dibao_hh")
    return made


def board(hide: bool = True, first: bool = False) -> Board:
    known = without(figures(), "toilet_tank_refit_cnt", reason=f"F18 2020-06 {EVIL}未报")
    lines = tuple(LineageRow("dibao_hh", H1.name, "", "2020-06", "3", 7, "月报", f"C{row}") for row in range(6, 10))
    known["dibao_hh"] = replace(known["dibao_hh"], last_year="418", growth_pct="-1.435407", growth_source="warehouse", lineage=lines)
    known["tax_collected"] = replace(known["tax_collected"], target="86000000", progress_pct="53.709302")
    units = catalogue().units.expected_on(H1.end)
    readings = [
        Reading("orphanlike_child_persons", u.code, u.name, "2020-06", str(value), Status.REPORTED, "月报", "C5", str(value))
        for u, value in zip(units, [1, 7, 9, *[0] * len(units)], strict=False)
    ]  # fmt: skip
    rows = [
        standing(7, "F12", 6), standing(8, "F12", 5, "accepted_with_warnings"), standing(9, "F12", 4, "accepted", 3),
        standing(10, "F12", 3, "accepted_with_warnings", 0, (EVIL,)), standing(11, "F12", 2, "refused", 0, (EVIL,)),
    ]  # fmt: skip
    owed = [Due("F18", "乡村振兴办", "2020-06", AT), Due("F18", "乡村振兴办", "2019-06", AT)]
    files = {row.id: row for row in rows}
    made = draft(known)
    before = draft(without(known, "dibao_hh"))
    old, new = (edition_of(d.rendered.data, d.printed, k, AT) for d, k in ((before, without(known, "dibao_hh")), (made, known)))
    kept: list[Edition] = [] if first else [old]
    known["dibao_persons_ledger"] = replace(known["dibao_persons"], indicator="dibao_persons_ledger", value="681")
    against = disagreements([Contradiction("dibao_persons_ledger", "dibao_persons", H1.name, "681", "683")], catalogue(), H1, known, {}, files, AT.tzinfo)
    owing = reminders(owed, rows, catalogue(), AT, H1)
    summary = Summary(catalogue(), H1, known, {}, readings, AT, hide, {"一.2": EVIL})
    return Board(summary, months(), rows, owed, [*owing[0].rows, *owing[2].rows], owing[-1].rows, made.printed, made.gaps, against, changes(kept, new, files, AT.tzinfo))


def page(hide: bool = True, first: bool = False) -> Page:
    return page_of(board(hide, first))
