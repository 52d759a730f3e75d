"""F07 and F08: building projects and relocation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from catalog.periods import Month, months_between
from flows.demo.figures import FIRST, LAST, Number, split
from flows.demo.rows.base import GROUPS, LEADERS, Content, Filler, Line


class Works(Filler):
    """Rows of F07 and F08."""

    def f07(self, month: Month) -> dict[str, Content]:
        end = month.last_day
        lines: list[Line] = []

        def line(kind: str, name: str, place: str, year: int, unit: str, plan: int, done: Number, now: Number, cost: int,
                 finished: date | None = None, accepted: date | None = None, stage: str = "", content: str = "", said: str = "") -> None:  # fmt: skip
            if year > month.year:
                return
            is_accepted, is_finished = (accepted is not None and accepted <= end, finished is not None and finished <= end)
            lines.append({
                "项目类别": kind, "项目名称": name, "建设地点（村/组）": place, "铺排年度": year, "建设内容": content or f"{kind}建设",
                "工程量 > 计量单位": unit, "工程量 > 计划量": plan, "工程量 > 累计完成量": done, "工程量 > 本月完成量": now,
                "总投资（万元）": cost, "本年计划投资（万元）": cost // 2, "本年累计完成（万元）": cost * month.month // 24,
                "形象进度": stage or ("竣工" if is_finished else "施工中"), "开工日期": date(min(year, (finished or end).year), 1, 12),
                "完工日期": finished if is_finished else None, "竣工验收日期": accepted if is_accepted else None,
                "当前状态": "已验收" if is_accepted else "完工" if is_finished else "在建", "责任领导": LEADERS[len(lines) % len(LEADERS)], "情况说明": said or None,
            })  # fmt: skip

        sewage = (
            ("〇", 2017, "禾麓社区", (2018, 4, 14)), ("一", 2018, "新桥社区", (2018, 5, 15)), ("二", 2018, "岚峰村", (2018, 6, 25)),
            ("三", 2018, "麓溪村", (2019, 4, 11)), ("四", 2019, "桐冲村", (2019, 5, 14)), ("五", 2019, "枫树坳村", (2019, 7, 19)),
            ("六", 2019, "白鹭塘村", (2020, 4, 8)),
        )  # fmt: skip
        for i, (serial, year, place, accepted) in enumerate(sewage):
            on = date(*accepted)
            done = on - timedelta(days=21) <= end
            line(
                "污水管网", f"禾麓污水管网{serial}期", place, year, "公里", 6 + i, 6 + i if done else 3, 0, 420, on - timedelta(days=21), on
            )
        line(
            "棚屋拆除",
            "禾麓集镇棚屋拆除",
            "禾麓社区",
            2018,
            "处",
            40,
            40 if month >= Month(2020, 5) else 31,
            0,
            180,
            date(2020, 5, 3),
            date(2020, 5, 23),
        )
        line(
            "清淤",
            "麓溪河支流清淤提质",
            "麓溪村",
            2018,
            "公里",
            8,
            8 if month >= Month(2020, 5) else 6,
            0,
            260,
            date(2020, 5, 29),
            date(2020, 6, 18),
        )
        sites = ("岚峰村", "麓溪村", "桐冲村", "枫树坳村", "白鹭塘村", "松岗村")
        past = [split(self.world.flow("pond_dredged_cnt", m), [1] * len(sites)) for m in months_between(FIRST, month)]
        for i, place in enumerate(sites):
            line("清淤", f"{place.removesuffix('村')}片山塘清淤", place, 2019, "口", 12, sum(m[i] for m in past), past[-1][i], 60)
        line("人工湿地", "油铺屋场人工湿地", "桐冲村油铺屋场", 2019, "处", 1, 1 if month.year == 2020 else 0, 0, 150)
        for name, place in (("禾麓三级化粪池示范", "桐冲村"), ("禾麓沿河散户三级化粪池", "枫树坳村")):
            line("化粪池", name, place, 2019, "座", 300, min(280, 14 * len(past)), 0, 130)
        line("用地", "2018年度第十八批次建设用地（地块六）", "新桥社区", 2018, "亩", 38, 38, 0, 900, stage="青苗丈量和资金拨付完成")
        tower = self.world.stock("powerline_tower_erected_cnt", month)
        before = self.world.stock("powerline_tower_erected_cnt", month.shift(-1)) if month > FIRST else 0
        line("电力", "云江—岚城500千伏线路（禾麓段）", "枫树坳村", 2019, "基", 41, tower, tower - before, 5200,
             stage="塔基浇筑全部完成，正在组塔" if tower else "塔基浇筑施工中")  # fmt: skip
        line("学校", "江岚二中提质改造", "禾麓社区", 2019, "平方米", 5200, 210 * len(past), 210, 2100)
        line("环保设施", "污水处理厂", "白鹭塘村", 2019, "项", 1, 0, 0, 3600,
             said="污水处理厂主体已封顶，正在安装设备，计划年底通水调试" if month >= Month(2020, 6) else "")  # fmt: skip
        line("环保设施", "垃圾焚烧厂二期", self.world.name_in("下湾村", month), 2019, "项", 1, 0, 0, 3600)
        line(
            "产业",
            "禾麓标准厂房二期",
            "岚峰村",
            2019,
            "平方米",
            9000,
            9000 if month >= Month(2019, 2) else 6000,
            0,
            1800,
            date(2019, 1, 20),
            date(2019, 2, 22),
        )
        return {"进度表": self._ledger(self._sheet("F07"), lines)}

    @cached_property
    def _relocated(self) -> list[date]:
        """The day each household of the first batch had left, in order; as many by each month's end as the world says."""
        days: list[date] = []
        for month in months_between(FIRST, LAST):
            new = int(self.world.stock("reloc_b1_done_hh", month)) - len(days)
            rng = self._rng("F08", month)
            days += sorted(self._day(month, rng.randint(2, 27)) for _ in range(new))
        return days

    def f08(self, month: Month) -> dict[str, Content]:
        end, start = month.last_day, date(2020, 5, 18)
        places = ("岚峰村", "桐冲村", "云台村")
        lines: list[Line] = []

        def line(index: int, batch: str, left: date | None, begun: date, signed: date | None, house: bool) -> None:
            person, rng = (self.people.person("reloc", index, 1942, 1988), self._rng("F08", index))
            measured = begun + timedelta(days=4 + index % 5)
            lines.append({
                "批次": batch, "村": places[index % 3], "组": f"{GROUPS[index % 6]}组", "户主姓名": person.name, "身份证号": person.identity,
                "家庭人口": rng.randint(1, 7), "线内/线外": rng.choice(["线内", "线内", "线外"]), "有房/无房": "有房" if house else "无房",
                "房屋面积（㎡）": Decimal(rng.randint(900, 2600)) / 10 if house else 0, "调查丈量日期": measured if measured <= end else None,
                "启动日期": begun, "签约日期": signed if signed and signed <= end else None,
                "腾空日期": left - timedelta(days=12) if left and left - timedelta(days=12) <= end else None,
                "倒房日期": left if left and left <= end else None, "补偿金额（元）": rng.randint(180, 480) * 1000 if house else 30000,
                "开户行": "农村商业银行", "银行账号": person.account, "联系电话": person.phone,
            })  # fmt: skip

        for index, left in enumerate(self._relocated):
            line(index, "一", left, date(2018, 3, 12), left - timedelta(days=35), True)
        if end >= start:
            for index in range(74 + 5):
                signed = date(2020, 6, 3 + index // 2) if index < 40 else None
                line(1000 + index, "二", None, start + timedelta(days=index % 9), signed, index < 74)
        return {"台账": self._ledger(self._sheet("F08"), lines)}
