"""A cell forward: what became of it, and every figure, table cell and sentence that rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.catalogue import Catalogue
from catalog.grids import address
from catalog.observations import Figure, LineageRow, Reading
from catalog.periods import Period
from catalog.places import Place, parse_place
from connectors.warehouse import Warehouse
from connectors.warehouse.tracing import SourceFile, Spot, figure_of, hand_ins_at, paths_known, spot, standing_instead
from flows.office import Office
from flows.tracing.printed import GROWTH, LAST_YEAR, PROGRESS, TARGET, TO_DATE, VALUE, Touched, sentences, table_cells
from flows.tracing.trace import Node, NothingToTrace, file_time, nearest, slots_of

_STATES = {
    "accepted": "在用", "accepted_with_warnings": "在用（有提醒）", "refused": "整份退回", "superseded": "已被后来的文件取代",
    "duplicate": "与另一份内容相同，不重复计算", "revoked": "已撤回", "": "尚未发布",
}  # fmt: skip
_COLUMN = {"year_to_date": TO_DATE, "last_year": LAST_YEAR, "growth": GROWTH, "target": TARGET}
_ACTION = {"fix": "已换算", "warn": "请核实", "refuse_cell": "退回此格", "refuse_sheet": "整张退回", "refuse_file": "整份退回"}


def trace_cell(office: Office, warehouse: Warehouse, text: str) -> list[Node]:
    """``FILE!SHEET!CELL`` → what was read there, what rests on it, what to change if it was wrong.

    Raises :class:`NothingToTrace` with one line when there is no such file, sheet or cell.
    """
    place = parse_place(text)
    if place is None:
        raise NothingToTrace(f"{text!r} is no cell; write FILE!SHEET!CELL, e.g. '2020年/06月/民政/F12.xlsx!月报!H6'")
    file = _file(office, warehouse, place)
    found = spot(warehouse, file.id, place.sheet, place.cell)
    touched = touched_by(found.rests)
    tree = [Node(f"{place} {file.form} {file.period} {file.department} 文件时间 {file_time(file, office.settings.zone)}（{_STATES.get(file.state, file.state)}）")]
    tree[0].children += [Node(_read_as(reading, office.catalogue)) for reading in found.readings]
    rows = [row.cells for row, _ in found.rests if row.cells[:1].isdigit()]
    if rows:
        tree[0].children.append(Node(f"台账按行追溯：第{int(place.cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))}行，不列内容"))
    tree[0].children += [Node(f"{_ACTION.get(action, action)}：{message}{'' if still else '（已办结）'}") for action, message, still in found.said]
    by_village = [(r.measure, r.unit_code, r.period) for r in found.readings if file.current and not found.held and r.value is not None]
    cells = table_cells(office, touched, by_village)
    said = sentences(office, touched)
    if not touched:
        tree.append(Node(f"没有数依据这一格：{_why(office, warehouse, file, place, found)}"))
    else:
        names = office.catalogue.indicators
        tree.append(Node(f"依据这一格的数（{len(touched)}个）：", [
            Node(f"{names[item.figure.indicator].title}（{item.figure.indicator}） {item.figure.period}：{'、'.join(item.columns)}") for item in touched
        ]))  # fmt: skip
    if cells:
        tree.append(Node(f"汇总表里的格（{len(cells)}个）：", [Node(f"{cell.place} = {cell.text}") for cell in cells]))
    if said:
        tree.append(Node(f"这一格若有误，下列{len(said)}句话要改：", [Node(f"{s.file}{slots_of(s.slots)}：{s.sentence}") for s in said]))
    elif touched:
        tree.append(Node("现有初稿里没有句子印这些数。"))
    return tree


def touched_by(rests: Iterable[tuple[LineageRow, Figure]]) -> list[Touched]:
    """Each figure once, with the columns of its row that change when the cell does."""
    parts: dict[tuple[str, str], tuple[Figure, list[LineageRow]]] = {}
    for row, figure in rests:
        parts.setdefault((row.indicator, row.period), (figure, []))[1].append(row)
    result = []
    for figure, rows in parts.values():
        columns = {VALUE if row.of_value else _COLUMN[row.part] for row in rows}
        if VALUE in columns and figure.growth_source in ("file_base", "warehouse"):
            columns.add(GROWTH)
        if LAST_YEAR in columns and figure.growth_source == "warehouse":
            columns.add(GROWTH)
        if figure.progress_pct is not None and columns & {VALUE, TO_DATE, TARGET}:
            columns.add(PROGRESS)
        result.append(Touched(figure, tuple(c for c in (VALUE, TO_DATE, LAST_YEAR, GROWTH, TARGET, PROGRESS) if c in columns)))
    return sorted(result, key=lambda t: (t.figure.indicator, Period.parse(t.figure.period)))


def _file(office: Office, warehouse: Warehouse, place: Place) -> SourceFile:
    names = dict.fromkeys([place.file, place.file.removeprefix("./"), place.file.removeprefix(f"{office.settings.paths.inbox}/")])
    for name in names:
        if found := hand_ins_at(warehouse, name):
            return found[0]
    known = paths_known(warehouse)
    ending = [path for path in known if path.endswith(f"/{place.file}")]
    if len(ending) == 1:
        return hand_ins_at(warehouse, ending[0])[0]
    close = ending[:3] or nearest(place.file, known)
    raise NothingToTrace(f"no file {place.file!r} was ever received; {f'nearest: {chr(44).join(close)}' if close else 'see huizong status'}")


def _read_as(reading: Reading, catalogue: Catalogue) -> str:
    sheets = [s for f in catalogue.forms.values() for s in f.sheets]
    titles = {c.id: c.path for s in sheets for c in s.columns} | {m: row.label for s in sheets for row in s.row_measures for m in row.measures.values()}
    title = titles.get(reading.measure, reading.measure)
    value = f"{reading.value}{reading.unit}" if reading.value is not None else "无数"
    return f"读作 {title}（{reading.measure}） {reading.unit_name} {reading.period}：{value}，原文“{reading.raw}”"


def _why(office: Office, warehouse: Warehouse, file: SourceFile, place: Place, found: Spot) -> str:
    """What became of a cell on which nothing rests."""
    if not file.current:
        instead = standing_instead(warehouse, file.form, file.period) if file.form and file.state in ("superseded", "duplicate") else None
        return f"这份文件{_STATES.get(file.state, file.state)}{f'，在用的是 {instead.path}' if instead else ''}。"
    if found.held:
        return "此格存疑，已扣住，科室改正或办公室确认（huizong confirm）之前不计入任何数。"
    if any(action.startswith("refuse") for action, _, still in found.said if still):
        return "此格已退回，改正之前不计入任何数。"
    if not found.readings:
        return _fate(office, file, place)
    gaps = _gaps(office.catalogue, warehouse, found.readings)
    if gaps:
        return f"已读入，但全镇数缺：{gaps[0]}。"
    return "已读入，只作核对用，不计入任何数。"


def _gaps(catalogue: Catalogue, warehouse: Warehouse, readings: Sequence[Reading]) -> list[str]:
    """Why the town's figures of these measures are not there."""
    reasons = []
    for reading in readings:
        for indicator in catalogue.indicators.values():
            if getattr(indicator.from_, "measure", "") == reading.measure:
                figure = figure_of(warehouse, indicator.id, reading.period)
                if figure is not None and figure.value is None and figure.reason:
                    reasons.append(figure.reason)
    return reasons


def _fate(office: Office, file: SourceFile, place: Place) -> str:
    """The file is read once more from the archive: the warehouse keeps no cell that was ignored."""
    from connectors.workbooks.guard import TooDear, call_forked
    from flows.intake.fate import REFUSED, USED, WORDS
    from flows.intake.read import Received, examine
    from flows.tokens import Tokens

    data = office.archive.get(file.sha256)
    received = Received(file.path, file.sha256, len(data), file.modified)
    try:
        fates = call_forked(examine, received, data, office.catalogue, Tokens(b"trace")).fates
    except TooDear:
        return "这份文件太大，此处不再重读。"
    if place.sheet not in fates:
        raise NothingToTrace(f"{place.file} has no sheet {place.sheet!r}; it has {', '.join(fates) or 'none that can be read'}")
    fate = next((fate for at, fate in fates[place.sheet].items() if address(*at) == place.cell), None)
    if fate is None:
        return "此格是空的。"
    if fate == USED:
        return "此格已采用，但本期没有数用到它。"
    return "此格已退回，改正之前不计入任何数。" if fate == REFUSED else f"此格按规则忽略（{WORDS.get(fate, fate)}）。"
