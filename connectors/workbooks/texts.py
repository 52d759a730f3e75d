"""Plain text tables: CSV and TSV in UTF-8, GB18030, Big5 or UTF-16; decided by score, refused when unsure."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import pairwise

from catalog.grids import CellValue, Grid
from catalog.issues import Refused
from connectors.workbooks.containers import refuse

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
_FIGURE = re.compile(r"[-+]?\d+(\.\d+)?%?")
_DAY = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?")
_HEAD_OF_GROUPS = re.compile(r"[-+]?[1-9]\d{0,2}")
_GROUP = re.compile(r"\d{3}(\.\d+)?")
FOOT = re.compile(r"\s*(填表|制表|填报|审核|分管|联系|负责|注|说明)\S*[:：]")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_COMMON = frozenset("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严合计村镇户")


def decode(data: bytes) -> str:
    """Text of a file: a BOM decides, then a declared charset that fits, then strict UTF-8, then the better score."""
    for bom, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(bom):
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                raise refuse("M03", "文件里的文字不完整，请重新保存后再报。", "损坏的文件") from None
    candidates = []
    if match := _CHARSET.search(data[:2048]):
        name = match[1].decode().lower()
        if not name.startswith(("utf-16", "utf-32")):  # it could not have been read here, were it so
            candidates.append("gb18030" if name in ("gb2312", "gbk", "gb18030") else name)
    for name in [*candidates, "utf-8"]:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    scored = []
    for name in ("gb18030", "big5"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        foreign = [c for c in text if ord(c) > 127]
        scored.append((sum(c in _COMMON for c in foreign) / max(1, len(foreign)), name, text))
    scored.sort(reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] - scored[1][0] < 0.05):
        raise refuse("M07", "文件的文字编码认不准，请用 Excel 或 WPS 另存为 .xlsx 后报送。", "未知编码")
    return scored[0][2]


def read_text(data: bytes) -> tuple[Grid, ...]:
    """CSV or TSV as one grid. Raises :class:`Refused`: M08 prose, E-SHIFT where fields and rows cannot be told apart for certain."""
    text, separator = separated(data)
    parsed = _parsed(text, separator)
    if separator == "," and (number := _shifted(parsed)) is not None:
        raise refuse("E-SHIFT", f"第{number}行比别的行多出栏目，多半是数字里的逗号（如1,005）把一格分成了两格，请去掉数字和文字里的逗号，或另存为 .xlsx 后重报。",
                     f"第{number}行", "每行栏数相同")  # fmt: skip
    if (number := _cut_short(parsed)) is not None:
        raise refuse("E-SHIFT", f"第{number}行比别的行少了栏目，分不清缺的是哪一栏，请补齐空栏，或另存为 .xlsx 后重报。", f"第{number}行", "每行栏数相同")
    width = max(len(row) for row in parsed)
    rows = [[_value(cell) for cell in row] + [None] * (width - len(row)) for row in parsed]
    return (Grid("Sheet1", 0, rows),)


def _parsed(text: str, separator: str) -> list[list[str]]:
    """Raises :class:`Refused` (E-SHIFT) where a quotation mark opens a field and nothing closes it as a field is closed:
    everything up to the next mark, rows and all, would be one cell.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    parsed: list[list[str]] = []
    start = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return parsed
        except csv.Error as error:
            if "larger than field limit" in str(error):
                raise refuse("E-LONG", f"第{start}行有一格文字过长，请删去多余的内容后重报。", f"第{start}行", "一格文字") from None
            raise _stray_mark(start) from None
        if reader.line_num > start and any(_holds_fields(field, separator) for field in row):
            raise _stray_mark(start)
        parsed.append(row)
        start = reader.line_num + 1


def _stray_mark(line: int) -> Refused:
    return refuse("E-SHIFT", f"第{line}行的英文引号不成对，引号后面的内容会并成一格，请去掉引号，或另存为 .xlsx 后重报。", f"第{line}行", "成对的引号")


