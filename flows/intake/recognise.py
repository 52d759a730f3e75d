"""Which form, whose, of which month: decided by the content (title, 填报时间, headings); the path only cross-checks."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from catalog.catalogue import Catalogue
from catalog.forms import Form, Sheet
from catalog.grids import CellValue, Grid, Position, Workbook, rearranged
from catalog.issues import Action, Issue, Refused
from catalog.periods import Month
from catalog.units import Units, fold_anew
from flows.intake.continued import continued
from flows.intake.headings import signature
from flows.intake.names import Hints
from flows.intake.numerals import number_like
from flows.intake.titles import in_the_year_of, month_alone, name_alone, squeeze, squeezed_title, title_of
from flows.intake.values import without_numbers

_TITLE_ROWS = 14
_LONGER = re.compile(r"20\d{2}年(?:度(?!\d)|上半年|下半年|[一二三四1-4]季度|第[一二三四1-4]季度|全年|\d{1,2}月?份?[-—–－~～至到、,，和及与]\d{1,2}月)")
"""A period no monthly form speaks of."""
_SHORTER = re.compile(r"[上中下]旬|第.周|(?:\d{1,2}日?[-—–－~～至])?\d{1,2}日")
"""Ten days, a week or a day of the month, right behind it."""
_SPAN = re.compile(r"20\d{2}年度?1(?:月份?)?[-—–－~～至]\d{1,2}月")
_FILLED = re.compile(r"填报(?:时间|日期):?(\d{4})[年.\-/](\d{1,2})[月.\-/](\d{1,2})日?")
_UNIT_LINE = re.compile(r"(?<!填报|填表|编报|报送|上报|申报|编制|制表|主管|责任|建设)单位[:∶](.+)$")
_SHEET_OF_MONTH = re.compile(r"(?:20\d{2}[年.\-])?(1[0-2]|0?[1-9])月(?!\d)")
_HEAD_CELLS = 5
"""Title, unit line and number of the form fill no more cells of a row; a heading does."""
RETURN_NOTE = "退回说明"
"""The sheet a slip begins with; a corrected slip that comes back is read without it."""
_SIGNATURE_ENOUGH = 0.75


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet of the file that is a sheet of the form."""

    sheet: Sheet
    grid: Grid
    unit_line: str
    title_cell: str
    title: str
    head_rows: tuple[int, ...]
    """Rows of title and unit line."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a workbook is."""

    form: Form
    month: Month
    sheets: tuple[Found, ...]
    others: tuple[Grid, ...]
    """Sheets that are no sheet of this form."""
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    grid: Grid
    title: str
    cell: str
    town: str
    month: Month | None
    name: str
    filled: date | None
    unit_line: str
    rows: tuple[int, ...]
    longer: str
    """Half-year, quarter or year, or ten days, in the place of a month."""
    yearless: bool = False
    """The title gives no year; that of ``month`` is 填报时间's."""

    @property
    def said(self) -> str:
        """The title as it may be repeated."""
        return without_numbers(self.title)


