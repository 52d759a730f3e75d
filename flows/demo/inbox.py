"""The shared folder: which department hands in what, when, under which name, and what is wrong with it."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.periods import Month, months_between
from flows.demo.biff import write_et
from flows.demo.figures import FIRST, LAST, read_world
from flows.demo.mess import BY_CODE, KINDS, Kind, in_order
from flows.demo.mess.desk import Desk, desk, put
from flows.demo.ole import locked
from flows.demo.people import People
from flows.demo.sheets import Sheets
from flows.demo.workbook import CellError, Page, write_html, write_xlsx

SHANGHAI = timezone(timedelta(hours=8))
CLOSED = datetime(2020, 7, 19, 18, 0, tzinfo=SHANGHAI)
"""Nothing is handed in later: the night of 20 July finds it all."""
TARGET = frozenset(months_between(Month(2020, 1), Month(2020, 6)))
"""The half-year of the report; nearly all of its figures come out."""

_TOPICS = {
    "F01": ("党员培训情况", "发展党员月报"), "F02": ("星级支部创建台账", "星级创建"), "F03": ("经济指标", "主要经济指标"), "F04": ("四上企业台账",),
    "F05": ("固投项目进度表", "项目入库情况"), "F06": ("招商引资台账",), "F07": ("重点项目进度表", "重点项目"), "F08": ("搬迁签约腾地台账", "搬迁台账"),
    "F09": ("森林公园运营月报", "景区运营情况"), "F10": ("屋场会意见台账", "意见建议交办台账"), "F11": ("疫情防控月报", "安全生产月报"),
    "F12": ("社会救助资金发放月报", "民政月报"), "F13": ("低保特困花名册", "低保花名册"), "F14": ("临时救助医疗救助台账", "救助发放台账"),
    "F15": ("优抚定补发放表", "优抚对象发放表"), "F16": ("残疾人服务月报",), "F17": ("就业月报", "就业扶贫月报"), "F18": ("厕所革命进度表", "美丽屋场进度"),
    "F19": ("拆违控违月报", "卫片整改月报"), "F20": ("渣土车联合执法", "渣土执法台账"),
}  # fmt: skip
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class HandIn:
    """A file as it lies in the inbox; ``kinds`` say what is wrong with it (forms.md §9), for the demonstration's own tests."""

    path: str
    content: bytes
    modified: datetime
    form: str
    month: Month
    kinds: tuple[str, ...]


@dataclass
class _Job:
    """What is going to be done to one form of one month."""

    form: Form
    codes: set[str] = field(default_factory=set)
    container: str = ""
    """One of html, et, locked, stale, copy, revised; empty = a plain workbook."""
    late: bool = False
    owner: bool = False


@dataclass(frozen=True)
class _Planted:
    """A situation laid out by hand, so that the demonstration always has it (world.md §8)."""

    form: str
    month: Month
    code: str
    act: Callable[[list[Page]], None]


def _cell(village: str, path: str, value: Callable[[object], object]) -> Callable[[list[Page]], None]:
    """Write into the row of this village (or with this text in any cell)."""

    def act(pages: list[Page]) -> None:
        page = pages[0]
        column = page.index(path)
        r = next(r for r, row in enumerate(page.rows) if village in row.values)
        was = page.rows[r].values[column]
        shown = value(was)
        put(page, (r, column), shown)
        if page.total is not None and column in page.total.values:
            if isinstance(shown, CellError):
                page.total.values[column] = shown
            elif shown == "暂缺":
                page.total.values[column] -= was

    return act


def _plan_of_situations() -> tuple[_Planted, ...]:
    return (
        # The three gaps of the target half-year.
        _Planted("F19", Month(2020, 6), "M26-missing", _cell("北麓村", "巡违控违（户）", lambda was: "暂缺")),
        _Planted("F11", Month(2020, 3), "M33", _cell("茶园冲村", "捐赠资金（元）", lambda was: CellError())),
        _Planted("F14", Month(2020, 4), "M30-impossible", _cell("精神病住院救助", "发放日期", lambda was: "2020年4月31日")),
        # Recovered or only marked.
        _Planted("F19", Month(2020, 5), "M24-about", _cell("双江口村", "巡违控违（户）", lambda was: f"约{was}")),
        _Planted("F03", Month(2020, 6), "M29", _cell("规模服务业营业收入", "同比增长（%）", lambda was: f"↓{abs(Decimal(str(was)))}")),
        _Planted("F13", Month(2020, 6), "M31", _spoil_first_identity),
    )  # fmt: skip


