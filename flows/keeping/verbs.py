"""`huizong keep`, `db backup` and `db restore`: what they do, said in Chinese."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from itertools import count
from pathlib import Path

from connectors.shares import readable
from flows.keeping.backup import back_up
from flows.keeping.restore import restore
from flows.keeping.retention import Plan, carry_out, plan
from flows.office import Office


def keep(office: Office, *, dry_run: bool = False, wait: float | None = None) -> list[str]:
    """Apply the retention times; with ``dry_run`` only say what would go. Raises OfficeBusy after ``wait`` seconds of a night."""
    now = office.now()
    with nullcontext() if dry_run else office.alone(wait), office.open_warehouse() as warehouse:
        what = plan(office, warehouse, now)
        if not dry_run:
            carry_out(office, warehouse, what, now)
    if what.empty:
        return ["没有到期要清除的内容。"]
    return [f"{'试运行，以下内容到期，会清除（没有动任何内容）' if dry_run else '已清除到期内容'}：", *said(office, what)]


def said(office: Office, what: Plan) -> list[str]:
    """What goes, counted; no names of persons are in any of it."""
    lines = []
    if what.people:
        lines.append(f"  {what.people_before} 以前的台账明细 {sum(p.rows for p in what.people)} 行（{len(what.people)} 份），各期数已另存、不变：")
        rows: Counter[tuple[str, str]] = Counter()
        for one in what.people:
            rows[one.period, one.form] += one.rows
        lines += [f"    {period} {form} {count} 行" for (period, form), count in sorted(rows.items())]
    if what.runs or what.messages:
        lines.append(f"  {what.logs_before.astimezone(office.settings.zone):%Y-%m-%d} 以前的运行记录 {what.runs} 条、消息 {what.messages} 条")
    for title, files in (("日志", what.logs), ("升级前的仓库副本", what.copies), ("已办结的退回单", what.slips), ("到期的原始文件", what.received)):
        if files:
            lines.append(f"  {title} {len(files)} 个：")
            lines += [f"    {file}" for file in files[:20]] + ([f"    ……另 {len(files) - 20} 个"] if len(files) > 20 else [])
    return lines


def backup_office(office: Office, target: Path, with_key: bool) -> str:
    made = back_up(office, target, office.now(), with_key)
    key = "含人员标识密钥，请与其他备份分开保管" if with_key else "不含人员标识密钥，请另行保管（--with-key 可一并备份）"
    without = f"没有读取权限、未备份的共享文件（夹）{_some(made.left_out)}。" if made.left_out else ""
    without += f"存档中与收到时不同的文件{_some(made.changed)}，请从更早的备份中取回。" if made.changed else ""
    return f"已备份到 {made.path}（{made.files} 个文件，{made.path.stat().st_size / 1e6:.1f} MB），{key}。{without}备份里有个人明细，到保存期限后也应删除。"


def _some(names: tuple[str, ...]) -> str:
    return f"{len(names)} 个（{'、'.join(readable(name) for name in names[:3])}{'等' if len(names) > 3 else ''}）"


def restore_office(file: Path, folder: Path, instead: bool = False) -> str:
    folder = folder.resolve()
    kept = next(beside for n in count() if not (beside := folder.with_name(f"{folder.name}.replaced{n or ''}.db")).exists()) if instead else None
    office, with_key = restore(file, folder, kept)
    place = office.settings.warehouse.url and f"（仓库已写入设置中的数据库{f'，原来的另存为 {kept}' if kept and kept.exists() else ''}）"
    key = "" if with_key else "备份不含人员标识密钥：请把原密钥放回原处或设置 HUIZONG_PRIVACY__KEY，否则下次会重新读取全部文件。"
    return f"已恢复到 {folder}{place}。{key}核对：huizong status --office {folder}"