def recognise(workbook: Workbook, hint: Hints, catalogue: Catalogue) -> Recognition:
    """Raises :class:`Refused` (refuse_file) when form or month cannot be told, or content and path contradict."""
    titles = _known_titles(catalogue)
    grids = filled_sheets(workbook)
    heads = [_head(part, titles) for grid in grids for part in _tables_of(grid, titles)]
    if not heads:
        raise Refused(Issue("E-EMPTY", Action.REFUSE_FILE, "文件里没有内容，请填好后重新报送。", found="空表", expected="填好的报表"))
    form, matches = _form(heads, catalogue)
    issues: list[Issue] = []
    found: list[Found] = []
    months: dict[Month, _Head] = {}
    for sheet in form.sheets:
        candidates = matches.get(sheet.name, [])
        visible = [head for head in candidates if head.grid.visible] or candidates
        if len(visible) > 1:
            by_month = [h for h in visible if h.month and (h.month.year, h.month.month) == (hint.year, hint.month)]
            visible = by_month if len(by_month) == 1 else visible
        if len(visible) > 1:
            names = "、".join(head.grid.name for head in visible)
            raise Refused(Issue("M10", Action.REFUSE_FILE, f"工作表{names}都像《{form.title_of(sheet)}》，请只保留一张。",
                                visible[0].grid.name, "", names, "一张表"))  # fmt: skip
        for head in visible:
            if head.longer:
                raise Refused(Issue("M09", Action.REFUSE_FILE, f"标题写“{head.longer}”，本表按月报送，请写明月份，只填当月数。",
                                    head.grid.name, "", head.longer, "某年某月"))  # fmt: skip
            if _SPAN.search("".join(head.title.split())) and head.month and head.month.month > 1 and _only_months(sheet):
                raise Refused(Issue("M09", Action.REFUSE_FILE, f"标题写“1—{head.month.month}月”，本表按月报送，请写明月份，只填当月数。",
                                    head.grid.name, head.cell, "1—本月", f"{head.month.month}月"))  # fmt: skip
            if head.title and squeeze(head.name) not in titles:
                issues.append(Issue("M09", Action.WARN, f"标题“{head.said[:40]}”不是规定的表名，按栏目认作《{form.title_of(sheet)}》，请核实。",
                                    head.grid.name, head.cell, head.said[:40], form.title_of(sheet)))  # fmt: skip
            found.append(Found(sheet, head.grid, head.unit_line, head.cell, head.title, head.rows))
            if head.month:
                months.setdefault(head.month, head)
            if head.month and (match := _SHEET_OF_MONTH.match(fold_anew(head.grid.name))) and int(match[1]) != head.month.month:
                issues.append(Issue("M10", Action.WARN, f"工作表名写“{head.grid.name}”，标题是{head.month.month}月，请核实是哪个月的数，并改正表名或标题。",
                                    head.grid.name, head.cell, head.grid.name, f"{head.month.month}月"))  # fmt: skip
            if not head.grid.visible:
                issues.append(Issue("M10", Action.WARN, f"工作表“{head.grid.name}”是隐藏的，已照常读取，请取消隐藏。",
                                    head.grid.name, "", "隐藏", "可见"))  # fmt: skip
    head = next(h for sheet in form.sheets for h in matches.get(sheet.name, []) if h.grid in [f.grid for f in found])
    try:
        month = _month(months, head, hint, catalogue, issues)
    except Refused as refusal:
        refusal.form = form.id
        raise
    used = {id(f.grid) for f in found}
    others = tuple(h.grid for h in heads if id(h.grid) not in used)
    for spare in heads:
        if id(spare.grid) not in used and (whole := continued(spare.grid, spare.title, found, form, catalogue.units, month.last_day)) is not None:
            name = spare.grid.name
            halved = Refused(Issue("M10", Action.REFUSE_FILE, f"工作表“{name}”与“{whole.grid.name}”像是同一张表的前后两部分，请把各行并入“{whole.grid.name}”一张表后重报，不用的请删去。",
                                    name, "", name, "一张表"))  # fmt: skip
            halved.form = form.id
            raise halved
    read = {f.grid.name for f in found}
    issues += [_passed_over(spare, form, month, read) for spare in heads if id(spare.grid) not in used]
    if hint.unusual:
        issues.append(Issue("M09", Action.WARN, f"{hint.unusual}，已按内容认作{month.year}年{month.month}月《{form.title}》。",
                            found=hint.unusual, expected="表名和月份"))  # fmt: skip
    if hint.department and hint.department != form.department:
        issues.append(Issue("M09", Action.WARN, f"文件放在{hint.department}的文件夹，应放在{form.department}。",
                            found=hint.department, expected=form.department))  # fmt: skip
    return Recognition(form, month, tuple(found), others, tuple(issues))


def _passed_over(spare: _Head, form: Form, month: Month, read: Collection[str]) -> Issue:
    """A table that is not read: other months of this form and pages without a figure are no more than noted (M10)."""
    name, where = spare.grid.name, _first_cell(spare.grid)
    if name in read:
        return Issue("M10", Action.WARN, f"工作表“{name}”在{where}处另有一张表，不是本月本表的内容，已略过，请核实。", name, where, name, form.title)
    if spare.month and spare.month != month and (_titled(form, [spare]) or _headed(form, [spare])):
        return Issue("M10", Action.FIX, f"工作表“{name}”是{spare.month.year}年{spare.month.month}月的，本次只读{month.month}月，已略过。", name, "", name, form.title)
    figures = any(isinstance(v, int | float) or (isinstance(v, str) and number_like(v)) for row in spare.grid.rows for v in row) or spare.grid.uncached
    return Issue("M10", Action.WARN if figures else Action.FIX, f"工作表“{name}”不是本表的内容，已略过。", name, "", name, form.title)


