"""F01 and F02: branches, candidates, star branches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.periods import Month, months_between
from flows.demo.figures import LAST, PARTS, split
from flows.demo.rows.base import Content, Filler, Line


class Party(Filler):
    """Rows of F01 and F02."""

    def f01(self, month: Month) -> dict[str, Content]:
        branches = self._branches(month)
        roster: list[Line] = []
        attended = {"activist": dict.fromkeys(dict(branches), 0), "devobj": dict.fromkeys(dict(branches), 0)}
        this_month = {kind: dict(counts) for kind, counts in attended.items()}
        for kind, words, name in (
            ("activist", "入党积极分子培训班", "party_activist_trained_cnt"),
            ("devobj", "发展对象培训班", "party_devobj_trained_cnt"),
        ):
            year = self.world.flows[name][month.year]
            when = next(Month(month.year, i + 1) for i, count in enumerate(year) if count)
            for index in range(int(year[when.month - 1]) + 6):
                person = self.people.person(f"party:{kind}:{month.year}", index, 1970, 1998)
                rng = self._rng("F01", kind, month.year, index)
                branch = self._branch_of(index, month)
                line = {
                    "姓名": person.name, "性别": person.sex, "民族": "汉族", "身份证号": person.identity, "联系电话": person.phone,
                    "文化程度": rng.choice(["高中", "中专", "大专", "本科"]), "所在支部": branch,
                    "申请入党时间": f"{month.year - 2}.{rng.randint(1, 12):02d}", "列为积极分子时间": date(month.year - 1, rng.randint(1, 12), rng.randint(1, 28)),
                    "确定发展对象时间": date(month.year, 1, rng.randint(3, 22)) if kind == "devobj" else None,
                }  # fmt: skip
                if index < year[when.month - 1] and month >= when:
                    attended[kind][branch] += 1
                    this_month[kind][branch] += month == when
                    line |= {"培训班次": f"{words}（第一期）", "培训日期": self._day(when, 12), "结业情况": "结业"}
                roster.append(line)
                if "培训班次" in line and index in (4, 11):
                    roster.append(line | {"培训班次": f"{words}（第二期）", "培训日期": self._day(when, 19)})
        even = [1] * len(branches)
        stock = {"activist": split(52, even), "devobj": split(27, even)}
        plan = split(self.world.targets["party_new_member_planned_cnt"][month.year], even)
        lines = [
            {
                "支部名称": branch, "村（社区）": village,
                "入党积极分子 > 现有数": stock["activist"][i], "入党积极分子 > 本月培训人数": this_month["activist"][branch],
                "入党积极分子 > 累计": attended["activist"][branch], "发展对象 > 现有数": stock["devobj"][i],
                "发展对象 > 本月培训人数": this_month["devobj"][branch], "发展对象 > 累计": attended["devobj"][branch],
                "本年计划发展数": plan[i], "已发展数": plan[i] if month.month >= 11 else 0,
            }
            for i, (branch, village) in enumerate(branches)
        ]  # fmt: skip
        return {"月报": (self._lines(self._sheet("F01"), lines), {}), "花名册": self._ledger(self._sheet("F01", 1), roster)}

    def f02(self, month: Month) -> dict[str, Content]:
        visits = [m for m in months_between(Month(month.year, 1), Month(month.year, 12)) if m <= LAST
                  for _ in range(int(self.world.flow("party_star_sites_inspected_cnt", m)))]  # fmt: skip
        units = [(b, "星级支部", v) for b, v in self._branches(month)]
        units += [(f"{v}第一党小组", "星级党小组", v) for v in self.world.villages(month)[:12]]
        # Until the merger the two parts apply late, so that a unit's visit does not depend on what it is called.
        units.sort(key=lambda unit: unit[2] in dict(PARTS) or unit[2] == "石湾村")
        lines: list[Line] = []
        again: list[Line] = []
        for index, (unit, kind, village) in enumerate(units):
            rng = self._rng("F02", month.year, unit)
            line: dict[str, Any] = {
                "申报单位": unit, "类别": kind, "村（社区）": village, "申报星级": rng.choice(["三星级", "四星级", "五星级"]),
                "申报日期": date(month.year, 1, rng.randint(6, 24)),
            }  # fmt: skip
            if index < len(visits) and visits[index] <= month:
                line |= {
                    "调研验收日期": self._day(visits[index], rng.randint(3, 15)), "验收组": rng.choice(["第一组", "第二组"]),
                    "得分": Decimal(rng.randint(820, 965)) / 10, "结果": rng.choice(["通过", "通过", "通过", "整改"]),
                }  # fmt: skip
                if index == 0:
                    again.append(line | {"调研验收日期": self._day(visits[index], 22), "结果": "通过", "备注": "复验"})
            lines.append(line)
        return {"台账": self._ledger(self._sheet("F02"), lines + again)}
