"""核稿: the finished document read back alone, every number and direction word derived again from the warehouse.

Shares nothing with the writer but the catalogue: its own reading of Word, of the template, of numbers and of rules.md.
"""

from flows.draft.verify.opened import NoPeriod
from flows.draft.verify.report import Finding, period_named, quoted, stale_claims, unlinked_copies, verify_draft

__all__ = ["Finding", "NoPeriod", "period_named", "quoted", "stale_claims", "unlinked_copies", "verify_draft"]
