"""docs/performance.md from what was measured; nothing in it is typed by hand but the words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.measure import Measured, Row, as_table, from_json, number

ABOUT = {
    "reading": ("Reading", "All cells of workbooks with their addresses, hidden rows, error cells and comments looked for, against inflating the same files and "
                "letting expat walk over their XML with handlers that only count: the least any reader does."),
    "loading": ("Loading", "The rows of read hand-ins into the warehouse, some files in a transaction, the log's chain on, against the bare driver writing the same rows "
                "into the same tables and indexes in one transaction. On PostgreSQL the server's CPU is counted on both sides."),
    "first_night": ("A first night", "Collect, archive, read, load, settle, compute every period, publish with lineage, against reading the same files and a bare insert of the "
                    "rows that came of it. Both begin from an empty folder. On PostgreSQL the bound is a bare COPY, and the server's CPU is counted on both sides."),
    "again": ("Nights after the first", "The same office again: with nothing new on the next day and at the very same time, and with one file in a hundred replaced by a "
              "corrected one in which every village has another figure. A *night* ends with the published state, a *whole night* with slips and the outputs of the half-year written."),
    "orchestrated": ("Under Prefect", "The whole night, outputs and slips written, as the flow `nightly` with a server that is up, and as the same calls without Prefect, in turns in "
                     "one process; wall seconds. Task runs as the server counts them, those that stand for sub-flows included."),
    "summary": ("The summary workbook", "汇总表.xlsx with headings, formats, notes and charts, against XlsxWriter writing the same texts and numbers bare."),
    "trace": ("Tracing", "A random figure to its cells and a random cell to its figures; the warehouse is opened each time. The facts are made by statements of the database: "
              "one town's village forms over as many years as it takes."),
    "everything": ("Everything, against a script and a pipeline", "From a folder of clean workbooks to figures in a database, each in a process of its own, start and imports included. "
                   "The naive script ([bench/naive.py](../bench/naive.py)) reads with pandas and openpyxl, melts, concatenates, writes with `to_sql` and sums; the dlt pipeline "
                   "([bench/dlt_pipeline.py](../bench/dlt_pipeline.py)) reads the same way and loads into DuckDB. Both give the figures they can, and they are equal to ours. They "
                   "keep no cell addresses, no lineage and no history, check nothing, and keep the identity numbers."),
    "many": ("More and more files", "First nights of the same town over ever more of its hand-ins, each in a process of its own. Memory is the largest resident set of the night "
             "and that of its reader on top. Past 350 files the hand-ins are further versions of the same eighteen months, as corrections are."),
    "long_ledger": ("A very long ledger", "One workbook, read, cleaned and counted by the guarded reader as a night does it: its process and the child that parses."),
    "known": ("Very many known files", "Every file is listed and compared with what is known. The files are of one byte and what is known of them was loaded without figures: every "
              "form of every month, eight versions of each. The listing is measured by itself and taken off."),
    "starting": ("Starting", "The verbs a person waits for, from the start of the process to its end, in an office whose night has run."),
    "district": ("A district on one server", "Offices with every form of every month in one PostgreSQL, filled by 1, 2 and 4 worker processes at a time that load and publish office by "
                 "office; the server runs on the same cores. Lock waits are samples of `pg_stat_activity` twenty times a second. What it costs to grow beyond: [growing.md](growing.md)."),
    "profile": ("Where the CPU of a first night goes", "cProfile over one first night, the reader in the same process."),
}  # fmt: skip
"""Section → its title and how it is measured."""

DEAR = {
    "looking for what is new, copying, archiving": "Every file is read once, hashed and written beside itself, then moved: what was received can always be shown.",
    "taking workbooks apart": "Calamine parses in Rust; a second look walks over the raw XML for what it does not tell: hidden rows, errors, formulas without a value, strike-through, "
                              "comments, number formats. Without that look a hidden row would be counted and a struck figure believed.",
    "recognising, cleaning, counting, checking what they hold": "Every cell is given a fate, one by one, and the fates are added up against an independent count; every number is read exactly "
                                                                "from what was written. Columns as a whole would be faster and could not say which cell.",
    "loading": "Every reading is a row with its cell, its text as received and its place in the chain of hashes; the driver's own insert is most of it.",
    "settling what each hand-in is worth": "Each hand-in is held against the months before it (thirty times its series, cumulatives that fall), cell by cell, so all readings of a form are read again.",
    "gathering the rows in force": "Ledger rows are read from the warehouse and not kept from the reading, so that a night after a crash, another machine and a repeated night compute the same.",
    "computing period figures with their lineage": "Every indicator for every period that has ended, exact decimals, each figure with the cells of every village it rests on. On a "
                                                   "later night only those that something new can reach.",
    "publishing": "Figures and lineage are compared with those shown, and only what changed is written; on a first night that is all of them, with a digest for each.",
    "the rest: catalogue, migrations, settings": "Twenty declarations are parsed and checked, and the schema is made.",
}  # fmt: skip
"""Place → why it costs what it does."""

WHY = {
    "first_night": "The bound walks over the XML and understands nothing. Reading and loading keep bounds of their own; most of the rest is giving every cell a fate, reading every number "
                   "exactly and asking whether it can be (the profile below), cell by cell in Python. Less would be had by asking less.",
    "again": "Of every form in which something came all months in force are read back and settled, since a figure is held against its other months; the process that reads is started for "
             "ten files as for a thousand; and the figures of every period those months lie in are written with all that they rest on. A whole night works out what the draft, the workbooks "
             "and the page say, and makes those that would say something else: the draft, 汇总表, 缺口清单, 催报清单 and the page say as of when they speak or how many days a form is "
             "late, so every day they are made anew.",
    "everything": "Both sides start an interpreter and take the same workbooks apart; the naive script does little more, ours gives every cell a fate, checks it, keeps where it came from and "
                  "what was known when. A twelfth of the script is about what inflating and parsing alone take (Reading).",
    "many": "What grows is what the office remembers of every file it ever received: its receipt and what it is worth beside the others.",
    "long_ledger": "Rows, what is found in them and what is said of them are kept packed until the last row has been looked at; that is some 250 bytes a row, beside the two processes "
                   "themselves. Past the reader's limit of 1 GiB or ten minutes a file is refused in one sentence, and nothing of it is counted.",
    "known": "Two thirds is reading the list of what is known out of the database, twice: before the files are read and after.",
    "starting": "Most of it is importing the libraries the verbs stand on (the last row), SQLAlchemy before all; nothing of Prefect, pandas, YAML, asyncio or the writers of documents is "
                "imported. `check` starts a process beside itself, in which it reads, and `status` draws its table with rich.",
}  # fmt: skip
"""Section → why a row in it is missed, where one is."""


def performance(kept: Mapping[str, Any]) -> str:
    """The whole page; the same file gives the same page."""
    machine, sections = kept["machine"], kept["sections"]
    sizes = sorted({section["size"] for section in sections.values()})
    parts = [
        "# Performance",
        f"Written by `python -m bench report docs/performance.json > docs/performance.md`. Measured on {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}, size{'s' if len(sizes) > 1 else ''} {', '.join(sizes)}.",
        "Ratios, not seconds: product and bound ran in turns in the same run, so that what else the machine did met both. Measured is the median of the turns, beside it the "
        "smallest and the largest. CPU seconds are those of the whole process tree. Cell ledger, lineage, privacy, checks and the log's chain were on, as in any night. "
        "The files are made by the demonstration with its usual mess, all twenty forms: reading, loading and nights of a town grown bigger (`bench/data.py`); what goes by the number of files "
        "or offices, traces and starts of the demonstration's own, of 17.",
        _missed(sections),
    ]
    for name, (title, how) in ABOUT.items():
        if name in sections:
            parts += [f"## {title}", how, as_table(_rows(sections[name]))]
    if "profile" in sections:
        dearest = [row.name for row in _rows(sections["profile"]) if row.name in DEAR][:3]
        parts += ["The three dearest, and why they are as they are:", "\n".join(f"- **{place.capitalize()}.** {DEAR[place]}" for place in dearest)]
    return "\n\n".join(parts) + "\n"


def _rows(section: Mapping[str, Any]) -> list[Measured]:
    return [from_json(row) for row in section["rows"]]


def _missed(sections: Mapping[str, Any]) -> str:
    lines = []
    for name in (name for name in ABOUT if name in sections):
        missed = [row for row in _rows(sections[name]) if not row.holds]
        lines += [f"- {row.name}: {_by_how_much(row)}" for row in missed]
        if missed and name in WHY:
            lines.append(f"  {WHY[name]}")
    bound = [row for section in sections.values() for row in _rows(section) if row.at_most is not None]
    held, every = sum(row.holds for row in bound), len(bound)
    if not lines:
        return f"All {every} rows hold."
    return f"{held} of {every} rows hold. Missed:\n\n" + "\n".join(lines)


def _by_how_much(row: Measured) -> str:
    if isinstance(row, Row):
        return f"{number(row.ratio)} of {row.against}, at most {number(row.at_most)}."
    return f"{number(row.value)} {row.unit}, at most {number(row.at_most or 0)}."
