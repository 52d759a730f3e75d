"""Excel, Word and what else people read: write, mark, refresh. Knows no form and no indicator."""

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
from connectors.documents.gbt9704 import build_template
from connectors.documents.tables import Cell, Column, TableSheet, Value, write_tables

__all__ = [
    "BadDocument", "Cell", "Column", "Comment", "Control", "Mark", "Rendered", "TableSheet", "Value", "build_template", "is_untouched", "render_draft",
    "template_paragraphs", "write_tables",
]  # fmt: skip
