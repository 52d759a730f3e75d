"""`huizong doctor`: is everything in order on this machine; each line ok, or what to do. Imports neither Prefect nor pandas."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import Version
from rich.console import Console
from rich.markup import escape
from sqlalchemy import make_url, text

from connectors.documents.gbt9704 import BODY, LEVEL1, LEVEL2, NUMBER, TITLE
from connectors.shares import NoShare, NotReturned
from connectors.warehouse import OfficeBusy, WarehouseNotReady, WarehouseUnreachable
from flows.command.terminal import Unusable
from flows.keeping.disk import disks, shown
from flows.office import Office
from flows.serve import api

_TOO_NEW = {"fastapi": "0.151", "sqlalchemy": "2.1", "prefect": "4"}
"""With these and later the Prefect server does not start, or no night ever begins by itself (pyproject.toml says why)."""
_DISK_FREE = 2_000_000_000
_A_NIGHT = timedelta(hours=26)
_CLOCK = timedelta(minutes=10)
_OVERDUE = timedelta(minutes=10)
"""A worker takes what is due within seconds; later than this there is none, or it does not work."""
_EXPIRES = timedelta(days=30)
_FACES = ((BODY, "仿宋"), (TITLE, "方正小标宋"), (LEVEL1, "simhei"), (LEVEL2, "楷体"), (NUMBER, "simsun"))
"""Each face of the draft with another name for it (rules.md §6)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do (empty = in order)."""

    name: str
    found: str
    todo: str = ""
    matters: bool = True
    """False = a hint; nothing fails by it."""


def examine(console: Console, folder: Path) -> bool:
    """Prints every finding; True when nothing has to be done."""
    findings = list(findings_of(Office(folder)))
    for finding in findings:
        mark = "[green]正常[/green]" if not finding.todo else "[red]请处理[/red]" if finding.matters else "[yellow]提示[/yellow]"
        console.print(f"{mark}　{finding.name}：{escape(finding.found)}" + (f"　→ {escape(finding.todo)}" if finding.todo else ""))
    bad = [finding for finding in findings if finding.todo and finding.matters]
    console.print("一切正常。" if not bad else f"有 {len(bad)} 项需要处理。")
    return not bad


def findings_of(office: Office) -> Iterator[Finding]:
    """The office's own files first: without them nothing else can be looked at."""
    yield versions()
    _ = (office.settings, office.catalogue)
    for name, look in _LOOKS:
        try:
            yield look(office)
        except (OSError, ValueError, subprocess.SubprocessError, WarehouseUnreachable, WarehouseNotReady, NoShare, Unusable) as error:
            yield Finding(name, "无法检查", str(error))


def versions() -> Finding:
    """Python and the parts that are known to break one another."""
    found = []
    for part in ("huizong", "prefect", "fastapi", "sqlalchemy"):
        try:
            found.append((part, version(part)))
        except PackageNotFoundError:
            return Finding("版本", f"没有安装 {part}", "重新安装：make .venv/ready")
    said = "，".join([f"Python {sys.version.split()[0]}", *(f"{part} {number}" for part, number in found)])
    for part, number in found:
        if part in _TOO_NEW and Version(number) >= Version(_TOO_NEW[part]):
            return Finding("版本", said, f"{part} 须低于 {_TOO_NEW[part]}，否则夜间任务不会自动开始；重新安装：make .venv/ready")
    return Finding("版本", said)


def share(office: Office) -> Finding:
    listing = office.share.listing()
    if not listing.files:
        return Finding("共享文件夹", f"{office.settings.paths.inbox} 里没有报表", "确认 huizong.toml 的 paths.inbox 指向各科室放表的文件夹", matters=False)
    said = f"{office.settings.paths.inbox} 可以读取，共 {len(listing.files)} 个文件"
    try:
        if office.return_folder is not None:
            office.return_folder.probe()
    except NotReturned as error:
        return Finding("共享文件夹", said, f"退回文件夹 {error}；请管理员给这个账户写入权限")
    return Finding("共享文件夹", said + (f"；退回文件夹 {office.settings.paths.slips_to} 可以写入" if office.return_folder else ""))


def clock(office: Office) -> Finding:
    """A clock that is behind does not see today's files; the last night and the newest file say what time it must be at least."""
    now = datetime.now(UTC)
    runs = office.runs()
    last = max((run.started_at for run in runs), default=now)
    try:
        newest = max((file.modified for file in office.share.listing().files), default=now)
    except NoShare:
        newest = now  # said by the line on the share
    said = f"{now.astimezone(office.settings.zone):%Y-%m-%d %H:%M}（{office.settings.general.timezone}）"
    if now < last - _CLOCK:
        return Finding("时钟", said, f"早于上次运行的时间 {last.astimezone(office.settings.zone):%Y-%m-%d %H:%M}；校准本机时间")
    if now < newest - _CLOCK:
        return Finding("时钟", said, "共享文件夹里有时间在将来的文件；校准本机或文件服务器的时间")
    return Finding("时钟", said)


def disk(office: Office) -> Finding:
    """Every disk that the office writes to: the settings may put its parts on others."""
    free = {disk: shutil.disk_usage(disk).free for disk in disks(office)}
    said = "；".join(f"{disk} 所在磁盘剩余{shown(left)}" for disk, left in free.items())
    return Finding("磁盘", said, "" if min(free.values()) >= _DISK_FREE else "清理磁盘，至少留出 2 GB")


