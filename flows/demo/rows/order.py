"""F09 to F11: the park, opinions, epidemic and safety."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.numbers import tidy
from catalog.periods import Month
from flows.demo.figures import Number, split
from flows.demo.rows.base import GROUPS, Content, Filler, Line

_SPOTS = (("主峰索道", 50), ("溪谷漂流", 20), ("云海观景台", 18), ("林间营地", 12))
_HANDLERS = ("乡村振兴办", "社会事务办", "综治办", "项目办")


class Order(Filler):
    """Rows of F09 to F11."""

    def f09(self, month: Month) -> dict[str, Content]:
        world, weights = self.world, [weight for _, weight in _SPOTS]

        def visitors(m: Month) -> list[Number]:
            return split(world.flow("park_visitors", m), weights)

        def tickets(m: Month) -> list[Number]:
            return split(world.flow("park_ticket_amt", m) * 10_000, weights, 100)

        def invested(m: Month) -> list[Number]:
            return split(world.stock("park_invest_cum", m), weights, Decimal("0.1"))

        year = [Month(month.year, m) for m in range(1, month.month + 1)]
        reopened = month == Month(2020, 3)
        lines: list[Line] = []
        for i, (spot, _) in enumerate(_SPOTS):
            ticket = tickets(month)[i]
            lines.append({
                "景点（项目）": spot, "接待人次（人次） > 本月": visitors(month)[i], "接待人次（人次） > 累计": sum(visitors(m)[i] for m in year),
                "接待人次（人次） > 上年同期": visitors(month.shift(-12))[i], "门票收入（元） > 本月": ticket,
                "门票收入（元） > 累计": sum(tickets(m)[i] for m in year), "门票收入（元） > 上年同期": tickets(month.shift(-12))[i],
                "二次消费收入（元）": ticket * 3 // 10, "设施投入（万元） > 本月": tidy(Decimal(invested(month)[i] - invested(month.shift(-1))[i])),
                "设施投入（万元） > 自项目启动累计": tidy(Decimal(invested(month)[i])), "巡查次数": 4 + (i + month.month) % 5,
                "新增违法用地（宗）": 0, "安全事故（起）": 0, "备注": "3月21日恢复开放" if reopened and i == 0 else None,
            })  # fmt: skip
        if reopened:  # the window since 21 March: all of this year's month, 95,000 元 of last year's
            before_v, before_t = (world.flow("park_visitors", month.shift(-12)), world.flow("park_ticket_amt", month.shift(-12)) * 10_000)
            early_v, early_t = (split(before_v - 10_543, [1, 1]), split(before_t - 95_000, [1, 1]))
            tens = (
                ("上旬（1—10日）", 0, early_v[0], 0, early_t[0]), ("中旬（11—20日）", 0, early_v[1], 0, early_t[1]),
                ("下旬（21—31日）", world.flow("park_visitors", month), 10_543, world.flow("park_ticket_amt", month) * 10_000, 95_000),
            )  # fmt: skip
            for label, now_v, then_v, now_t, then_t in tens:
                lines.append({
                    "kind": "part", "景点（项目）": f"其中：{label}", "接待人次（人次） > 本月": now_v, "接待人次（人次） > 上年同期": then_v,
                    "门票收入（元） > 本月": tidy(Decimal(now_t)), "门票收入（元） > 上年同期": tidy(Decimal(then_t)),
                })  # fmt: skip
        return {"月报": (self._lines(self._sheet("F09"), lines), {})}

    def f10(self, month: Month) -> dict[str, Content]:
        rng = self._rng("F10", month)
        topics = ("路灯不亮，请求维修", "公交班次少", "水渠淤塞，请求清理", "垃圾清运不及时", "电压低，影响用电", "宅基地界址不清，请求调解", "桥面破损，请求加固",
                  "自来水水压不足", "希望增设健身器材", "山塘漏水，影响灌溉")  # fmt: skip
        lines: list[Line] = []
        days = sorted(rng.randint(2, 27) for _ in range(int(self.world.flow("opinion_collected_cnt", month))))
        for index, day in enumerate(days):
            person = self.people.person(f"opinion:{month}", index, 1945, 1990)
            collected = self._day(month, day)
            done = collected + timedelta(days=rng.randint(5, 20))
            closed = rng.random() < 0.7 and done <= month.last_day + timedelta(days=4)
            lines.append({
                "收集日期": collected, "村（社区）": self._village(rng, month), "组（屋场）": f"{rng.choice(GROUPS)}组", "反映人": person.name,
                "联系电话": person.phone, "意见建议内容": f"{person.name}家中有病人，请求关注" if index % 17 == 5 else rng.choice(topics),
                "类别": rng.choice(["基础设施", "人居环境", "民生保障", "矛盾纠纷"]), "交办单位": rng.choice(_HANDLERS),
                "交办日期": collected + timedelta(days=rng.randint(0, 2)), "办结时限": collected + timedelta(days=30),
                "办理情况": "已办结" if closed else "办理中", "办结日期": done if closed else None, "是否满意": "满意" if closed else None,
            })  # fmt: skip
        return {"台账": self._ledger(self._sheet("F10"), lines)}

    def f11(self, month: Month) -> dict[str, Content]:
        world, zero = self.world, self._zero(month)
        screened = world.rows("covid_screened_persons", month)
        hazards = world.rows("safety_hazard_found_cnt", month)
        figures: dict[str, Mapping[str, Any]] = {
            **self._flows(month, "covid_screened_persons", "mask_donated_cnt", "covid_donation_amt", "safety_inspection_times", "safety_hazard_found_cnt"),
            "safety_hazard_fixed_cnt": hazards, "firms_resumed_cnt": world.stock_rows("firms_resumed_cnt", month),
            "covid_returned_persons": {v: n // 12 for v, n in screened.items()}, "covid_isolated_persons": {v: n // 20 for v, n in screened.items()},
            "covid_released_persons": {v: n // 24 for v, n in screened.items()},
            **dict.fromkeys(("covid_case_cnt", "safety_accident_cnt", "safety_death_persons"), zero),
        }  # fmt: skip
        return {"月报": (self._by_village(self._sheet("F11"), month, figures), {})}
