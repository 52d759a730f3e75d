"""`form drift`: a department's workbook against its declaration; what fits, what does not, and the nearest names.

A likeness is a suggestion for a person. ``accept`` writes the person's decision into the office's own declaration.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from catalog.catalogue import BadCatalogue, Catalogue, built_in, load_catalogue
from catalog.forms import Form, Sheet
from catalog.grids import Grid, Workbook, column_letters
from flows.intake.heading_words import declared_paths, heading
from flows.intake.headings import covering_merges, heading_path, locate, width_of_heading


@dataclass(frozen=True, slots=True)
class SheetDrift:
    """One sheet beside the sheet of a form it is most like."""

    grid: str
    form: str
    sheet: str
    mapped: tuple[tuple[str, str, str], ...]
    """(column letter, heading, declared path)."""
    unmapped: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(column letter, heading, nearest declared paths that are not there)."""
    missing: tuple[str, ...]
    """Declared paths nobody has."""


def drift(workbook: Workbook, catalogue: Catalogue) -> tuple[SheetDrift, ...]:
    """Every sheet that looks like a sheet of some form, by the share of its headings."""
    return tuple(found for grid in workbook.grids if (found := _of(grid, catalogue)) is not None)


def _of(grid: Grid, catalogue: Catalogue) -> SheetDrift | None:
    best: tuple[float, Form, Sheet] | None = None
    for form in catalogue.forms.values():
        for sheet in form.sheets:
            located = locate(grid, sheet, form)
            share = len(located[2]) / len(sheet.columns) if located else 0.0
            if share > (best[0] if best else 0.3):
                best = (share, form, sheet)
    return _compared(grid, best[1], best[2]) if best else None


def _compared(grid: Grid, form: Form, sheet: Sheet) -> SheetDrift:
    located = locate(grid, sheet, form)
    assert located is not None
    top, depth, columns = located
    covering = covering_merges(grid)
    there = {column.path for column in columns.values()}
    missing = tuple(c.path for c in sheet.columns if c.path not in there)
    mapped, unmapped = [], []
    for index in range(width_of_heading(grid)):
        words = heading_path(grid, top, depth, index, covering)
        name = " > ".join("".join(w.split()) for w in words)
        if index in columns:
            mapped.append((column_letters(index), name, columns[index].path))
        elif name:
            near = process.extract(name, missing, scorer=fuzz.ratio, limit=2, score_cutoff=50)
            unmapped.append((column_letters(index), name, tuple(path for path, *_ in near)))
    return SheetDrift(grid.name, form.id, sheet.name, tuple(mapped), tuple(unmapped), missing)


def render(found: tuple[SheetDrift, ...]) -> str:
    """In Chinese, for the terminal."""
    if not found:
        return "没有一张工作表像已登记的表；可用 huizong form new 起草新表。"
    lines = []
    for one in found:
        lines.append(f"工作表“{one.grid}”对照 {one.form}“{one.sheet}”：对上 {len(one.mapped)} 栏，未对上 {len(one.unmapped)} 栏，缺 {len(one.missing)} 栏。")
        lines += [f"  {letters} 栏“{name}”→“{path}”" for letters, name, path in one.mapped if heading(name.split(" > ")[-1])[0] != heading(path.split(" > ")[-1])[0]]
        for letters, name, near in one.unmapped:
            hint = f"，相近的有“{'”“'.join(near)}”，请核对后再认定" if near else ""
            lines.append(f"  {letters} 栏“{name}”未登记{hint}")
        lines += [f"  缺“{path}”" for path in one.missing]
        lines += [f"  “{new}”一组各栏与“{old}”相同，如是同一组：--accept '{new}={old}'" for new, old in _groups(one)]
    if any(one.unmapped for one in found):
        lines.append("确认某栏就是登记的栏：huizong form drift FILE --accept '表中栏名=登记的栏名'")
    return "\n".join(lines)


def _groups(one: SheetDrift) -> list[tuple[str, str]]:
    """(group of the workbook, group of the declaration): each of their columns is there but for the group's own name."""
    missing: dict[str, set[str]] = {}
    there: dict[str, set[str]] = {}
    for groups, paths in ((missing, one.missing), (there, [name for _, name, _ in one.unmapped])):
        for path in paths:
            group, more, rest = path.partition(" > ")
            if more:
                groups.setdefault(group, set()).add(" > ".join(heading(part)[0] for part in rest.split(" > ")))
    return [(new, old) for new, parts in there.items() for old, wanted in missing.items() if parts == wanted]


