"""`huizong status`: who is in, late, refused, missing, on one screen. Imports neither Prefect nor pandas."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from catalog.periods import Month, Period
from connectors.warehouse import StandingRow, Warehouse, days_late
from connectors.warehouse.villages import in_force
from flows.office import Office
from flows.slips.places import kept_slips, place_of
from flows.summary.villages import measures_needed, villages_lacking

_MARKS = {
    "accepted": "[green]已收[/green]", "accepted_with_warnings": "[yellow]已收，有提醒[/yellow]", "refused": "[red]退回[/red]", "missing": "[red]未报[/red]",
}  # fmt: skip

def _span(cells: list[str]) -> str:
    """Cells of one column as a range, else the first of them."""
    columns = {cell.rstrip("0123456789") for cell in cells}
    rows = sorted(int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for cell in cells)
    if len(cells) == 1 or len(columns) > 1:
        return cells[0]
    column = columns.pop()
    return f"{column}{rows[0]}:{column}{rows[-1]}"


def _named(villages: Sequence[str]) -> str:
    """As many as a line takes; all of them stand in 催报清单."""
    return "、".join(villages) if len(villages) <= 3 else f"{'、'.join(villages[:2])}等{len(villages)}个村（社区）"


def render_status(console: Console, office: Office, warehouse: Warehouse, period: Period | None) -> None:
    """One line per form for one period's last month; without a period, the latest that has begun: what came for a later one hides nothing."""
    rows, owed, shown = warehouse.standing(), warehouse.owed(), warehouse.publication()
    if shown is None or not (rows or owed):
        console.print("仓库里还没有数据；请先运行 huizong run。")
        return
    today = shown.as_of.astimezone(office.settings.zone).date()
    this = Month(today.year, today.month).name
    begun = {row.period for row in rows if row.period and row.period <= this}.union(due.period for due in owed)
    month = period.last_month.name if period else max(begun, default=this)
    by_form: dict[str, list[StandingRow]] = defaultdict(list)
    for row in rows:
        if row.period == month:
            by_form[row.form].append(row)
    there = in_force(warehouse, measures_needed(office.catalogue), [month])
    lacking = {short.form: _named(short.names) for short in villages_lacking(office.catalogue, Period.parse(month), there)}
    missing = {due.form: due for due in owed if due.period == month}
    table = Table(title=f"{office.catalogue.town_name}镇 {month} 报送情况", title_justify="left")
    for heading in ("表号", "表名", "科室", "状态", "迟报", "说明"):
        table.add_column(heading, overflow="fold")
    counts: Counter[str] = Counter()
    for form in sorted(office.catalogue.forms.values(), key=lambda f: f.id):
        current = next((r for r in by_form[form.id] if r.state.startswith("accepted")), None)
        refused = [r for r in by_form[form.id] if r.state == "refused"]
        if current is None and form.id not in missing and not refused:
            continue
        state = current.state if current else "refused" if refused else "missing"
        counts[state] += 1
        reason = (refused[0].refusals[:1] or ("",))[0] if state == "refused" else (current.refusals[:1] or ("",))[0] if current else ""
        late = current.days_late if current else days_late(missing[form.id].due_at, shown.as_of) if form.id in missing else 0
        if current and form.id in lacking:
            reason += f"缺{lacking[form.id]}的数。"
        table.add_row(form.id, escape(form.title), escape(form.department), _MARKS[state], f"{late}天" if late else "", escape(reason))
    console.print(table)
    said = {"accepted": "已收", "accepted_with_warnings": "已收有提醒", "refused": "退回", "missing": "未报"}
    console.print("　".join(f"{said[state]} {counts[state]}" for state in said if counts[state]) or "本月没有应报的表。")
    for (path, sheet), cells in warehouse.waiting(month).items():
        place = f"{path}!{sheet}!{_span(cells)}"
        console.print(f"待核实 {len(cells)} 格（确认前不计入），核实无误用：", highlight=False, markup=False)
        console.print(f"　huizong confirm '{place}' --by 姓名 --why 原因", highlight=False, markup=False, soft_wrap=True)
    _say_of_no_line(console, office, rows, month, this)
    older = len([due for due in owed if due.period != month])
    if older:
        console.print(f"其他月份还缺 {older} 份，见 outputs 里的催报清单。")


def _say_of_no_line(console: Console, office: Office, rows: Sequence[StandingRow], month: str, this: str) -> None:
    """What was sent back and is of no form, no month or one to come, while its slip stands."""
    standing = kept_slips(office)
    slips = {place_of(row): row for row in rows if row.state == "refused" and (not row.form or not row.period or row.period > this)}
    slips = {place: row for place, row in sorted(slips.items()) if place in standing}
    of_now = {place: row for place, row in slips.items() if row.period in ("", month) or row.period > this}
    for place, row in of_now.items():
        console.print(f"退回后还没有重报，不算在哪张表里：slips/{place}　{(*row.refusals, '')[0]}", highlight=False, markup=False, soft_wrap=True)
    if len(slips) > len(of_now):
        console.print(f"其他月份还有 {len(slips) - len(of_now)} 份退回后没有重报，认不出是哪张表，见 slips。")