def filled_sheets(workbook: Workbook) -> list[Grid]:
    """The sheets in which anything stands, but for the note of an earlier slip."""
    return [grid for grid in workbook.grids if grid.name != RETURN_NOTE and any(v is not None for row in grid.rows for v in row)]


def of_the_form(workbook: Workbook, form: Form, catalogue: Catalogue) -> frozenset[str]:
    """Names of the sheets that hold this form and no other, and of the lists to choose from; where none does, of the only sheet there is."""
    titles = _known_titles(catalogue)
    lists = frozenset(grid.name for grid in filled_sheets(workbook) if _only_choices(grid, form, catalogue.units))
    filled = [grid for grid in filled_sheets(workbook) if grid.name not in lists]
    heads = [_head(part, titles) for grid in filled for part in _tables_of(grid, titles)]
    titled = {id(head) for matched in _titled(form, heads).values() for head in matched}
    mine = {head.grid.name for matched in (_titled(form, heads) or _headed(form, heads)).values() for head in matched}
    if not mine and len(filled) == 1:
        return lists | {filled[0].name}
    return frozenset(mine - {head.grid.name for head in heads if squeeze(head.name) in titles and id(head) not in titled}) | lists


def _only_choices(grid: Grid, form: Form, units: Units) -> bool:
    """A hidden sheet of nothing but villages' names and words that the form's columns allow: a drop-down list, as an empty form has it."""
    words: set[CellValue] = {*(unit.name for unit in units.all), *(word for sheet in form.sheets for column in sheet.columns for word in column.values)}
    return not grid.visible and all(value in words for row in grid.rows for value in row if value is not None)


def _first_cell(grid: Grid) -> str:
    return next((grid.address(r, c) for r, row in enumerate(grid.rows) for c, value in enumerate(row) if value is not None), "")


def _only_months(sheet: Sheet) -> bool:
    """The sheet asks for the month's figures and for no cumulative ones."""
    roles = {column.role for column in sheet.columns}
    return sheet.shape == "matrix" and "flow_month" in roles and "flow_ytd" not in roles


def _head(grid: Grid, titles: frozenset[str]) -> _Head:
    """Title, 填报时间 and unit line of a sheet, wherever in its first rows they stand."""
    title = cell = town = name = unit_line = longer = ""
    month, filled, number = None, None, 0
    rows: list[int] = []
    named: list[tuple[int, int]] = []
    alone: list[tuple[int, int]] = []
    above = True
    for r, row in enumerate(grid.rows[:_TITLE_ROWS]):
        above = above and sum(v is not None for v in row) <= _HEAD_CELLS
        for c, value in enumerate(row):
            if not isinstance(value, str):
                continue
            text = fold_anew(value)
            said = text.startswith(("填报", "填表", "制表", "单位"))
            made = None if said else title_of(text, titles)
            if not longer and not said and (match := _LONGER.search(text)) and made is None:
                longer = match[0]
            if not title and made is not None and not month_alone(text):
                title, cell, town, month, name, number = value.strip(), grid.address(r, c), made.town, made.month, made.name, made.number
                rows.append(r)
            if above and not said and month_alone(text):
                alone.append((r, c))
            elif above and not said and name_alone(text, titles):
                named.append((r, c))
            if not filled and (match := _FILLED.search(text)):
                rows.append(r)
                try:
                    filled = date(int(match[1]), int(match[2]), int(match[3]))
                except ValueError:
                    filled = None
            if (above or not unit_line) and "单位" in text and (match := _UNIT_LINE.search(text)):
                unit_line += f"、{match[1]}" if unit_line else match[1]
                rows.append(r)
            if text.startswith("填报单位"):
                rows.append(r)
    if not title and len(named) == len(alone) == 1:  # the month in a cell of its own, below or beside the name
        title = "{}（{}）".format(*(str(grid.at(*at)).strip().strip("()（）") for at in (*named, *alone)))
        if made := title_of(fold_anew(title), titles):
            cell, town, month, name = grid.address(*named[0]), made.town, made.month, made.name
            rows += [named[0][0], alone[0][0]]
    if month and (match := _SHORTER.match(name)):
        longer = f"{month.month}月{match[0]}"
    elif title:
        longer = ""
    if yearless := month is None and number > 0 and filled is not None:
        month = in_the_year_of(number, filled)
    return _Head(grid, title, cell, town, month, name, filled, unit_line, tuple(sorted(set(rows))), longer, yearless)


