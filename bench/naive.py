"""What one writes in an afternoon: pandas and openpyxl over clean workbooks, a long table into SQLite, sums by month.

It knows the headings by name and nothing of this project. It cannot say which cell a figure comes from, refuses nothing
and would read a mess as it comes; on clean files of the official forms its figures are right.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

TITLE = re.compile(r"(\d{4})年(?:1—)?(\d{1,2})月")
ENDS = "合计"


FITS: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "is_": lambda column, word: column == word,
    "is_not": lambda column, word: column != word,
    "in_": lambda column, words: column.isin(words),
    "starts": lambda column, word: column.astype(str).str.startswith(word),
    "filled": lambda column, yes: column.notna() == yes,
}


def headings(top: pd.DataFrame) -> list[str]:
    """``组 > 栏`` for every column; a merged group fills the cells to its right as far as the one above does."""
    words: Any = top.to_numpy(dtype=object).copy()
    for level in range(len(words) - 1):
        for column in range(1, words.shape[1]):
            above = level == 0 or words[level - 1, column] == words[level - 1, column - 1]
            below = any(pd.notna(word) for word in words[level + 1 :, column])
            if pd.isna(words[level, column]) and above and below:
                words[level, column] = words[level, column - 1]
    return [" > ".join(dict.fromkeys(str(word).strip() for word in words[:, n] if pd.notna(word))) for n in range(words.shape[1])]


def number(value: Any) -> float | None:
    try:
        return float(str(value).replace(",", ""))
    except ValueError:
        return None


def read(file: Path) -> pd.DataFrame:
    """Every sheet of a workbook as long rows: form, sheet, month, row, heading, value, number."""
    parts = []
    for sheet, raw in pd.read_excel(file, sheet_name=None, header=None, engine="openpyxl").items():
        found = TITLE.search(str(raw.iat[0, 0]))
        assert found, file
        first = raw[raw[0] == "序号"].index[0]
        serial = raw[0].apply(number)
        body = raw[(raw.index > first) & serial.notna()].copy()
        body.columns = headings(raw.iloc[first : body.index[0]])
        body = body.rename(columns={body.columns[0]: "row"})
        long = body.melt(id_vars="row", var_name="heading", value_name="value").dropna(subset=["value"])
        long["value"] = long["value"].astype(str)
        long["number"] = long["value"].apply(number)
        long.insert(0, "month", f"{found[1]}-{int(found[2]):02d}")
        long.insert(0, "sheet", sheet)
        long.insert(0, "form", file.name[:3])
        parts.append(long)
    return pd.concat(parts)


def figures(facts: pd.DataFrame, wanted: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Indicator → month → figure: a column's sum, or a ledger's rows that fit, counted, summed or each person once."""
    result = {}
    for want in wanted:
        here = facts[(facts["form"] == want["form"]) & (facts["sheet"] == want["sheet"])]
        if here.empty:
            continue
        months = sorted(here["month"].unique())
        if want["how"] == "column":
            sums = here[here["heading"] == want["of"]].groupby("month")["number"].sum()
        else:
            table = here.pivot(index=["month", "row"], columns="heading", values="value").reset_index()
            for heading, test, against in want["where"]:
                column = table.get(heading, pd.Series(pd.NA, index=table.index, dtype="object"))
                table = table[FITS[test](column, against)]
            of = table.get(want["of"], pd.Series(pd.NA, index=table.index, dtype="object"))
            if want["how"] == "sum":
                sums = of.apply(number).groupby(table["month"]).sum()
            elif want["how"] == "distinct":
                sums = of.groupby(table["month"]).nunique()
            else:
                sums = table[table.iloc[:, 2] != "无"].groupby("month").size()
        result[want["indicator"]] = {month: float(sums.get(month, 0)) for month in months}
    return result


def run(inbox: str, database: str, wanted: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    facts = pd.concat([read(file) for file in sorted(Path(inbox).rglob("*.xlsx"))])
    with sqlite3.connect(database) as connection:
        facts.to_sql("facts", connection, index=False)
    found = figures(facts, wanted)
    summary = pd.DataFrame([(i, m, v) for i, months in found.items() for m, v in months.items()], columns=["indicator", "period", "value"])
    with sqlite3.connect(database) as connection:
        summary.to_sql("figures", connection, index=False)
    return found
