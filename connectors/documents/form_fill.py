"""The office's own .xlsx form, filled in place: only the cells with a marker change, everything else stays as it is.

As with the slips, the workbook is not rewritten but patched: a sheet without a marker is copied byte by byte, and in one
with markers a filled cell keeps its style. Stored results of formulas are dropped and the workbook asks to be worked out
when it is opened, so that no total shows what it was before.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal

from lxml import etree

from catalog.numbers import plain
from connectors.documents.form_totals import ask_for_missing
from connectors.documents.package import NO_TEXT

Fill = Callable[[str, str, str], str | Decimal | None]
"""(sheet, cell, text of the cell) → what goes into it; None leaves it."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
_BEFORE_CALC = ("definedNames", "externalReferences", "functionGroups", "sheets")
_MARKED = re.compile(r"[{｛]{2}\s*\w")
"""No formula has two of these side by side: an array is {1,2}."""
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class BadForm(ValueError):
    """The form cannot be used as an .xlsx workbook; one Chinese line that says what to do."""


def fill_form(data: bytes, fill: Fill, missing: str = "X") -> bytes:
    """A copy of the workbook in which ``fill`` has answered for every text cell. Numbers become numbers; a total over a cell
    that became ``missing`` is missing too.

    Raises :class:`BadForm`, and whatever ``fill`` raises.
    """
    try:
        return _filled(data, fill, missing)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, etree.LxmlError, IndexError):
        raise BadForm("打不开：不是 .xlsx 工作簿，或设有密码；请另存为 .xlsx 后放回。") from None


def _filled(data: bytes, fill: Fill, missing: str) -> bytes:
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        workbook = etree.fromstring(archive.read("xl/workbook.xml"), _PARSER)
        main = str(etree.QName(workbook).namespace)
        shared = _shared_texts(archive, main)
        calculated = False
        parts = dict(_sheets(archive, workbook, main))
        trees = {name: etree.fromstring(archive.read(part), _PARSER) for name, part in parts.items()}
        _refuse_elsewhere(archive, trees)
        put = {(name, cell): made for name, tree in trees.items() for cell, made in _fill_sheet(tree, main, shared, name, fill)}
        asked = ask_for_missing(trees, main, {place for place, made in put.items() if made == missing}, missing)
        touched = {name for name, _ in put} | asked
        for name, part in parts.items():
            stale = _forget_results(trees[name], main)
            calculated |= stale
            if stale or name in touched:
                changed[part] = _xml(trees[name])
        if calculated:
            _calculate_on_open(workbook, main)
            changed["xl/workbook.xml"] = _xml(workbook)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in archive.namelist():
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                target.writestr(info, changed[name] if name in changed else archive.read(name))
    return out.getvalue()


_PLACES = (
    (re.compile(r"xl/charts/[^/]*\.xml"), "图表的标题或文字"), (re.compile(r"xl/(?:drawings|diagrams)/[^/]*\.xml"), "文本框或图形"), (re.compile(r"xl/chartsheets/[^/]*\.xml"), "图表工作表的页眉、页脚"),
)  # fmt: skip
_IN_SHEET = dict.fromkeys(("oddHeader", "evenHeader", "firstHeader"), "页眉") | dict.fromkeys(("oddFooter", "evenFooter", "firstFooter"), "页脚")
_IN_RULES = {"formula1": "数据有效性", "formula2": "数据有效性", "formula": "条件格式"}


def _refuse_elsewhere(archive: zipfile.ZipFile, trees: dict[str, etree._Element]) -> None:
    """A marker outside of the cells would be printed as it is: say where it stands instead. Raises :class:`BadForm`."""
    for name, tree in trees.items():
        _refuse(name, f"工作表“{name}”的名称")
        for element in tree.iter("{*}*"):
            if where := (_IN_SHEET | _IN_RULES).get(etree.QName(element).localname):
                _refuse(element.text or "", f"工作表“{name}”的{where}")
    for part in archive.namelist():
        if where := next((said for pattern, said in _PLACES if pattern.fullmatch(part)), ""):
            for element in etree.fromstring(archive.read(part), _PARSER).iter("{*}p", *(f"{{*}}{name}" for name in _IN_SHEET)):
                _refuse("".join(map(str, element.itertext())), where)