def accept(office_catalogue: Path, found: tuple[SheetDrift, ...], decision: str) -> str:
    """Write ``表中栏名=登记的栏名`` as another name of that column, or of a group of columns; returns what was done.

    Raises :class:`BadCatalogue` with one line when the decision fits nothing, or would make a heading ambiguous; the
    declaration is then as before.
    """
    new, _, path = (part.strip() for part in decision.partition("="))
    if (group := next((f for f in found if (new, path) in _groups(f)), None)) is not None:
        return _accept_group(office_catalogue, group, new, path)
    one = next((f for f in found if path in f.missing), None)
    if one is None or not new:
        raise BadCatalogue(f"{decision!r}: write '表中栏名=登记的栏名', the latter one of those that are missing")
    name = next((n for _, n, _ in one.unmapped if new in (n, n.split(" > ")[-1])), None)
    if name is None:
        raise BadCatalogue(f"{new!r} is no heading of the workbook that is not declared; see huizong form drift")
    if name.split(" > ")[:-1] != path.split(" > ")[:-1]:
        raise BadCatalogue(f"“{name}” stands under another group than “{path}”; edit catalog/forms/{one.form}.yml by hand")
    word = name.split(" > ")[-1]
    file = _rewrite(office_catalogue, one, lambda text: _with_alias(text, one.sheet, path, word), lambda form: _unambiguous(form, form.sheet(one.sheet), path))
    return f"已在 {file} 登记：{one.form}“{one.sheet}”的“{path}”也叫“{word}”。"


def _accept_group(office_catalogue: Path, one: SheetDrift, new: str, group: str) -> str:
    def check(form: Form) -> None:
        others = [word for official, words in form.also.items() if official != group for word in words]
        kept = all({c.path for c in declared_paths(sheet, form).values()} == {c.path for c in sheet.columns} for sheet in form.sheets)
        if not kept or heading(new)[0] in [heading(word)[0] for word in others]:
            raise BadCatalogue(f"the name is another group's already; edit catalog/forms/{form.id}.yml by hand")

    file = _rewrite(office_catalogue, one, lambda text: _with_group(text, group, new), check)
    return f"已在 {file} 登记：{one.form}的“{group}”一组也叫“{new}”。"


def _rewrite(office_catalogue: Path, one: SheetDrift, change: Callable[[str], str], check: Callable[[Form], None]) -> Path:
    """The office's declaration with a change; as before where ``check`` raises."""
    file = office_catalogue / "forms" / f"{one.form}.yml"
    before = file.read_text("utf-8") if file.is_file() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    if before is None:
        shutil.copyfile(built_in() / "forms" / f"{one.form}.yml", file)
    try:
        file.write_text(change(file.read_text("utf-8")), "utf-8")
        check(load_catalogue(office_catalogue).forms[one.form])
    except BaseException:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, "utf-8")
        raise
    return file


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _with_group(text: str, group: str, word: str) -> str:
    """The declaration's text with one more name for a part of its headings, under ``also``; everything else as it was written."""
    line = re.search(rf"^  [\"']?{re.escape(group)}[\"']?: \[([^\n]*)\][ \t]*$", text[: text.index("\nsheets:")], re.MULTILINE)
    if line is not None:
        return text[: line.end(1)] + f", {_quoted(word)}" + text[line.end(1) :]
    own = f"  {_quoted(group)}: [{_quoted(word)}]\n"
    if also := re.search(r"^also:[ \t]*\n", text, re.MULTILINE):
        return text[: also.end()] + own + text[also.end() :]
    at = text.index("\nsheets:") + 1
    return f"{text[:at]}also:\n{own}{text[at:]}"


def _with_alias(text: str, sheet: str, path: str, word: str) -> str:
    """The declaration's text with one more name on the column's line; everything else as it was written."""
    start = re.search(rf"^  - name: [\"']?{re.escape(sheet)}[\"']?\s*$", text, re.MULTILINE)
    if start is None:
        raise BadCatalogue(f"the declaration has no sheet {sheet}")
    line = re.compile(rf"^(\s*- \{{path: [\"']?{re.escape(path)}[\"']?(?=[,}}]).*)\}}(.*)$", re.MULTILINE)
    match = line.search(text, start.end())
    if match is None:
        raise BadCatalogue(f"the column {path} is not written on one line; add `also: [{word}]` to it by hand")
    quoted = _quoted(word)
    if also := re.search(r'also: \[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]', match[1]):
        changed = match[1][: also.end() - 1] + f", {quoted}" + match[1][also.end() - 1 :]
    else:
        changed = f"{match[1]}, also: [{quoted}]"
    return text[: match.start()] + changed + "}" + match[2] + text[match.end() :]


def _unambiguous(form: Form, sheet: Sheet, path: str) -> None:
    """The new name must lead to this column alone."""
    named = declared_paths(sheet, form)
    if sum(column.path == path for column in named.values()) < 2 or {c.path for c in named.values()} != {c.path for c in sheet.columns}:
        raise BadCatalogue(f"the name is another column's already; edit catalog/forms/{form.id}.yml by hand")
