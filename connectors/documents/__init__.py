"""Excel, Word and what else people read: write, mark, refresh. Knows no form and no indicator."""

from connectors.documents.blank import BlankColumn, BlankSheet, write_blank
from connectors.documents.clean import Unfinished, clean_copy, unfinished
from connectors.documents.draft import (
    BadDocument,
    Comment,
    Control,
    Rendered,
    is_untouched,
    render_draft,
    template_paragraphs,
)
from connectors.documents.gbt9704 import build_template
from connectors.documents.gbt9704_check import Deviation, NoDocument, measure, running_text
from connectors.documents.linked import Edit, Link, Links, Mark, Place, apply_edits, read_links, read_places, with_texts, write_links
from connectors.documents.package import Package
from connectors.documents.slip_cover import Cover, CoverRow
from connectors.documents.slips import CellMark, mark_workbook
from connectors.documents.tables import Cell, Column, TableSheet, Value, write_tables

__all__ = [
    "BadDocument", "BlankColumn", "BlankSheet", "Cell", "CellMark", "Column", "Comment", "Control", "Cover", "CoverRow", "Deviation", "Edit", "Link", "Links",
    "Mark", "NoDocument", "Package", "Place", "Rendered", "TableSheet", "Unfinished", "Value", "apply_edits", "build_template", "clean_copy", "is_untouched", "mark_workbook", "measure", "read_links",
    "read_places", "render_draft", "running_text", "template_paragraphs", "unfinished", "with_texts", "write_blank", "write_links", "write_tables",
]  # fmt: skip
