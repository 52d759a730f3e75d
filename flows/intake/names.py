"""What a path hints at: year, months, form, version. Hints cross-check the content; they never decide it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

_YEAR_MONTH = re.compile(r"(?<!\d)(20\d{2})\s*[年.\-_/]?\s*(\d{1,2})(?:\s*[-—–~～至]\s*(\d{1,2}))?\s*(?:月|(?!\d))")
_MONTH = re.compile(r"(?<!\d)(?:(\d{1,2})\s*[-—–~～至]\s*)?(\d{1,2})\s*月")
_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年?")
_FINAL = re.compile(r"更正|终稿|定稿|最终|不改了")
_REVISED = re.compile(r"修改|修订|改稿|更新")
SUPPLEMENT = re.compile(r"补报|补录|补登|增补|补充(?:上报|报|表|件|数据|材料|名单)|[（(]补充?[）)]")
"""What a file or title says that brings what an earlier one was without. A ledger cannot be told from one in another way."""
_COPY = re.compile(r"^副本|复件|复制|^copy of ", re.IGNORECASE)
_GENERIC = re.compile(
    r"F\d\d|20\d\d|\d+|年|月份|月|报表|月报|台账|统计表|表|更正|终稿|定稿|最终版?|不改了|修改版?|副本|新建|工作表|Microsoft|Excel"
    r"|Sheet|[\s()（）.．、,，\-—–_~]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What folder and file name say. ``month`` is the one of the file name, else the folder's; None when unsaid."""

    year: int | None
    month: int | None
    months_from_name: bool
    unusual: str
    """Chinese: the file name says neither form nor month, or says it in another notation; empty when plain."""
    rank: int
    department: str


def department_of(path: str, departments: Iterable[str]) -> str:
    """The department in whose folder a file lies; empty when the path names none."""
    known = {unicodedata.normalize("NFKC", department): department for department in departments}
    parts = [unicodedata.normalize("NFKC", part) for part in PurePosixPath(path).parts[:-1]]
    return next((known[part] for part in reversed(parts) if part in known), "")


def hints(path: str, departments: Iterable[str]) -> Hints:
    """Read a path relative to the inbox, with ``/``."""
    raw = PurePosixPath(path)
    parts = [unicodedata.normalize("NFKC", part) for part in raw.parts]
    stem = PurePosixPath(parts[-1]).stem if parts else ""
    known = set(departments)
    year, month, from_name = None, None, False
    spelled_range = False
    if match := _YEAR_MONTH.search(stem):
        year, month, from_name = int(match[1]), int(match[3] or match[2]), True
        spelled_range = match[3] is not None
    elif match := _MONTH.search(stem):
        month, from_name = int(match[2]), True
        spelled_range = match[1] is not None
        if found := _YEAR.search(stem):
            year = int(found[1])
    if month is not None and not 1 <= month <= 12:
        month, from_name = None, False
    for part in reversed(parts[:-1]):
        if month is None and (match := _MONTH.search(part)) and 1 <= int(match[2]) <= 12:
            month = int(match[2])
        if year is None and (match := _YEAR.search(part)):
            year = int(match[1])
    bare = _GENERIC.sub("", stem)
    for department in known:
        bare = bare.replace(unicodedata.normalize("NFKC", department), "")
    unusual = ""
    if not from_name or not bare:
        unusual = "文件名没有写明" + ("月份" if bare else "表名" if from_name else "表名和月份")
    elif spelled_range or (raw.stem != unicodedata.normalize("NFKC", raw.stem) and re.search(r"[０-９]", raw.stem)):
        unusual = "文件名中月份写法不规范"
    rank = 2 if _FINAL.search(stem) else 1 if _REVISED.search(stem) else -1 if _COPY.search(stem) else 0
    return Hints(year, month, from_name, unusual, rank, department_of(path, known))
