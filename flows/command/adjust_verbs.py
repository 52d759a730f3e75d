"""The verbs of `huizong adjust`: the office's words about figures."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from flows.command.terminal import OfficeOption, console, folder_of

app = App(name="adjust", help="The office's words about figures: kept beside what was reported, with a name and a reason.")
ByOption = Annotated[str, Parameter(help="Who vouches for it.")]
WhyOption = Annotated[str, Parameter(help="The reason.")]


@app.command
def cell(
    place: Annotated[str, Parameter(help="FILE!SHEET!CELL as out_observation names it.")],
    value: Annotated[str, Parameter(help="What counts in its place; money with its unit, e.g. 12.5万元.")], *,
    by: ByOption, why: WhyOption, office: OfficeOption = None,
) -> None:  # fmt: skip
    """A reported figure counts as another value (更正)."""
    from flows.office import Office
    from flows.words.adjust import correct_cell

    reading, stored = correct_cell(Office(folder_of(office)), place, value, by, why)
    console.print(f"{reading.cell} 原报“{reading.raw}”，按 {stored} {reading.unit} 计；下次运行 huizong run 时发布。", markup=False)


@app.command
def partial(
    indicator: str, month: str, *, by: ByOption, why: WhyOption, office: OfficeOption = None,
) -> None:  # fmt: skip
    """The town's figure of a month counts without the units that are missing (按已报汇总)."""
    from flows.office import Office
    from flows.words.adjust import accept_partial

    said = accept_partial(Office(folder_of(office)), indicator, month, by, why)
    console.print(f"{indicator} {month} 按已报汇总：{said}；下次运行 huizong run 时发布。", markup=False)


@app.command
def use(
    indicator: str, period: str, other: Annotated[str, Parameter(help="The indicator that counts; may be the same one.")],
    other_period: Annotated[str, Parameter(help="Its period, e.g. the month whose last day counts.")], *,
    by: ByOption, why: WhyOption, office: OfficeOption = None,
) -> None:  # fmt: skip
    """A period figure counts as that of another source or day (以某日在册数为准)."""
    from flows.office import Office
    from flows.words.adjust import use_figure

    both = use_figure(Office(folder_of(office)), indicator, period, other, other_period, by, why)
    console.print(f"{indicator} {period} 以 {other} {other_period} 为准：{both}；下次运行 huizong run 时发布。", markup=False)


@app.command
def withdraw(number: int, *, by: ByOption, why: WhyOption, office: OfficeOption = None) -> None:
    """An earlier word no longer counts; NUMBER is its adjustment_id in out_adjustment."""
    from flows.office import Office
    from flows.words.adjust import withdraw as take_back

    word = take_back(Office(folder_of(office)), number, by, why)
    console.print(f"第 {number} 条意见（{word.by}：{word.why}）不再有效；下次运行 huizong run 时发布。", markup=False)
