"""F18 to F20: villages, illegal building, trucks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.numbers import tidy
from catalog.periods import Month
from flows.demo.figures import Number, split
from flows.demo.people import Person, plate
from flows.demo.rows.base import Content, Filler, share


class Countryside(Filler):
    """Rows of F18 to F20."""

    def f18(self, month: Month) -> dict[str, Content]:
        world = self.world
        done = world.rows_ytd("toilet_tank_refit_cnt", month)
        order = {v: i for i, v in enumerate(world.villages(month))}
        households = {unit.name: unit.households or 0 for unit in self.catalogue.units.all}
        figures: dict[str, Mapping[str, Any]] = {
            **self._flows(month, "toilet_tank_refit_cnt", ytd=["toilet_tank_refit_cnt"]),
            "toilet_tank_target_cnt": world.shown(world.by_base(world.targets["toilet_tank_refit_cnt"][month.year]), month),
            "toilet_tank_accepted_cnt_ytd": {v: n * 9 // 10 for v, n in done.items()},
            "garbage_sorting_hh": {v: households[v] * 6 // 10 for v in order}, "garbage_sorting_cover_pct": {v: 58 + i for v, i in order.items()},
            "river_patrol_times": {v: 3 + (i + month.month) % 4 for v, i in order.items()}, "small_water_cnt": {v: 6 + i % 8 for v, i in order.items()},
        }  # fmt: skip
        head = "示范屋场（美丽屋场）"
        texts = {
            village: {f"{head} > 名称": f"{village.removesuffix('村')}{yard}屋场", f"{head} > 创建类型": kind, f"{head} > 状态": "创建中"}
            for village, yard, kind in (
                ("麓溪村", "大屋", "示范屋场"), ("岚峰村", "下", "美丽屋场"), ("白鹭塘村", "塘边", "美丽屋场"), ("茶园冲村", "老屋", "美丽屋场"), ("双江口村", "新", "美丽屋场"),
            )
        }  # fmt: skip
        return {"进度表": (self._by_village(self._sheet("F18"), month, figures, texts), {})}

    def f19(self, month: Month) -> dict[str, Content]:
        world = self.world
        count = world.rows("illegal_build_demolished_cnt", month)
        area = world.flow("illegal_build_demolished_area", month)
        names = [v for v, n in count.items() if n]
        areas = dict(zip(names, split(area, [int(count[v]) for v in names], Decimal("0.1")), strict=True)) if names else {}
        issued, fixed = (world.stock_rows("satellite_spots_issued", month), world.stock_rows("satellite_spots_rectified", month))
        fixed = self._not_above(fixed, issued)
        figures: dict[str, Mapping[str, Any]] = {
            **self._flows(month, "illegal_build_patrol_hh", "house_permit_survey_hh"), "illegal_build_demolished_cnt": count,
            "illegal_build_demolished_area": {v: tidy(Decimal(areas.get(v, 0))) for v in count}, "satellite_spots_issued": issued,
            "satellite_spots_rectified": fixed, "satellite_rectify_row_pct": {v: share(fixed[v], n) for v, n in issued.items()},
            "urban_mgmt_fault_cnt": self._zero(month),
        }  # fmt: skip
        in_total = {
            "卫片图斑 > 完成率（%）": share(sum(fixed.values()), sum(issued.values())), "区考核得分": world.flow("urban_mgmt_score", month),
        }  # fmt: skip
        return {"月报": (self._by_village(self._sheet("F19"), month, figures), in_total)}

    @staticmethod
    def _not_above(part: dict[str, Number], whole: Mapping[str, Number]) -> dict[str, Number]:
        """Move what exceeds the whole to where there is room; the sum stays."""
        part = dict(part)
        for name in part:
            excess = part[name] - whole[name]
            for other in part:
                if excess > 0 and part[other] < whole[other]:
                    moved = min(excess, whole[other] - part[other])
                    part[other] += moved
                    part[name] -= moved
                    excess -= moved
        return part

    def f20(self, month: Month) -> dict[str, Content]:
        rng = self._rng("F20", month)
        clerk = self.people.person("F20:clerk", 0).name
        places = ("集镇东路口", "园区入口", "过境公路集镇段", "采石场便道", "河堤路")
        checks = 10 + month.month % 5
        lines: list[dict[str, Any]] = []
        for amount in split(self.world.flow("muck_truck_checked_cnt", month), [rng.randint(2, 5) for _ in range(checks)]):
            lines.append(
                {"日期": self._day(month, rng.randint(2, 26)), "地点（路段）": rng.choice(places), "检查车辆数": amount, "办案人": clerk}
            )
        cases = int(self.world.flow("muck_truck_punished_cnt", month))
        fines = self.world.flow("muck_truck_fine_amt", month)
        for index, fine in enumerate(split(fines, [rng.randint(3, 17) for _ in range(cases)], 500 if fines % 500 == 0 else 5)):
            driver: Person = self.people.person(f"driver:{month}", index, 1970, 1995)
            lines.append({
                "日期": self._day(month, rng.randint(2, 26)), "地点（路段）": rng.choice(places), "车牌号": plate(rng), "驾驶人": driver.name,
                "所属公司": f"云渚{rng.choice('禾垅溪坪岗')}运输有限公司", "违法行为": rng.choice(["未密闭运输", "超载", "闯禁行"]),
                "处罚依据": "城市建筑垃圾管理规定", "处罚决定书号": f"（{month.year}）渣罚字第{month.month:02d}{index + 1:03d}号", "罚款金额（元）": fine,
                "是否缴款": rng.choice(["是", "否"]), "办案人": clerk,
            })  # fmt: skip
        lines.sort(key=lambda line: line["日期"])
        return {"台账": self._ledger(self._sheet("F20"), lines)}
