"""Excel, Word and what else people read: write, mark, refresh. Knows no form and no indicator."""

from connectors.documents.blank import BlankColumn, BlankSheet, write_blank
from connectors.documents.charts import Chart, ChartPage, Series
from connectors.documents.draft import (
    BadDocument,
    Comment,
    Control,
    Mark,
    Rendered,
    is_untouched,
    render_draft,
    template_paragraphs,
)
from connectors.documents.form_fill import BadForm, fill_form
from connectors.documents.gbt9704 import build_template
from connectors.documents.page import HandInMark, HandInRow, Page, PageFigure, PageSection, PageTable, Point, Source, Tile, write_page
from connectors.documents.slip_cover import Cover, CoverRow
from connectors.documents.slips import CellMark, mark_workbook
from connectors.documents.tables import Cell, Column, TableSheet, Value, write_tables

__all__ = [
    "BadDocument", "BadForm", "BlankColumn", "BlankSheet", "Cell", "CellMark", "Chart", "ChartPage", "Column", "Comment", "Control", "Cover",
    "CoverRow", "HandInMark", "HandInRow", "Mark", "Page", "PageFigure", "PageSection", "PageTable", "Point", "Rendered", "Series",
    "Source", "TableSheet", "Tile", "Value", "build_template", "fill_form", "is_untouched", "mark_workbook", "render_draft", "template_paragraphs",
    "write_blank", "write_page", "write_tables",
]  # fmt: skip