def _spoil_first_identity(pages: list[Page]) -> None:
    page = pages[0]
    column = page.index("身份证号")
    r = next(r for r, row in enumerate(page.rows) if r > 20 and row.values[column].isdigit())
    put(page, (r, column), int(page.rows[r].values[column][:15] + "000"))


SITUATIONS = _plan_of_situations()
_CONTAINERS_BY_HAND = {
    ("F18", Month(2020, 6)): "blank-row",  # the first version lacks 荷塘坡村, the 终稿 has it
    ("F12", Month(2020, 5)): "three-times",
    ("F06", Month(2020, 6)): "locked-then-open",
    ("F04", Month(2020, 6)): "stale",
    ("F18", Month(2020, 4)): "",
    ("F14", Month(2020, 4)): "", ("F11", Month(2020, 3)): "", ("F19", Month(2020, 6)): "", ("F19", Month(2020, 5)): "",
    ("F03", Month(2020, 6)): "", ("F13", Month(2020, 6)): "",
}  # fmt: skip
_CODES_BY_HAND = {
    ("F18", Month(2020, 4)): {"M28"}, ("F09", Month(2020, 5)): {"M27-said"}, ("F12", Month(2019, 10)): {"M25"},
    ("F14", Month(2019, 8)): {"M30-impossible"}, ("F20", Month(2019, 5)): {"M30-impossible"}, ("F10", Month(2019, 11)): {"M30-impossible"},
}  # fmt: skip
_MAY_BE_LOST = frozenset({"F01", "F02", "F04", "F05", "F06", "F08"})
"""Running lists: a later month's file says again what an earlier one said."""


_ONLY_XLSX = frozenset({"M15", "M33-sum", "M37"})
"""Hidden rows, formulas and comments; the other containers are written without them."""


