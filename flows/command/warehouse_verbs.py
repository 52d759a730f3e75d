"""The verbs of `huizong db`: backup, restore and move, the schema, what readers may see."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows.command.terminal import OfficeOption, Unusable, aware, console, folder_of

app = App(name="db", help="The warehouse: copies of it, its schema, what readers see.")


@app.command
def backup(
    target: Annotated[Path, Parameter(help="A new file, or a folder to put it in.")], *, office: OfficeOption = None,
    with_key: Annotated[bool, Parameter(negative="", help="The key of the person tokens as well.")] = False,
) -> None:  # fmt: skip
    """Office folder and warehouse in one file, consistent also while a night runs."""
    from flows.keeping.verbs import backup_office
    from flows.office import Office

    console.print(backup_office(Office(folder_of(office)), target, with_key), markup=False)


@app.command
def restore(
    file: Annotated[Path, Parameter(help="A backup, or a folder of them: the newest.")], folder: Path, *,
    instead: Annotated[bool, Parameter(negative="", help="On PostgreSQL: in the place of what the server has of this office, which is kept in FOLDER.replaced.db.")] = False,
) -> None:  # fmt: skip
    """Make the office of a backup anew in FOLDER; nothing is ever overwritten."""
    from flows.keeping.verbs import restore_office

    console.print(restore_office(file, folder, instead), markup=False)


@app.command
def upgrade(*, office: OfficeOption = None) -> None:
    """Bring the warehouse to this version; an older SQLite file is copied beside itself first."""
    from flows.office import Office

    console.print(Office(folder_of(office)).upgrade_warehouse())


@app.command
def show(
    view: Annotated[str, Parameter(help="A view that readers may query, e.g. out_indicator_period.")], *,
    as_of: Annotated[datetime | None, Parameter(help="What was known at this time, for views that have a _history.")] = None,
    office: OfficeOption = None,
) -> None:  # fmt: skip
    """A view as CSV, as it is or as it was known."""
    import csv

    from flows.office import Office

    place = Office(folder_of(office))
    with place.open_warehouse() as warehouse:
        try:
            columns, rows = warehouse.rows(view, aware(as_of, place.settings.zone))
        except KeyError:
            raise Unusable(f"{view} {'keeps no past' if as_of else 'is no view'}; see the list of out_ views in the README") from None
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


@app.command
def verify(*, office: OfficeOption = None) -> None:
    """Is everything what it was when it was written? Names the first broken link of the log; exit 1 if there is one."""
    from flows.office import Office
    from flows.verify import verify as look

    found = look(Office(folder_of(office)))
    if found.broken:
        raise Unusable(found.broken)
    console.print(f"日志 {found.links} 环、归档文件 {found.files} 个都完好；末环 {found.last}", markup=False)


@app.command
def grants(*, office: OfficeOption = None) -> None:
    """Roles that read the out_ views and nothing else, and one for each department that sees its own rows (PostgreSQL)."""
    from flows.access import grant_office

    for line in grant_office(folder_of(office)):
        console.print(line, markup=False)


@app.command
def export(folder: Annotated[Path, Parameter(help="Where to; an earlier export there is replaced.")], *, office: OfficeOption = None) -> None:
    """Every out_ view as Parquet, with a data dictionary in Chinese and English."""
    from flows.export import export as export_views
    from flows.office import Office

    for view, count in export_views(Office(folder_of(office)), folder.resolve()).items():
        console.print(f"{view}.parquet：{count} 行")
    console.print(f"已写好 {folder}，各列的含义见其中的 data-dictionary.zh.md。")


@app.command
def move(url: Annotated[str, Parameter(help="The other warehouse, e.g. postgresql+psycopg://huizong@127.0.0.1/huizong.")], *, office: OfficeOption = None) -> None:
    """Copy this office's part of the warehouse into another one, whole or not at all."""
    from connectors.warehouse.copies import copy_in
    from flows.office import Office

    place = Office(folder_of(office))
    place.upgrade_warehouse()
    with place.alone():
        copied = copy_in(place.warehouse_url, url, place.settings.general.id)
    console.print(f"已复制 {copied} 行。请在 {place.folder / 'huizong.toml'} 的 [warehouse] 写上 url（密码用环境变量 HUIZONG_WAREHOUSE__URL），"
                  "再运行 huizong doctor。", markup=False)  # fmt: skip