def _holds_fields(field: str, separator: str) -> bool:
    """A text of several lines in which whole fields stand: figures, days or blanks between what separates fields."""
    if separator not in field or not ("\n" in field or "\r" in field):
        return False
    pieces = [[piece.strip() for piece in line.split(separator)] for line in field.splitlines()]
    return any((piece == "" and 0 < n < len(line) - 1) or _FIGURE.fullmatch(piece) or _DAY.fullmatch(piece) for line in pieces if len(line) > 1 for n, piece in enumerate(line))


def _shifted(rows: list[list[str]]) -> int | None:
    """The first line (from 1) that says more than its heading has columns, or holds a figure that its own comma has cut in two.

    1,005 leaves a 005 that nobody writes; any other leaves a line longer than its heading, where every line is padded, or, where
    the padding is gone, a figure in a column in which no other line has one.
    """
    first = next((n for n, row in enumerate(rows) if any(_FIGURE.fullmatch(field.strip()) for field in row)), len(rows))
    heading = max((_length(row) for row in rows[:first]), default=0)
    padded = max((len(row) for row in rows[:first]), default=0)
    usual = Counter(len(row) for row in rows[first:]).most_common(1)[0][0] if rows[first:] else 0
    figures = Counter(n for row in rows[first:] for n, field in enumerate(row) if _FIGURE.fullmatch(field.strip()))
    for number, row in enumerate(rows[first:] if heading > 1 else (), first + 1):
        length = _length(row)
        pairs = [n + 1 for n, (a, b) in enumerate(pairwise(row)) if _HEAD_OF_GROUPS.fullmatch(a.strip()) and _GROUP.fullmatch(b.strip())]
        further = len(row) > padded or (length > usual and _FIGURE.fullmatch(row[length - 1].strip()))
        alone = bool(pairs) and len(row) == padded and any(figures[n] == 1 and _FIGURE.fullmatch(row[n].strip()) for n in range(pairs[0], length))
        if length > heading or any(row[n].strip().startswith("0") for n in pairs) or (pairs and (further or (alone and len(rows) > first + 1))):
            return number
    return None


_BLOCK = 16
"""Excel leaves the blank fields at the end away sixteen rows at a time, where none of them says anything there."""


def _cut_short(rows: list[list[str]]) -> int | None:
    """The first line (from 1) with figures that has fewer fields than the others: which one is missing cannot be told.

    Where every line ends with what it says last, lines differ in length and a short one is no less whole.
    """
    records = [n for n, row in enumerate(rows) if _length(row) > 1 and any(_FIGURE.fullmatch(field.strip()) for field in row) and not any(map(FOOT.match, row))]
    usual = Counter(len(rows[n]) for n in records).most_common(1)[0][0] if records else 0
    short = [n for n in records if len(rows[n]) < usual]
    others = sum(len(rows[n]) != usual for n in records)
    if others > 1 and others * 5 > len(records) and all(rows[n][-1].strip() for n in records):
        return None
    return next((n + 1 for n in short if len({len(row) for row in rows[n - n % _BLOCK : n - n % _BLOCK + _BLOCK]}) > 1), None)


def _length(row: list[str]) -> int:
    """Fields up to the last one that says something."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)


def separated(data: bytes) -> tuple[str, str]:
    """(text, what separates its fields). Raises :class:`Refused` (M08) for prose."""
    text = decode(data)
    lines = [line for line in text.splitlines() if line.strip()]
    separator = "\t" if sum("\t" in line for line in lines) * 2 >= len(lines) else ","
    if sum(separator in line for line in lines) * 2 < len(lines) or len(lines) < 2:
        raise refuse("M08", "文件是文字，不是电子表格，请报电子表。", "文本")
    return text, separator


def shows_another(stored: str, shown: str) -> bool:
    """A format shows another number than the one that is kept beside it: 12345 as 1.2万 or 12, or no number at all."""
    text = shown.replace(",", "").strip()
    if not _NUMBER.fullmatch(stored) or not float(stored):
        return False
    if not _NUMBER.fullmatch(text):
        return not any(c.isnumeric() for c in text)
    return abs(float(stored) - float(text)) > 0.5000001 * 10.0 ** -len(text.partition(".")[2])


def _value(text: str) -> CellValue:
    stripped = text.strip()
    if not stripped:
        return None
    if _NUMBER.fullmatch(stripped):
        return int(stripped) if "." not in stripped else float(stripped)
    return text