class Office:
    """Writes the months one after the other; the same seed gives the same files."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self.catalogue = catalogue
        self.seed = seed
        self.sheets = Sheets(catalogue, read_world(), People(seed), seed)
        self._desks = {careful: desk(catalogue, careful) for careful in (True, False)}
        self._had: Counter[tuple[str, str]] = Counter()
        self._taken: set[str] = set()

    # --- what is done to whom -------------------------------------------------------------------------------
    def month(self, month: Month) -> list[HandIn]:
        rng = self._rng("month", month)
        jobs = {form.id: _Job(form) for form in self.catalogue.forms.values() if form.is_due_for(month)}
        for form_id, job in jobs.items():
            job.container = _CONTAINERS_BY_HAND.get((form_id, month), "")
            job.codes |= _CODES_BY_HAND.get((form_id, month), set())
        self._deal_containers(month, jobs, rng)
        self._deal_kinds(month, jobs, rng)
        handed: list[HandIn] = []
        for form_id in sorted(jobs):
            handed += self._hand_in(jobs[form_id], month)
        return handed

    def _rng(self, *words: object) -> random.Random:
        return random.Random(":".join(map(str, (self.seed, *words))))

    def _pick(self, what: str, jobs: Iterable[_Job], count: int, rng: random.Random) -> list[_Job]:
        """Those who have had least of it so far, and least of all, so that every department gets its share."""

        def turn(job: _Job) -> tuple[float, str]:
            return 3 * self._had[what, job.form.id] + self._had["", job.form.id] / 2 + 3 * rng.random(), job.form.id

        chosen = sorted(jobs, key=turn)[:count]
        for job in chosen:
            self._had[what, job.form.id] += 1
            self._had["", job.form.id] += 1
        return chosen

    def _deal_containers(self, month: Month, jobs: dict[str, _Job], rng: random.Random) -> None:
        by_hand = {form_id for form_id in jobs if (form_id, month) in _CONTAINERS_BY_HAND}
        one_sheet = {form_id for form_id, job in jobs.items() if len(job.form.sheets) == 1}
        village = {
            form_id for form_id, job in jobs.items() if job.form.sheets[0].shape == "matrix" and job.form.sheets[0].rows == "village"
        }
        losable = set() if month == LAST else _MAY_BE_LOST if month in TARGET else set(jobs) - {"F05"}
        fits = {
            "stale": {f for f in losable if month != FIRST and self.catalogue.forms[f].is_due_for(month.shift(-1))},
            "locked": losable, "html": one_sheet - {"F13", "F08"}, "et": set(jobs) - {"F13"}, "copy": set(jobs), "revised": village,
        }  # fmt: skip
        for container, candidates in fits.items():
            free = [job for form_id, job in jobs.items() if form_id in candidates - by_hand and not job.container]
            for job in self._pick(container, free, 1, rng):
                job.container = container
        closing = [job for job in jobs.values() if job.container not in ("revised", "blank-row", "three-times", "locked-then-open")]
        for job in self._pick("late", closing, 4, rng):
            job.late = True
        for job in self._pick("owner", [job for job in jobs.values() if job.container in ("", "et")], 1, rng):
            job.owner = True

    def _deal_kinds(self, month: Month, jobs: dict[str, _Job], rng: random.Random) -> None:
        quiet = {planted.form for planted in SITUATIONS if planted.month == month}
        open_ = [
            job
            for job in jobs.values()
            if job.container not in ("stale", "locked", "three-times", "blank-row") and job.form.id not in quiet
        ]
        for kind in KINDS:
            if kind.a_month:
                # A column that is cumulative all the way down has no subtotals of the month.
                open_now = [job for job in open_ if not (kind.code == "M16" and "M28" in job.codes)]
                able = [job for job in open_now if len(job.codes) < 7 and self._could(kind, job.form)]
                able = [job for job in able if kind.code not in _ONLY_XLSX or job.container not in ("html", "et")]
                for job in self._pick(kind.code, able, kind.a_month, rng):
                    job.codes.add(kind.code)

    @staticmethod
    def _could(kind: Kind, form: Form) -> bool:
        """A first sieve by the declaration; what then finds nothing to do is simply not done."""
        first = form.sheets[0]
        types = {c.type for s in form.sheets for c in s.columns}
        tests = {
            "M16": first.shape == "matrix" and first.rows == "village", "M29": any(c.negative and c.type == "percent" for c in first.columns),
            "M19": "village" in types, "M19-typo": "village" in types, "M30": "date" in types, "M31": "identity" in types, "M32": any(c.path == "银行账号" for s in form.sheets for c in s.columns),
            "M18": first.shape == "ledger" and (first.columns[1].type == "date" or bool(first.columns[1].values)),
            "M28": first.shape == "matrix" and any(f"{c.id}_ytd" in {d.id for d in first.columns} for c in first.columns if c.id), "M27-said": any("（元）" in c.path for c in first.columns),
            "M27-unsaid": first.shape == "matrix" and "amount" in types, "M40": any(c.type == "identity" for c in first.columns) and any(c.path == "备注" for c in first.columns), "M36": bool(types & {"decimal", "amount"}),
            "M44": any(c.total for c in first.columns), "M33-sum": any(c.total for c in first.columns),
        }  # fmt: skip
        return tests.get(kind.code, True)

    # --- one file -------------------------------------------------------------------------------------------
    def _hand_in(self, job: _Job, month: Month) -> list[HandIn]:
        form = job.form
        rng = self._rng("file", form.id, month)
        topic = rng.choice(_TOPICS.get(form.id, (form.title,)))
        when = self._when(form, month, job.late, rng)
        pages = self.sheets.pages(form, month)
        done: list[str] = ["late"] if job.late else []
        if job.container == "stale":
            pages = self.sheets.pages(form, month.shift(-1))
            done.append("M02")
        for planted in SITUATIONS:
            if (planted.form, planted.month) == (form.id, month):
                planted.act(pages)
                done.append(planted.code)
        done += self._make_a_mess(job, pages, month, rng)
        folder, name = self._place(form, month, topic, rng, done)
        if job.container == "html" and len(pages) == 1:
            return self._with_owner(job, [self._file(folder, f"{name}.xls", write_html(pages[0]), when, form, month, [*done, "M07"])])
        if job.container == "et":
            return self._with_owner(job, [self._file(folder, f"{name}.et", write_et(pages), when, form, month, [*done, "M04"])])
        if job.container == "locked":
            return [self._file(folder, f"{name}.xlsx", locked(rng), when, form, month, [*done, "M05"])]
        if job.container == "locked-then-open":
            first = self._file(folder, f"{name}.xlsx", locked(rng), when, form, month, ["M05"])
            again = self._file(
                folder, f"{topic}{month.month}月（更正）.xlsx", write_xlsx(pages), when + timedelta(days=2), form, month, done
            )
            return [first, again]
        if job.container in ("revised", "three-times", "blank-row"):
            return self._versions(job, pages, folder, name, topic, when, month, rng, done)
        content = write_xlsx(pages)
        files = [self._file(folder, f"{name}.xlsx", content, when, form, month, done)]
        if job.container == "copy":
            files.append(self._file(folder, f"副本 {name}.xlsx", content, when + timedelta(days=1), form, month, ["M01-copy"]))
        return self._with_owner(job, files)

    def _make_a_mess(self, job: _Job, pages: list[Page], month: Month, rng: random.Random) -> list[str]:
        done = []
        by_hand = _CODES_BY_HAND.get((job.form.id, month), set())
        for kind in in_order(job.codes):
            at: Desk = self._desks[month in TARGET and kind.code not in by_hand]
            # Mostly on the first sheet; ledgers behind it get what the first sheet cannot have.
            for page in sorted(pages, key=lambda page: (rng.random() < 0.25, pages.index(page))):
                nothing = page.sheet.shape == "ledger" and page.rows[0].values[1] == "无"
                if not nothing and kind.apply(at, page, rng):
                    done.append(kind.code)
                    break
        return done

    def _versions(self, job: _Job, pages: list[Page], folder: str, name: str, topic: str, when: datetime, month: Month, rng: random.Random, done: Sequence[str]) -> list[HandIn]:  # fmt: skip
        """A first version with other figures, then the right one; the last of them holds."""
        form, files = job.form, []
        words = {"revised": [rng.choice(["修改版", "终稿", "（更正）"])], "three-times": ["修改版", "终稿(1)"], "blank-row": ["终稿"]}[
            job.container
        ]
        for step in range(len(words)):
            first = self.sheets.pages(form, month)
            if job.container == "blank-row":
                row = next(row for row in first[0].rows if "荷塘坡村" in row.values)
                row.values[2:] = [None] * (len(row.values) - 2)
                first[0].add_up()
            else:
                self._other_figures(first[0], rng, 3 - step)
            suffix = "" if step == 0 else words[step - 1]
            called = name if step == 0 else f"{topic}{month.month}月{suffix}"
            files.append(self._file(folder, f"{called}.xlsx", write_xlsx(first), when + timedelta(days=step), form, month, ["M01-first"]))
        last = f"{topic}{month.month}月{words[-1]}"
        files.append(
            self._file(folder, f"{last}.xlsx", write_xlsx(pages), when + timedelta(days=len(words), hours=3), form, month, [*done, "M01"])
        )
        return files

    @staticmethod
    def _other_figures(page: Page, rng: random.Random, count: int) -> None:
        bound = {name for pair in page.sheet.not_above for name in pair}
        wanted = [i for i, c in enumerate(page.columns) if c is not None and c.type == "integer" and c.total and c.id not in bound]
        found = [(r, c) for r, row in enumerate(page.rows) for c in wanted if isinstance(row.values[c], int) and row.values[c] > 2]
        for r, c in rng.sample(found, min(count, len(found))):
            page.rows[r].values[c] += rng.choice([-2, -1, 1, 2])
        page.add_up()

    def _with_owner(self, job: _Job, files: list[HandIn]) -> list[HandIn]:
        """M03: the owner file ``~$`` of an Excel that fell over twenty minutes before the last save."""
        if job.owner:
            folder, _, name = files[0].path.rpartition("/")
            user = "Administrator"
            content = bytes([len(user)]) + user.encode().ljust(54) + bytes([len(user), 0]) + user.encode("utf-16-le").ljust(108, b" \0"[:1])
            owner = f"~${name[2:]}" if len(name) > 8 else f"~${name}"
            files.append(self._file(folder, owner, content, files[0].modified - timedelta(minutes=20), job.form, files[0].month, ["M03"]))
        return files

    def _file(self, folder: str, name: str, content: bytes, when: datetime, form: Form, month: Month, kinds: Sequence[str]) -> HandIn:
        stem, dot, suffix = name.rpartition(".")
        path, serial = f"{folder}/{name}", 1
        while path in self._taken:
            path, serial = f"{folder}/{stem}({serial}){dot}{suffix}", serial + 1
        self._taken.add(path)
        return HandIn(path, content, min(when, CLOSED), form.id, month, tuple(kinds))

    def _when(self, form: Form, month: Month, late: bool, rng: random.Random) -> datetime:
        """Office hours of the days before the deadline, or up to six days after it."""
        due = form.due_date(month)
        day = due + timedelta(days=rng.randint(1, 6)) if late else due - timedelta(days=rng.randint(0, 1 if form.due.day == "last" else 3))
        day = min(max(day, self.sheets.filled_on(form, month)), CLOSED.date() if late else due)
        minute = rng.randint(8 * 60 + 30, 17 * 60 + 30)
        return datetime.combine(day, time(minute // 60, minute % 60, rng.randrange(60)), SHANGHAI)

    # --- names and folders ----------------------------------------------------------------------------------
    def _place(self, form: Form, month: Month, topic: str, rng: random.Random, done: list[str]) -> tuple[str, str]:
        y, m = month
        base, department = f"{y}年", form.department
        names = [
            (f"{form.id} {form.title}（{y}年{m}月）", 5), (f"{form.id} {topic}（{y}年{m}月）", 5), (f"{m}月{topic}", 2), (f"{topic}（{y}年{m}月）", 3),
            (f"{topic}{m}月(1)", 1), (f"{y}.{m:02d} {topic}", 2), (f"{topic}{y}{m:02d}", 1),
            (f"{str(y).translate(_WIDE)}年{str(m).translate(_WIDE)}月{topic}", 1), (f"{department}{m}月报表", 1),
        ]  # fmt: skip
        if m > 1:
            names.append((f"{y}年1-{m}月{topic}", 1))
        places = [
            (f"{base}/{m:02d}月/{department}", 17), (f"{base}/{m}月报表/{department}", 1),
            (f"{base}/{'上半年' if m <= 6 else '下半年'}/{department}", 1), (f"{base}/{m:02d}月", 1),
        ]  # fmt: skip
        name = rng.choices([n for n, _ in names], [w for _, w in names])[0]
        folder = rng.choices([p for p, _ in places], [w for _, w in places])[0]
        if "半年" not in folder and rng.random() < 0.08:
            name = rng.choice([f"{form.id}{form.title}", "新建 Microsoft Excel 工作表"])
            done.append("M09")
        elif folder != places[0][0] or name.endswith("月报表") or "1-" in name:
            done.append("M09")
        return folder, name


def write_inbox(inbox: Path, catalogue: Catalogue, seed: int = 1) -> tuple[HandIn, ...]:
    """Write the eighteen months of all forms as departments leave them, and tell what was done to which file.

    The same seed and catalogue write the same bytes under the same names with the same times.
    """
    office = Office(catalogue, seed)
    handed: list[HandIn] = []
    for month in months_between(FIRST, LAST):
        handed += office.month(month)
    for file in (*handed, *_clutter()):
        path = inbox / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        os.utime(path, (file.modified.timestamp(), file.modified.timestamp()))
    return tuple(handed)


def _clutter() -> list[HandIn]:
    """What is no report and lies about all the same."""
    note = "各科室：请于规定日期前将报表放入本月文件夹，勿加密码，勿改表头。党政办\r\n".encode("gb18030")
    ini = b"[.ShellClassInfo]\r\nIconResource=C:\\WINDOWS\\System32\\SHELL32.dll,3\r\n"
    old = datetime.combine(date(2019, 1, 3), time(9), SHANGHAI)
    files = [("报表填报说明.txt", note), ("2020年/desktop.ini", ini)]
    files += [(f"{m.year}年/{m.month:02d}月/Thumbs.db", b"\xd0\xcf\x11\xe0".ljust(512, b"\0")) for m in (Month(2019, 9), Month(2020, 6))]
    return [HandIn(path, content, old, "", FIRST, ()) for path, content in files]


__all__ = ["BY_CODE", "HandIn", "write_inbox"]
