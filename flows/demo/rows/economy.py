"""F03 to F06: the district's figures, the firms and projects that add up to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from catalog.numbers import half_up, tidy
from catalog.periods import Month, months_between
from flows.demo.figures import FIRST, LAST, Number, split
from flows.demo.people import credit_code
from flows.demo.rows.base import LEADERS, Content, Filler, Line, growth, share


@dataclass(frozen=True)
class _Project:
    code: str
    name: str
    builder: str
    village: str
    nature: str
    plan: int
    listed: date
    invested: Mapping[Month, int]


class Economy(Filler):
    """Rows of F03 to F06."""

    def f03(self, month: Month) -> dict[str, Content]:
        world, rng = self.world, self._rng("F03", month)
        lines: list[Line] = []

        def line(
            label: str, unit: str, target: Number | None, now: Number | None, ytd: Number | None, before: Number | None, rank: bool
        ) -> None:
            lines.append({
                "指标名称": label, "计量单位": unit, "年度目标任务": target, "完成情况 > 本月完成": now, "完成情况 > 本年累计（1—本月）": ytd,
                "完成情况 > 上年同期累计": before, "同比增长（%）": growth(ytd, before) if ytd is not None and before else None,
                "完成进度（%）": share(ytd, target) if ytd is not None and target else None,
                "全区排名": rng.randint(1, 14) if rank and ytd is not None else None,
            })  # fmt: skip

        for name, label in (
            ("fai_completed", "固定资产投资"),
            ("ind_output", "规模工业总产值"),
            ("svc_revenue", "规模服务业营业收入"),
            ("retail_revenue", "限额以上商贸营业收入"),
        ):
            now, ytd, before = (world.joint_month(name, month), world.joint_ytd(name, month), world.last_year_ytd(name, month))
            line(label, "万元", world.targets.get(name, {}).get(month.year), now, ytd, before, True)
            if name == "fai_completed":
                parts = [None if v is None else int(v * 43 // 100) for v in (now, ytd, before)]
                line("#产业投资", "万元", None, parts[0], parts[1], parts[2], False)
            if name == "ind_output":
                lines.append(
                    {
                        "指标名称": "规模工业增加值增速",
                        "计量单位": "%",
                        "同比增长（%）": None if month.month == 1 else Decimal(rng.randint(2, 52)) / 10,
                    }
                )
        if month.month == 1:
            lines = [entry | {"备注": "1月免报"} for entry in lines]  # type: ignore[operator]
        # Of the tax rows the month adds to the cumulative to the last 0.1: each month's part is rounded once.
        for label, percent in (("税收入库", 100), ("#增值税", 46), ("#企业所得税", 19), ("一般公共预算收入", 61)):

            def part_of(at: Month, percent: int = percent) -> Number:
                return tidy(half_up(Decimal(world.flow("tax_collected", at)) * percent / 100, 1))

            year = [Month(month.year, m) for m in range(1, month.month + 1)]
            ytd, before = (sum(map(part_of, year)), sum(part_of(m.shift(-12)) for m in year))
            target = world.targets["tax_collected"][month.year] if percent == 100 else None
            line(label, "万元", target, part_of(month), ytd, before, percent in (100, 61))
        return {"月报": (self._lines(self._sheet("F03"), lines), {})}

    def f04(self, month: Month) -> dict[str, Content]:
        lines: list[Line] = []
        kinds = (
            (
                "工业",
                "ind_output",
                [
                    "长禾精机",
                    "麓风泵业",
                    "青垅建材",
                    "同禾包装",
                    "金禾米业",
                    "永泉管件",
                    "启禾电子",
                    "岚山模具",
                    "清垅环保",
                    "大禾饲料",
                    "春垅家具",
                    "锦禾纺织",
                ],
            ),
            ("服务业", "svc_revenue", ["禾运物流", "康禾护理", "启蒙教育", "绿垅旅游", "禾云信息", "顺禾仓储"]),
            ("批零住餐", "retail_revenue", ["惠禾超市", "桥头百货", "兴垅农资", "万禾建材", "福垅酒楼", "嘉垅汽贸"]),
        )
        serial = 0
        for kind, name, firms in kinds:
            now, before = (self.world.joint_ytd(name, month), self.world.last_year_ytd(name, month))
            firms = [*firms, "老垅砖瓦"] if kind == "工业" else firms
            weights = [self._rng("firm", firm).randint(6, 24) for firm in firms]
            closed = kind == "工业" and month.year >= 2020
            if closed:
                weights = weights[:-1]
            outputs, bases = (split((now or 0) * 10, weights), split((before or 0) * 10, weights))
            if closed:
                outputs, bases = ([*outputs, 380 * month.month], [*bases, 580 * month.month])
            for firm, output, base in zip(firms, outputs, bases, strict=True):
                serial += 1
                rng, person = (self._rng("firm", firm), self.people.person("firm", serial, 1965, 1990))
                lines.append({
                    "统一社会信用代码": credit_code(1000 + serial), "单位名称": f"禾麓{firm}有限公司", "行业类别": kind,
                    "所在村": self.world.name_in(self._base(rng), month), "1—本月（千元） > 工业总产值": output if kind == "工业" else 0,
                    "1—本月（千元） > 营业收入": int(output * 97 // 100) if kind == "工业" else output if kind == "服务业" else 0,
                    "1—本月（千元） > 销售额": output if kind == "批零住餐" else 0, "1—本月（千元） > 上年同期": base,
                    "1—本月（千元） > 同比（%）": growth(output, base), "从业人数": rng.randint(20, 260),
                    "入统时间": f"{rng.randint(2011, 2017)}.{rng.randint(1, 12):02d}", "是否退库": "是" if closed and firm == "老垅砖瓦" else "否",
                    "联系人": person.name, "联系电话": person.phone,
                })  # fmt: skip
        return {"台账": self._ledger(self._sheet("F04"), lines)}

    @cached_property
    def _projects(self) -> list[_Project]:
        """Projects entered month by month; a project is built for eight months, and the months' sums are the town's."""
        begun = [(m, 1) for m in months_between(Month(2018, 9), Month(2018, 12))]
        begun += [(m, int(self.world.flow("fai_new_project_cnt", m))) for m in months_between(FIRST, LAST)]
        listed = [m for m, count in begun for _ in range(count)]
        shares = [self._rng("F05", "share", i).randint(3, 12) for i in range(len(listed))]
        invested: list[dict[Month, int]] = [{} for _ in listed]
        for month in months_between(FIRST, LAST):
            if month.month == 1:
                continue
            amount = self.world.joint_ytd("fai_completed", month) if month.month == 2 else self.world.joint_month("fai_completed", month)
            active = [i for i, m in enumerate(listed) if m <= month < m.shift(8)]
            for i, part in zip(active, split(amount or 0, [shares[i] for i in active]), strict=True):
                invested[i][month] = int(part)
        words = (
            "粮油仓储",
            "竹木加工",
            "冷水鱼养殖",
            "农机维修",
            "茶叶精制",
            "集镇供水",
            "光伏电站",
            "停车场",
            "果蔬分拣",
            "民宿",
            "有机肥",
            "老年食堂",
            "药材种植",
        )
        projects, counts = [], dict.fromkeys((2018, 2019, 2020), 0)
        for i, month in enumerate(listed):
            rng = self._rng("F05", i)
            counts[month.year] += 1
            name = f"禾麓{words[i % len(words)]}项目（{month.year}—{counts[month.year]}）"
            plan = (max(sum(invested[i].values()) * 23 // 20, rng.randint(20, 140) * 100) // 100 + 1) * 100
            projects.append(_Project(
                f"{month.year}-980112-{rng.randint(10, 79)}-03-{300100 + i}", name, f"禾麓{words[i % len(words)]}建设有限公司", self._base(rng),
                rng.choice(["新建", "扩建", "技改"]), plan, self._day(month, rng.randint(5, 27)), invested[i],
            ))  # fmt: skip
        return projects

    def f05(self, month: Month) -> dict[str, Content]:
        january = month.month == 1
        lines: list[Line] = []
        for project in self._projects:
            listed = Month(project.listed.year, project.listed.month)
            if listed > month or (listed.shift(7).year < month.year and listed.year < month.year):
                continue
            before = 2120 if listed.year == 2018 else 0
            past = {m: v for m, v in project.invested.items() if m <= month}
            stage = ("基础施工", "主体施工", "装饰装修", "设备安装")[min(3, len(past) // 2)]
            lines.append({
                "项目代码": project.code, "项目名称": project.name, "建设单位": project.builder, "所在村": self.world.name_in(project.village, month),
                "建设性质": project.nature, "计划总投资（万元）": project.plan, "开工年月": f"{listed.shift(-1).year}.{listed.shift(-1).month:02d}",
                "入库日期": project.listed, "入库批次": f"第{listed.month}批", "形象进度": stage, "入统状态": "已入库",
                "自开始建设累计完成投资（万元）": None if january else before + sum(past.values()),
                "本年累计完成投资（万元）": None if january else sum(v for m, v in past.items() if m.year == month.year),
                "本月完成（万元）": None if month.month < 3 else project.invested.get(month, 0),
                "包联领导": LEADERS[len(lines) % len(LEADERS)],
            })  # fmt: skip
        # None of these three is a new project: not yet entered, sent back, too small (README §3.7).
        for begun, listed_on, status, plan, name in (
            (Month(2020, 2), None, "待审", 2600, "文旅小镇"), (Month(2020, 3), date(2020, 3, 12), "退回", 3100, "矿山修复"),
            (Month(2020, 4), date(2020, 4, 9), "已入库", 460, "村部维修"),
        ):  # fmt: skip
            if begun <= month:
                lines.append({
                    "项目代码": f"2020-980112-99-03-9203{plan % 97:02d}", "项目名称": f"禾麓{name}项目", "建设单位": f"禾麓{name}建设有限公司",
                    "所在村": "竹山铺村", "建设性质": "新建", "计划总投资（万元）": plan, "开工年月": "2020.01", "入库日期": listed_on,
                    "自开始建设累计完成投资（万元）": 0, "本年累计完成投资（万元）": 0, "本月完成（万元）": None if month.month < 3 else 0,
                    "形象进度": "前期", "入统状态": status, "包联领导": LEADERS[0],
                })  # fmt: skip
        return {"进度表": self._ledger(self._sheet("F05"), lines)}

    def f06(self, month: Month) -> dict[str, Content]:
        known = (  # name, class, 亿元, signed, registered, landed, 四上
            ("禾麓溪口商行", "商贸", "0.3", (2018, 1, 9), (2018, 3, 14), None, "否"),
            ("禾麓康乐中心项目", "服务业", "4.2", (2018, 3, 11), None, (2018, 5, 16), "否"),
            ("禾麓板材有限公司", "规工", "3.4", (2018, 4, 14), (2018, 5, 24), None, "是"),
            ("禾麓桥头商行", "商贸", "0.3", (2019, 1, 9), (2019, 2, 14), None, "否"),
            ("禾麓冷链仓储项目", "服务业", "5.2", (2019, 2, 11), None, (2019, 4, 16), "否"),
            ("禾麓山泉饮料有限公司", "规工", "2.1", (2019, 4, 11), (2019, 5, 21), None, "是"),
            ("禾麓花木基地项目", "服务业", "3.6", (2019, 7, 11), None, (2019, 9, 16), "否"),
            ("云渚禾舟物流有限公司", "服务业", "5.5", (2019, 8, 16), (2019, 9, 25), None, "是"),
            ("禾麓镇口商行", "商贸", "0.3", (2020, 1, 9), (2020, 3, 14), None, "否"),
            ("云渚启明职业学院项目", "服务业", "5.2", (2020, 3, 11), None, (2020, 5, 16), "否"),
            ("云渚岚科智能装备有限公司", "规工", "1.8", (2020, 3, 12), (2020, 4, 21), None, "是"),
            ("禾麓供应链管理有限公司", "商贸", "5.9", (2020, 4, 29), (2020, 6, 8), None, "是"),
        )  # fmt: skip
        lines: list[Line] = []
        for i, (name, kind, amount, signed, registered, landed, above) in enumerate(known):
            if date(*signed) > month.last_day:
                continue
            registered_on = date(*registered) if registered and date(*registered) <= month.last_day else None
            landed_on = date(*landed) if landed and date(*landed) <= month.last_day else None
            rng = self._rng("F06", i)
            lines.append({
                "项目（企业）名称": name, "统一社会信用代码": credit_code(6000 + i), "投资方": f"云渚{rng.choice('禾垅溪坪')}投资公司",
                "产业类别": "制造" if kind == "规工" else "服务", "拟入统类别": kind, "总投资（亿元）": Decimal(amount), "签约日期": date(*signed),
                "注册日期": registered_on, "落地日期": landed_on, "落地村": self.world.name_in(self._base(rng), month),
                "是否“四上”": above if registered_on else "否",
                "进展情况": "已落地，正在办理开工手续。" if landed_on else "已注册，正在装修厂房。" if registered_on else "已签约。",
                "责任人": LEADERS[i % len(LEADERS)],
            })  # fmt: skip
        return {"台账": self._ledger(self._sheet("F06"), lines)}