def _known_titles(catalogue: Catalogue) -> frozenset[str]:
    return _squeezed(catalogue.titles)


@lru_cache(maxsize=8)
def _squeezed(titles: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(squeeze, titles))


def _tables_of(grid: Grid, titles: frozenset[str]) -> list[Grid]:
    """A sheet cut at its titles: tables below and beside each other, each with its own (M23). Pages of one table stay."""
    found: dict[Position, str] = {}
    dated = [
        (r, c, value) for r, row in enumerate(grid.rows) for c, value in enumerate(row if r < _TITLE_ROWS else row[:3])
        if type(value) is str and "月" in value and len(value) < 80
    ]  # fmt: skip
    for r, c, value in dated:
        if (made := title_of(fold_anew(value), titles)) and made.month and squeeze(made.name) in titles:
            found[r, c] = f"{made.town}{made.month}{made.name}"
    if len(set(found.values())) < 2:
        return [grid]
    height, width = len(grid.rows), max(len(row) for row in grid.rows)
    parts = []
    tops = sorted({r for r, _ in found})
    for top, end in zip([0, *tops[1:]], [*tops[1:], height], strict=True):
        lefts = sorted(c for r, c in found if top <= r < end)
        for left, right in zip([0, *lefts[1:]], [*lefts[1:], width], strict=True):
            places = {(r - top, c - left): (r, c) for r in range(top, end) for c in range(left, min(right, len(grid.rows[r])))}
            part = rearranged(grid, places)
            if any(v is not None for row in part.rows for v in row):
                parts.append(part)
    return parts


def _form(heads: list[_Head], catalogue: Catalogue) -> tuple[Form, dict[str, list[_Head]]]:
    """The one form whose titles stand in the sheets; headings decide where no title does."""
    scores: dict[str, dict[str, list[_Head]]] = {}
    for match in (_titled, _headed):
        scores = {form.id: matched for form in catalogue.forms.values() if (matched := match(form, heads))}
        if scores:
            break
    if len(scores) == 1:
        form_id, matched = next(iter(scores.items()))
        return catalogue.forms[form_id], _with_those_of_no_title(catalogue, catalogue.forms[form_id], matched, heads)
    title = heads[0].said or "（无标题）"
    if not scores:
        raise Refused(Issue("M09", Action.REFUSE_FILE, f"认不出是哪张表，标题为“{title[:40]}”，请用规定的表式和标题报送。",
                            heads[0].grid.name, heads[0].cell, title[:40], "已登记的报表标题"))  # fmt: skip
    names = "、".join(sorted(scores))
    raise Refused(Issue("M10", Action.REFUSE_FILE, f"一个文件里有{names}几种报表，请分开报送。",
                        heads[0].grid.name, heads[0].cell, names, "一种报表"))  # fmt: skip


def _with_those_of_no_title(catalogue: Catalogue, form: Form, matched: dict[str, list[_Head]], heads: list[_Head]) -> dict[str, list[_Head]]:
    """A sheet of the form whose title is none of ours, by its headings: where one table alone has them, and is of the same month."""
    months, titles = {head.month for of in matched.values() for head in of}, _known_titles(catalogue)
    free = [h for h in heads if h.month in months and squeeze(h.name) not in titles and not any(h in of for of in matched.values())]
    return {name: of for name, of in _headed(form, free).items() if len(of) == 1} | matched if len(matched) < len(form.sheets) else matched


