"""Native Excel charts over the cells of a workbook's own sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BODY, _HEAD = "仿宋_GB2312", "黑体"
_COLOURS = ("#1F5C99", "#B0B7BF", "#C55A11", "#548235")
Places = Mapping[str, tuple[str, int]]
"""Name of a sheet → the name it was given in the workbook, and the row its first row of data stands in, from 0."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line or a row of bars: cells (first row, first column, last row, last column) among the rows of a sheet;
    row −1 is its headings.
    """

    name: str
    sheet: str
    categories: tuple[int, int, int, int]
    values: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Chart:
    """A native Excel chart: ``line``, ``column`` or ``bar``. It draws only what is a number: a text would be drawn as zero."""

    kind: str
    title: str
    series: Sequence[Series]
    axis: str = ""


@dataclass(frozen=True, slots=True)
class ChartPage:
    """Up to four charts on a printed page."""

    title: str
    charts: Sequence[Chart]


def make_chart(book: Any, chart: Chart, places: Places) -> Any:
    """The chart as XlsxWriter has it, not placed yet."""
    made = book.add_chart({"type": chart.kind})
    small = {"name": _BODY, "size": 9}
    for number, series in enumerate(chart.series):
        colour = _COLOURS[number % len(_COLOURS)]
        look = {"line": {"color": colour, "width": 2}, "marker": {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}}
        made.add_series({
            "name": series.name, "categories": _range(series.sheet, series.categories, places), "values": _range(series.sheet, series.values, places),
            **(look if chart.kind == "line" else {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}),
            **({"data_labels": {"value": True, "font": small}} if chart.kind == "bar" else {}),
        })  # fmt: skip
    made.set_title({"name": chart.title, "name_font": {"name": _HEAD, "size": 12, "bold": False}, "overlay": False})
    made.set_x_axis({"num_font": small, "label_position": "low", **({"major_gridlines": {"visible": False}} if chart.kind == "bar" else {})})
    made.set_y_axis({
        "num_font": small, "label_position": "low", "major_gridlines": {"visible": chart.kind != "bar", "line": {"color": "#D9D9D9"}},
        **({"name": chart.axis, "name_font": {**small, "bold": False}} if chart.axis and chart.kind != "bar" else {}),
        **({"reverse": True} if chart.kind == "bar" else {}),
    })  # fmt: skip
    made.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": small})
    made.show_blanks_as("gap")
    return made


def _range(sheet: str, block: tuple[int, int, int, int], places: Places) -> list[object]:
    name, top = places[sheet]
    return [name, block[0] + top, block[1], block[2] + top, block[3]]