def _refuse(text: str, where: str) -> None:
    if match := re.search(r"[{｛]{2}\s*\w[^}｝]*[}｝]{0,2}", text):
        raise BadForm(f"：{where}里的“{match[0]}”不会填写；占位符只能写在单元格里，请移到一格里（图表、文本框可以用公式引用那一格）。")


def _sheets(archive: zipfile.ZipFile, workbook: etree._Element, main: str) -> list[tuple[str, str]]:
    """(name, part) of every sheet that has cells."""
    relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _PARSER)
    targets = {r.get("Id"): r.get("Target", "") for r in relations if r.get("Type", "").endswith("/worksheet")}
    found = []
    for sheet in workbook.iter(f"{{{main}}}sheet"):
        identity = next((value for key, value in sheet.attrib.items() if etree.QName(key).localname == "id"), None)
        if identity in targets:
            target = targets[identity]
            found.append((sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")))
    return found


def _shared_texts(archive: zipfile.ZipFile, main: str) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(item, main) for item in etree.fromstring(archive.read("xl/sharedStrings.xml"), _PARSER).iter(f"{{{main}}}si")]


def _text(item: etree._Element, main: str) -> str:
    """All its runs in one; phonetic readings left out."""
    return "".join(t.text or "" for t in item.iter(f"{{{main}}}t") if etree.QName(t.getparent()).localname != "rPh")


def _fill_sheet(tree: etree._Element, main: str, shared: list[str], name: str, fill: Fill) -> list[tuple[str, str | Decimal]]:
    """(cell, what went into it)."""
    filled = []
    for cell in tree.iter(f"{{{main}}}c"):
        kind, value, inline = cell.get("t"), cell.find(f"{{{main}}}v"), cell.find(f"{{{main}}}is")
        if (formula := cell.find(f"{{{main}}}f")) is not None:
            if _MARKED.search(formula.text or ""):
                raise BadForm(f"{name}!{cell.get('r', '')}：公式里的 {{{{…}}}} 不会填写；请把它单独写在一格里，公式引用那一格。")
            continue
        if kind == "s" and value is not None:
            text = shared[int(value.text or 0)]
        elif kind == "inlineStr" and inline is not None:
            text = _text(inline, main)
        else:
            continue
        made = fill(name, cell.get("r", ""), text)
        if made is not None:
            _put(cell, main, made)
            filled.append((cell.get("r", ""), made))
    return filled


def _put(cell: etree._Element, main: str, made: str | Decimal) -> None:
    for child in list(cell):
        if etree.QName(child).localname in ("v", "is"):
            cell.remove(child)
    if isinstance(made, Decimal):
        _untyped(cell)
        value = etree.Element(f"{{{main}}}v")
        value.text = plain(made)
        cell.insert(0, value)
        return
    cell.set("t", "inlineStr")
    inline = etree.Element(f"{{{main}}}is")
    text = etree.SubElement(inline, f"{{{main}}}t")
    text.text = NO_TEXT.sub("", made)[:32_767]
    text.set(_SPACE, "preserve")
    cell.insert(0, inline)


def _forget_results(tree: etree._Element, main: str) -> bool:
    forgotten = False
    for cell in tree.iter(f"{{{main}}}c"):
        if cell.find(f"{{{main}}}f") is None:
            continue
        value = cell.find(f"{{{main}}}v")
        if value is not None:
            cell.remove(value)
        _untyped(cell)
        forgotten = True
    return forgotten


def _untyped(cell: etree._Element) -> None:
    if "t" in cell.attrib:
        del cell.attrib["t"]


def _calculate_on_open(workbook: etree._Element, main: str) -> None:
    calc = workbook.find(f"{{{main}}}calcPr")
    if calc is None:
        calc = etree.Element(f"{{{main}}}calcPr")
        after = next(element for name in _BEFORE_CALC if (element := workbook.find(f"{{{main}}}{name}")) is not None)
        after.addnext(calc)
    calc.set("fullCalcOnLoad", "1")


def _xml(tree: etree._Element) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
