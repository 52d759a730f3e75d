"""F12 to F17: aid, allowances, disability, work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.periods import Month
from flows.demo.figures import Number, split
from flows.demo.rows.base import GROUPS, Content, Filler, Line


class Welfare(Filler):
    """Rows of F12 to F17."""

    def _programme(self, programme: str, month: Month) -> dict[str, tuple[int, int]]:
        """Base unit → (households, further persons)."""
        heads = self.world.stock_base(f"{programme}_hh", month)
        persons = self.world.stock_base(f"{programme}_persons", month)
        return {unit: (int(heads[unit]), int(persons[unit] - heads[unit])) for unit in heads}

    def f12(self, month: Month) -> dict[str, Content]:
        world = self.world
        figures: dict[str, Mapping[str, Any]] = {}
        for name in ("dibao", "tekun", "tekun_care_allow", "elderly_allow", "orphanlike_child"):
            figures |= {f"{name}_persons": world.stock_rows(f"{name}_persons", month)}
            figures |= self._flows(month, f"{name}_amt", ytd=[f"{name}_amt"])
        figures |= {f"{name}_hh": world.stock_rows(f"{name}_hh", month) for name in ("dibao", "tekun")}
        now, before = (self._programme("dibao", month), self._programme("dibao", month.shift(-1)))
        changes: dict[str, dict[str, Number]] = {
            k: {} for k in ("dibao_new_hh", "dibao_new_persons", "dibao_left_hh", "dibao_left_persons")
        }
        for unit in now:
            hh, more = now[unit][0] - before[unit][0], now[unit][1] - before[unit][1]
            changes["dibao_new_hh"][unit], changes["dibao_left_hh"][unit] = (max(hh, 0), max(-hh, 0))
            changes["dibao_new_persons"][unit] = max(hh, 0) + max(more, 0)
            changes["dibao_left_persons"][unit] = max(-hh, 0) + max(-more, 0)
        figures |= {name: world.shown(values, month) for name, values in changes.items()}
        tekun, elderly = figures["tekun_persons"], figures["elderly_allow_persons"]
        hundred = world.shown(world.by_base(4), month)
        figures["tekun_central_persons"] = {v: n * 27 // 100 for v, n in tekun.items()}
        figures["tekun_scattered_persons"] = {v: n - n * 27 // 100 for v, n in tekun.items()}
        figures["elderly_100_persons"] = hundred
        figures["elderly_90_persons"] = {v: n * 12 // 100 for v, n in elderly.items()}
        figures["elderly_80_persons"] = {v: n - n * 12 // 100 - hundred[v] for v, n in elderly.items()}
        return {"月报": (self._by_village(self._sheet("F12"), month, figures), {})}

    def f13(self, month: Month) -> dict[str, Content]:
        """The roster: a unit's first households and first further persons are on it; who was on it last month and is no
        longer stays listed as 退出."""
        lines: list[Line] = []
        for programme, standard in (("dibao", self.world.standards["dibao"]), ("tekun", self.world.standards["tekun"])):
            now, before = (self._programme(programme, month), self._programme(programme, month.shift(-1)))
            for number, unit in enumerate(now):
                village = self.world.name_in(unit, month)
                (heads, more), (heads_before, more_before) = now[unit], before[unit]
                for index in range(max(heads, heads_before)):
                    head = self.people.person(f"{programme}:{unit}:head", index, 1936, 1982)
                    for place, count, count_before in ((0, heads, heads_before), (1, more, more_before)):
                        if index >= max(count, count_before):
                            continue
                        person = head if place == 0 else self.people.person(f"{programme}:{unit}:more", index, 1942, 2012)
                        change = "退出" if index >= count else "新增" if index >= count_before else "调标" if month.month == 1 else None
                        lines.append({
                            "村（社区）": village, "组": f"{GROUPS[index % 8]}组", "户主姓名": head.name, "家庭成员姓名": person.name,
                            "与户主关系": "户主" if place == 0 else ("配偶", "子", "女", "母亲")[index % 4], "身份证号": person.identity,
                            "性别": person.sex, "年龄": month.year - person.born,
                            "低保证号": f"{'低保' if programme == 'dibao' else '特困'}{number + 1:02d}{index + 1:04d}",
                            "保障人口": 2 if index < more else 1, "保障类别": "ABC"[(index + place) % 3] if programme == "dibao" else "特困",
                            "致困原因": ("因病", "因残", "缺劳力", "年老", "因灾")[(index + number) % 5], "月保障金额（元）": standard[month.year],
                            "开户银行": "农村商业银行", "银行账号": person.account, "联系电话": person.phone,
                            "享受起始年月": f"{2012 + index % 6}.{index % 12 + 1:02d}", "变动情况": change,
                        })  # fmt: skip
        return {"花名册": self._ledger(self._sheet("F13"), lines)}

    def f14(self, month: Month) -> dict[str, Content]:
        world, year = self.world, month.year
        clerk = self.people.person("F14:clerk", 0).name
        lines: list[Line] = []

        def pay(category: str, reason: str, group: str, index: int, amount: Number, times: int = 1) -> None:
            person, rng = (self.people.person(group, index, 1940, 1992), self._rng("F14", month, category, len(lines)))
            paid = self._day(month, rng.randint(8, 25))
            lines.append({
                "救助类别": category, "村（社区）": world.name_in(self._base(self._rng(group, index)), month), "姓名": person.name,
                "身份证号": person.identity, "救助事由（病种）": reason, "申请日期": paid - timedelta(days=rng.randint(28, 40)),
                "审批日期": paid - timedelta(days=9), "发放日期": paid, "救助金额（元）": amount, "人次": times,
                "银行账号": person.account, "经办人": clerk,
            })  # fmt: skip

        def shares(total: Number, count: int, word: str) -> list[Number]:
            rng = self._rng("F14", month, word)
            return split(total, [rng.randint(6, 14) for _ in range(count)], 100 if total % 100 == 0 else 1)

        for index in range(int(world.flow("psy_drug_aid_times", month))):
            pay("精神病药物救助", "精神障碍", "psy-drug", index, 150 + 30 * (index % 4))
        for index in range(int(world.flow("psy_inpatient_aid_times", month))):
            pay("精神病住院救助", "精神障碍住院", f"psy-in:{month}", index, 900 + 100 * (index % 4))
        for index in range(int(world.stock("uremia_aid_persons", month))):
            pay("尿毒症救助", "尿毒症", "uremia", index, world.standards["uremia_aid"][year])
        times = int(world.flow("serious_illness_aid_times", month))
        for index, amount in enumerate(shares(world.flow("serious_illness_aid_amt", month), times, "大病")):
            pay("大病救助", ("恶性肿瘤", "冠心病", "脑卒中", "器官移植")[index % 4], f"illness:{month}", index, amount)
        earlier = int(world.flow_ytd("temp_relief_persons_new", month.shift(-1))) if month.month > 1 else 0
        new, times = (int(world.flow("temp_relief_persons_new", month)), int(world.flow("temp_relief_times", month)))
        # Who is helped again was helped earlier in the year: fewer persons than times (planted situation 7).
        helped = [earlier + i for i in range(new)] + [(month.month * 5 + i) % max(earlier, 1) for i in range(times - new)]
        returned = 500 if month == Month(2020, 5) else 0
        for index, amount in zip(helped, shares(world.flow("temp_relief_amt", month) + returned, times, "临时"), strict=True):
            pay("临时救助", ("突发疾病", "火灾", "交通事故", "就学困难")[index % 4], f"temp:{year}", index, amount)
        if returned:
            pay("临时救助", "退回", f"temp:{year}", helped[0], -returned, 0)
        before = sum(int(world.flow("covid_hardship_persons", Month(year, m))) for m in range(1, month.month))
        for index in range(int(world.flow("covid_hardship_persons", month))):
            pay("疫情特殊困难帮扶", "疫情影响生活困难", "hardship", before + index, 500)
        patients = int(world.stock("psy_hospital_persons", month))
        for index, amount in enumerate(split(world.flow("psy_hospital_amt", month), [1] * patients)):
            pay("区脑科医院", "住院", "hospital", index, amount)
        return {"台账": self._ledger(self._sheet("F14"), lines)}

    def f15(self, month: Month) -> dict[str, Content]:
        lines: list[Line] = []

        def pay(category: str, group: str, index: int, standard: Number, change: int, serial: str) -> None:
            person = self.people.person(group, index, 1932, 1962)
            lines.append({
                "对象类别": category, "姓名": person.name, "身份证号": person.identity,
                "村（社区）": self.world.name_in(self._base(self._rng(group, index)), month), "证件号": f"{serial}{index + 1:05d}",
                "月（季）标准（元）": standard, "补发/扣减（元）": change, "实发金额（元）": standard + change,
                "发放月份": f"{month.year}.{month.month:02d}", "银行账号": person.account,
                "备注": "补发上月" if change > 0 else "扣回上月多发" if change < 0 else None,
            })  # fmt: skip

        youfu, standard = (int(self.world.stock("youfu_persons", month)), self.world.standards["youfu"][month.year])
        for index in range(youfu):
            # Two standards around the mean; an odd last person gets the mean itself, so persons × standard holds.
            own = standard if index == youfu - 1 and youfu % 2 else standard + (20 if index % 2 else -20)
            category = ("参战参试", "带病回乡", "烈属", "伤残")[index // 2 % 4]
            pay(f"优抚（{category}）", "youfu", index, own, {12: -60, 13: 60}.get(index, 0), "优")
        for index in range(int(self.world.stock("jingding_persons", month))):
            pay("精定", "jingding", index, self.world.standards["jingding"][month.year], 0, "定")
        for index in range(int(self.world.stock("retired_united_persons", month))):
            pay("精简退职" if index < 11 else "统战", "retired", index, self.world.standards["retired_united"][month.year], 0, "退")
        return {"发放表": self._ledger(self._sheet("F15"), lines)}

    def f16(self, month: Month) -> dict[str, Content]:
        world = self.world
        batch = world.by_base(world.flow("disabled_cert_batch_persons", month))
        now, before = (world.stock_base("disabled_cert_persons", month), world.stock_base("disabled_cert_persons", month.shift(-1)))
        new = {u: batch[u] + max(now[u] - before[u] - batch[u], 0) for u in now}
        cancelled = {u: max(batch[u] - (now[u] - before[u]), 0) for u in now}
        total = world.shown(now, month)
        grades = {g: {v: n * share // 1000 for v, n in total.items()} for g, share in (("1", 144), ("2", 290), ("4", 237))}
        grades["3"] = {v: n - sum(grades[g][v] for g in "124") for v, n in total.items()}
        living, care = (world.stock_rows("disabled_living_allow_persons", month), world.stock_rows("disabled_care_allow_persons", month))
        rate = (60, 75) if month.year == 2019 else (65, 80)
        figures: dict[str, Mapping[str, Any]] = {
            "disabled_cert_persons": total, **{f"disabled_cert_grade{g}_persons": values for g, values in grades.items()},
            "disabled_cert_new_persons": world.shown(new, month), "disabled_cert_batch_persons": world.shown(batch, month),
            "disabled_cert_cancelled_persons": world.shown(cancelled, month),
            "disabled_living_allow_persons": living, "disabled_living_allow_amt": {v: n * rate[0] for v, n in living.items()},
            "disabled_care_allow_persons": care, "disabled_care_allow_amt": {v: n * rate[1] for v, n in care.items()},
            "disabled_home_refit_planned_hh": world.shown(world.by_base(world.targets["disabled_home_refit_hh"][month.year]), month),
            **self._flows(month, "disabled_home_refit_hh", ytd=["disabled_home_refit_hh"]),
        }  # fmt: skip
        return {"月报": (self._by_village(self._sheet("F16"), month, figures), {})}

    def f17(self, month: Month) -> dict[str, Content]:
        transport: list[Line] = []
        before = int(self.world.flow_ytd("migrant_transport_allow_persons", month)) - int(
            self.world.flow("migrant_transport_allow_persons", month)
        )
        for index in range(before, before + int(self.world.flow("migrant_transport_allow_persons", month))):
            person, rng = (self.people.person(f"migrant:{month.year}", index, 1968, 1998), self._rng("F17", month.year, index))
            ticket = Decimal(rng.randint(1800, 6400)) / 10
            transport.append({
                "姓名": person.name, "身份证号": person.identity, "村（社区）": self.world.name_in(self._base(rng), month), "是否建档立卡": "是",
                "务工地": rng.choice(["外省东部", "外省南部", "省内"]), "工种": rng.choice(["建筑", "家政", "制造", "物流"]), "车票金额（元）": ticket,
                "补贴金额（元）": min(400, int(ticket // 10 * 10)), "发放日期": self._day(month, rng.randint(6, 24)), "联系电话": person.phone,
            })  # fmt: skip
        training: list[Line] = []
        trained = int(self.world.flow("poor_labor_trained_persons", month))
        for index in range(trained + 7 if trained else 0):
            person, rng = (self.people.person(f"trained:{month}", index, 1966, 1999), self._rng("F17t", month, index))
            begun = self._day(month, (6, 13, 20)[index % 3])
            line = {
                "姓名": person.name, "身份证号": person.identity, "村（社区）": self.world.name_in(self._base(rng), month),
                "是否建档立卡": "是" if index < trained else "否", "培训工种": ("电工", "育婴", "茶艺", "厨师")[index % 4], "培训开始日期": begun,
                "培训结束日期": begun + timedelta(days=5), "证书": "合格证" if index % 3 else "无", "联系电话": person.phone,
            }  # fmt: skip
            training.append(line)
            if index in (1, 5):
                later = self._day(month, 25)
                training.append(line | {"培训工种": "厨师", "培训开始日期": later, "培训结束日期": later + timedelta(days=5)})
        zero = self._zero(month)
        count, paid, taught, classes = dict(zero), dict(zero), dict(zero), dict(zero)
        for entry in transport:
            count[entry["村（社区）"]] += 1
            paid[entry["村（社区）"]] += entry["补贴金额（元）"]
        for village in {entry["身份证号"]: entry["村（社区）"] for entry in training}.values():  # once for each person
            taught[village] += 1
            classes[village] = 1
        figures: dict[str, Mapping[str, Any]] = {
            **self._flows(month, "urban_new_jobs_persons", ytd=["urban_new_jobs_persons"]),
            "reemployed_persons": self.world.shown(self.world.by_base(self.world.flow("urban_new_jobs_persons", month) // 5), month),
            "poor_public_post_persons": self.world.stock_rows("poor_public_post_persons", month),
            "migrant_transport_allow_village_persons": count, "migrant_transport_allow_village_amt": paid,
            "labor_training_class_cnt": classes, "labor_training_village_persons": taught,
        }  # fmt: skip
        return {
            "月报": (self._by_village(self._sheet("F17"), month, figures), {}),
            "交通补贴花名册": self._ledger(self._sheet("F17", 1), transport),
            "培训花名册": self._ledger(self._sheet("F17", 2), training),
        }