def _titled(form: Form, heads: list[_Head]) -> dict[str, list[_Head]]:
    """Sheet of the form → the tables that bear its title."""
    matched: dict[str, list[_Head]] = {}
    for sheet in form.sheets:
        titles = {squeezed_title(t) for t in (form.title_of(sheet), *(form.titles if not sheet.title else ()))}
        for head in heads:
            if squeeze(head.name) in titles:
                matched.setdefault(sheet.name, []).append(head)
    return matched


def _headed(form: Form, heads: list[_Head]) -> dict[str, list[_Head]]:
    """Sheet of the form → the tables that have its headings."""
    matched: dict[str, list[_Head]] = {}
    for sheet in form.sheets:
        for head in heads:
            if signature(head.grid, sheet, form) >= _SIGNATURE_ENOUGH:
                matched.setdefault(sheet.name, []).append(head)
    return matched


def _month(months: dict[Month, _Head], head: _Head, hint: Hints, catalogue: Catalogue, issues: list[Issue]) -> Month:
    """The month of the title, confirmed by 填报时间 and path (forms.md M02, M09, M12)."""
    place = {"sheet": head.grid.name, "cell": head.cell}
    if head.town and catalogue.town_name and catalogue.town_name not in head.town:
        town = without_numbers(head.town)
        raise Refused(Issue("E-TOWN", Action.REFUSE_FILE, f"标题是“{town}”的报表，不是{catalogue.town_name}的，请核实。",
                            found=town, expected=catalogue.town_name, **place))  # fmt: skip
    if not months or (head.yearless and hint.year != next(iter(months)).year):
        raise Refused(Issue("M12", Action.REFUSE_FILE, f"标题没有写明{'年份' if head.yearless else '年份和月份'}，请在标题写“某年某月”。",
                            found=head.said[:40], expected="年份和月份", **place))  # fmt: skip
    if len(months) > 1:
        names = "、".join(sorted(str(m) for m in months))
        raise Refused(Issue("M10", Action.REFUSE_FILE, f"各工作表标题的月份不一致（{names}），请核实。",
                            found=names, expected="同一个月", **place))  # fmt: skip
    month = next(iter(months))
    filled = head.filled
    if head.yearless:
        issues.append(Issue("M12", Action.WARN, f"标题没有写年份，按填报时间和文件夹的{month.year}年计，请在标题写“某年某月”。",
                            found=head.said[:40], expected="年份和月份", **place))  # fmt: skip
    filled_fits = filled is None or month <= Month(filled.year, filled.month) <= month.shift(2)
    if hint.year is not None and hint.year != month.year:
        fits_path = filled is not None and Month(hint.year, month.month) <= Month(filled.year, filled.month) <= Month(hint.year, month.month).shift(2)
        if filled is not None and filled_fits and not fits_path:
            issues.append(Issue("M12", Action.WARN, f"文件夹是{hint.year}年，标题和填报时间是{month.year}年，按标题计，请核实。",
                                found=str(month.year), expected=str(hint.year), **place))  # fmt: skip
        elif fits_path:
            month = Month(hint.year, month.month)
            issues.append(Issue("M12", Action.WARN, f"标题年份与填报时间、文件夹不符，按{month.year}年计，请改正标题。",
                                found=head.said[:40], expected=f"{month.year}年", **place))  # fmt: skip
            filled_fits = True
        else:
            raise Refused(Issue("M12", Action.REFUSE_FILE, f"标题是{month.year}年，文件夹是{hint.year}年，请核实年份后重报。",
                                found=head.said[:40], expected=f"{hint.year}年", **place))  # fmt: skip
    if hint.month is not None and hint.month != month.month:
        raise Refused(Issue("M02", Action.REFUSE_FILE, f"文件在{hint.month}月，内容却是{month.month}月的报表，疑似沿用上月报表，请核实后重报。",
                            found=head.said[:60], expected=f"{hint.month}月", **place))  # fmt: skip
    if not filled_fits:
        issues.append(Issue("M12", Action.WARN, f"填报时间{filled}与标题的{month.year}年{month.month}月不符，请核实。",
                            found=str(filled), expected=f"{month.year}年{month.month}月", **place))  # fmt: skip
    return month
