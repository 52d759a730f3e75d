"""Excel, Word and what else people read: write, mark, refresh. Knows no form and no indicator."""

from connectors.documents.blank import BlankColumn, BlankSheet, write_blank
from connectors.documents.charts import Chart, ChartPage, Series
from connectors.documents.clean import Unfinished, clean_copy, unfinished
from connectors.documents.draft import Comment, Control, Rendered, is_untouched, render_draft
from connectors.documents.form_fill import BadForm, fill_form
from connectors.documents.gap_table import GapTable, renew_gap_table
from connectors.documents.gbt9704 import build_template
from connectors.documents.gbt9704_check import Deviation, NoDocument, measure, running_text
from connectors.documents.linked import (
    Edit,
    Link,
    Links,
    Mark,
    Place,
    apply_edits,
    read_elsewhere,
    read_links,
    read_places,
    with_texts,
    write_links,
)
from connectors.documents.made_by import made_by
from connectors.documents.package import Package
from connectors.documents.page import HandInMark, HandInRow, Page, PageFigure, PageSection, PageTable, Point, Source, Tile, write_page
from connectors.documents.pointers import part_neighbours
from connectors.documents.slip_cover import Cover, CoverRow
from connectors.documents.slips import CellMark, holds_more, mark_workbook
from connectors.documents.tables import Cell, Column, TableSheet, Value, write_tables
from connectors.documents.template_text import BadDocument, template_paragraphs

__all__ = [
    "BadDocument", "BadForm", "BlankColumn", "BlankSheet", "Cell", "CellMark", "Chart", "ChartPage", "Column", "Comment", "Control", "Cover",
    "CoverRow", "Deviation", "Edit", "GapTable", "HandInMark", "HandInRow", "Link", "Links", "Mark", "NoDocument", "Package", "Page", "PageFigure",
    "PageSection", "PageTable", "Place", "Point", "Rendered", "Series", "Source", "TableSheet", "Tile", "Unfinished", "Value", "apply_edits",
    "build_template", "clean_copy", "fill_form", "holds_more", "is_untouched", "made_by", "mark_workbook", "measure", "part_neighbours", "read_elsewhere", "read_links", "read_places",
    "render_draft",
    "renew_gap_table", "running_text", "template_paragraphs", "unfinished", "with_texts", "write_blank", "write_links", "write_page", "write_tables",
]  # fmt: skip
