"""Pages of every form and month, without any mess: titles, headings and units from the declarations, rows from flows.demo.rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from catalog.forms import Form, Sheet
from catalog.periods import Month
from flows.demo.rows.base import Content
from flows.demo.rows.countryside import Countryside
from flows.demo.rows.economy import Economy
from flows.demo.rows.order import Order
from flows.demo.rows.party import Party
from flows.demo.rows.welfare import Welfare
from flows.demo.rows.works import Works
from flows.demo.workbook import Page, Total


@dataclass
class Sheets(Party, Economy, Works, Order, Welfare, Countryside):
    """A form's rows come from the method named after it."""

    def pages(self, form: Form, month: Month) -> list[Page]:
        """The form as an office without haste would hand it in."""
        filled = getattr(self, form.id.lower())(month)
        return [self._page(form, sheet, month, filled[sheet.name]) for sheet in form.sheets]

    def filled_on(self, form: Form, month: Month) -> date:
        """填报时间: before the deadline, and not the period (README §1)."""
        due = form.due_date(month)
        return due - timedelta(days=2) if form.due.day != 5 else min(date(month.year, month.month, 28), due - timedelta(days=2))

    def _page(self, form: Form, sheet: Sheet, month: Month, content: Content) -> Page:
        rows, in_total = content
        joint = form.id in ("F03", "F04") and month.month == 2
        title = f"{self.catalogue.town_name}镇{month.year}年{'1—2' if joint else month.month}月{form.title_of(sheet)}"
        columns = list(sheet.columns)
        summed = [i for i, column in enumerate(columns) if column.total]
        total = None
        if summed and not (sheet.shape == "ledger" and rows and rows[0].values[1] == "无"):
            values: dict[int, Any] = dict.fromkeys(summed, 0)
            values |= {i: in_total[c.path] for i, c in enumerate(columns) if c.path in in_total}
            total = Total(values)
        signers = [self.people.person(f"sign:{form.department}", i) for i in range(3)]
        words = ("填表人", "审核人", "分管领导")
        foot = [f"{word}：{person.name}" for word, person in zip(words, signers, strict=True)]
        page = Page(
            form, sheet, month, title, self.filled_on(form, month), sheet.unit_line, list(columns),
            [column.parts for column in columns], rows, total, (foot[0], foot[1], foot[2], f"联系电话：{signers[0].phone}"),
        )  # fmt: skip
        page.add_up()
        return page
