"""The data dictionary, made from the catalogue, the views' SQL and sql/dictionary.yml: python -m flows.dictionary docs

In Chinese and English; goes with every export, and lies in docs/.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, create_engine

from catalog.catalogue import Catalogue, load_catalogue
from catalog.indicators import Indicator
from connectors.warehouse.tables import metadata
from flows.summary.shown import method_text
from sql.objects import create_views, statements

NAMES = {"en": "data-dictionary.md", "zh": "data-dictionary.zh.md"}


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column of a view: its type in Parquet, and what it holds."""

    name: str
    type: str
    en: str
    zh: str


@cache
def _written() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((files("sql") / "dictionary.yml").read_text("utf-8"))
    return found


def words_for(column: str) -> ColumnWords:
    """Raises KeyError for a column that nobody has described: sql/dictionary.yml is part of a view."""
    return ColumnWords(column, *map(str, _written()["columns"][column]))


def view_columns() -> dict[str, list[ColumnWords]]:
    """view → its columns in order, from the SQL itself."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        create_views(connection)
        return {view: [words_for(name) for name in _names(connection, view)] for view in statements("views")}


def _names(connection: Connection, view: str) -> list[str]:
    return list(connection.exec_driver_sql(f"SELECT * FROM {view}").keys())


def heads() -> dict[str, tuple[str, str]]:
    """view → (what it is, its grain), from the comments at the head of its file."""
    found = {}
    for view, body in statements("views").items():
        lines = [line.removeprefix("--").strip() for line in body.splitlines() if line.startswith("--")]
        grain = next((line.removeprefix("grain:").partition(";")[0].strip() for line in lines if line.startswith("grain:")), "")
        said = [line for line in lines if not line.startswith("grain:")]
        found[view] = (" — ".join([said[0].partition(":")[2].strip(), *said[1:]]), grain)
    return found


def dictionary(catalogue: Catalogue, language: str) -> str:
    """The whole dictionary as Markdown; ``language``: en or zh."""
    return "\n".join([*_INTRODUCTION[language], *_views(language), *_indicators(catalogue, language)]) + "\n"


_INTRODUCTION = {
    "en": [
        "# Data dictionary", "", "Generated from the catalogue, `sql/views` and `sql/dictionary.yml`; do not edit.", "",
        "Money is in 元, area in 平方米, visits in 人次. Numbers are exact decimals; rounding is left to whoever prints them. In Parquet",
        "(`huizong db export`) `integer` is int64, `time` a timestamp in UTC, `decimal` decimal128(38, 6) — text where a value does not fit —",
        "and `number` is the exact text with a second column `NAME_number` as decimal128(38, 6). Where small counts are hidden",
        "(`privacy.hide_small_counts`), an export has `*` in `raw` and the messages, and no value, for the villages concerned.", "",
    ],
    "zh": [
        "# 数据字典", "", "由指标目录、`sql/views` 和 `sql/dictionary.yml` 生成，请勿手改。", "",
        "金额单位为元，面积为平方米，人次为人次。数都是精确小数，四舍五入留给印出的人。Parquet（`huizong db export`）中",
        "`integer` 为 int64，`time` 为 UTC 时间，`decimal` 为 decimal128(38, 6)（放不下时为文本），`number` 为精确文本，",
        "另有一栏 `名称_number` 为 decimal128(38, 6)。隐去小数目时（`privacy.hide_small_counts`），有关村的数为空，原文和说明写 `*`。", "",
    ],
}  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines] + [""]


def _views(language: str) -> list[str]:
    lines = []
    titles = _written()["views"]
    said = heads()
    for view, columns in view_columns().items():
        english, grain = said[view]
        lines += [f"## {view}", ""]
        if language == "en":
            lines += [f"{english[:1].upper()}{english[1:]}. Grain: {grain}.", "", *_table(["column", "type", "holds"], [[f"`{c.name}`", c.type, c.en] for c in columns])]
        else:
            lines += [f"{titles[view]}。", "", *_table(["列", "类型", "内容"], [[f"`{c.name}`", c.type, c.zh] for c in columns])]
    return lines


def _indicators(catalogue: Catalogue, language: str) -> list[str]:
    head, title = (["indicator", "title", "section", "kind", "unit", "form", "how"], "## Indicators") if language == "en" else (
        ["指标", "名称", "部分", "种类", "单位", "表号", "算法"], "## 指标")  # fmt: skip
    return [title, "", *_table(head, [_indicator(i, catalogue) for i in sorted(catalogue.indicators.values(), key=lambda i: i.id)])]


def _indicator(indicator: Indicator, catalogue: Catalogue) -> list[str]:
    form = catalogue.forms.get(indicator.form)
    return [f"`{indicator.id}`", indicator.title, indicator.section, indicator.kind, indicator.unit, f"{form.id}《{form.title}》" if form else "", method_text(indicator)]


def main() -> None:
    import flows.demo

    folder = Path(sys.argv[1])
    catalogue = load_catalogue(Path(str(flows.demo.__file__)).parent)
    for language, name in NAMES.items():
        (folder / name).write_text(dictionary(catalogue, language), "utf-8")


if __name__ == "__main__":
    main()