def database(office: Office) -> Finding:
    with office.open_warehouse() as warehouse, warehouse.reading() as connection:
        engine = warehouse.engine.dialect.name
        if engine == "sqlite" and (found := str(connection.execute(text("PRAGMA quick_check(1)")).scalar())) != "ok":
            return Finding("数据库", f"warehouse.db 已损坏（{found}）", "停止服务，用备份恢复（见 runbooks/restore.md）")
    return Finding("数据库", f"{'warehouse.db' if engine == 'sqlite' else 'PostgreSQL'} 完好，结构是最新版本")


def schedules(office: Office) -> Finding:
    url = api.server_of(office.folder)
    if url is None:
        return Finding("调度", "没有在运行，夜间任务不会自动开始", "运行 huizong serve，或按 runbooks/first_installation.md 装成开机服务")
    found = api.deployments_of(url, office.settings.general.id)
    if not found:
        return Finding("调度", "这个办公室还没有登记", "运行 huizong serve --register")
    if paused := sorted(str(d["name"]) for d in found if d["paused"]):
        return Finding("调度", f"已暂停：{'、'.join(paused)}", "要恢复就运行 huizong resume")
    if off := sorted(str(d["name"]) for d in found if d.get("schedules") and not any(one["active"] for one in d["schedules"])):
        return Finding("调度", f"定时已关：{'、'.join(off)}", "在 Prefect 页面上打开这些任务，把时间表（Schedule）的开关打开")
    coming = api.next_run(url, office.settings.general.id)
    if coming is None:
        return Finding("调度", "已登记，但没有排出下一次运行", "重新启动 huizong serve；一分钟后再查")
    said = f"{coming.astimezone(office.settings.zone):%m月%d日 %H:%M}"
    if datetime.now(UTC) - coming <= _OVERDUE:
        return Finding("调度", f"下一次 {said}")
    try:
        office.require_free()
    except OfficeBusy:
        return Finding("调度", f"{said} 的运行在等正在进行的那一次结束")
    return Finding("调度", f"{said} 的运行到现在没有开始", "重新启动 huizong serve（装成服务的，重新启动服务和它的 worker）；10 分钟后再查")


def last_night(office: Office) -> Finding:
    runs = office.runs()
    if not runs:
        return Finding("上次运行", "还没有运行过", "运行 huizong run")
    run = runs[-1]
    said = f"第 {run.number} 次，{run.started_at.astimezone(office.settings.zone):%m月%d日 %H:%M}，报告期 {run.period or '—'}"
    if run.state == "running":
        try:
            office.require_free()
        except OfficeBusy:
            return Finding("上次运行", f"{said}，正在进行")
        run = replace(run, state="crashed")  # nobody is at work any more
    if run.state in ("failed", "crashed"):
        return Finding("上次运行", f"{said}，{'没有做成' if run.state == 'failed' else '中断'}", f"运行 huizong rerun {run.number}")
    now, zone = datetime.now(UTC), office.settings.zone
    if now - run.started_at > _A_NIGHT and office.settings.serve.was_due(run.started_at.astimezone(zone), (now - _OVERDUE).astimezone(zone)):
        return Finding("上次运行", f"{said}，之后超过一天没有运行", "检查上面“调度”一行；补一次用 huizong run")
    return Finding("上次运行", f"{said}，已完成" + (f"，{run.deferred} 个文件推迟" if run.deferred else ""))


def certificates(office: Office) -> Finding:
    """Those the warehouse's address names, and what messages over HTTPS are checked against."""
    from cryptography import x509

    url = make_url(office.warehouse_url)
    named = [str(url.query[key]) for key in ("sslrootcert", "sslcert") if url.query.get(key)]
    for name in named:
        expires = x509.load_pem_x509_certificate(Path(name).read_bytes()).not_valid_after_utc
        if expires < datetime.now(UTC) + _EXPIRES:
            return Finding("证书", f"{name} 到 {expires:%Y-%m-%d} 为止", "更换数据库证书")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trusted = len(ssl.create_default_context().get_ca_certs())
    if not trusted:
        return Finding("证书", "本机没有受信任的根证书", "发消息（企业微信等）前安装 ca-certificates；不发消息可不管", matters=False)
    return Finding("证书", f"受信任的根证书 {trusted} 个" + (f"，数据库证书 {len(named)} 个在有效期内" if named else ""))


def fonts(office: Office) -> Finding:
    """GB/T 9704 asks for fonts that come with Chinese Windows and WPS; the draft names them, whoever opens it needs them."""
    there = installed_fonts()
    if there is None:
        return Finding("字体", "本机不显示公文，不需要字体")
    lacking = [name for name, other in _FACES if name.lower() not in there and other not in there]
    if lacking:
        return Finding("字体", f"本机没有 {'、'.join(lacking)}", "不影响出稿；在打开初稿的电脑上安装这些字体", matters=False)
    return Finding("字体", "公文字体齐全")


def installed_fonts() -> str | None:
    """Names of the fonts of this machine in one text; None where nothing can show a document."""
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Fonts") as key:
            return "\n".join(winreg.EnumValue(key, number)[0] for number in range(winreg.QueryInfoKey(key)[1])).lower()
    lister = shutil.which("fc-list")
    if lister is None:
        return None
    return subprocess.run([lister, ":", "family"], capture_output=True, text=True, timeout=30, check=False).stdout.lower()


_LOOKS: tuple[tuple[str, Callable[[Office], Finding]], ...] = (
    ("共享文件夹", share), ("时钟", clock), ("磁盘", disk), ("数据库", database), ("调度", schedules), ("上次运行", last_night),
    ("证书", certificates), ("字体", fonts),
)  # fmt: skip
