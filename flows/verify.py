"""`huizong db verify`: is everything in the warehouse and the archive what it was when it was written?"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.shares import Damaged
from connectors.warehouse import Broken, Warehouse
from flows.office import LOG_END, Office

_KINDS = {"receipt": "收件", "load": "读入", "word": "办公室意见", "publication": "发布", "found": "读入的问题", "said": "发布时的问题", "present": "发布",
          "kept": "到期前的汇总数", "printed": "初稿", "read": "重读", "let_go": "到期删除", "view": "数据库", "run": "运行", "message": "消息"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found; the first broken link in one Chinese sentence, or none."""

    broken: str
    links: int
    last: str
    files: int


def verify(office: Office) -> Verified:
    """The log link by link, then the rows it vouches for, its end against the one written down beside it, then the archived bytes of every file against their hash."""
    with office.open_warehouse() as warehouse:
        links, last = warehouse.log_end()
        if (broken := warehouse.first_broken()) is not None:
            return Verified(sentence(warehouse, broken), links, last, 0)
        noted, link = office.noted_log_end()
        if noted and warehouse.log_lacks(noted, link):
            what = f"记有第 {noted} 环，日志现止于第 {links} 环" if noted > links else "与日志不符"
            return Verified(f"日志的末尾被截去或改写：{office.folder / LOG_END} {what}；请用备份核对并恢复", links, last, 0)
        files = {row.sha256: row.path for row in warehouse.submissions()}
        if not files and warehouse.publication() is None and not office.archive.empty:
            return Verified("仓库是空的，存档里却有文件：第一夜若中断，再运行一次即可；否则请用备份恢复仓库", links, last, 0)
    for sha256, path in sorted(files.items(), key=lambda item: item[1]):
        try:
            office.archive.get(sha256)
        except Damaged as damaged:
            return Verified(f"{path}：{damaged}", links, last, len(files))
    return Verified("", links, last, len(files))


def sentence(warehouse: Warehouse, broken: Broken) -> str:
    """What the office reads of a broken link."""
    path = warehouse.path_of(broken) if broken.kind in ("receipt", "load") else ""
    what = f"{_KINDS.get(broken.kind, broken.kind)}{f' {broken.subject}' if broken.subject else ''}{f'（{path}）' if path else ''}"
    where = f"第 {broken.seq} 环断开" if broken.seq else "有内容不在日志里"
    return f"{where}：{what}，{broken.what}；请用备份核对并恢复"
