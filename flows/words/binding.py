"""The office's own words, sorted by what they are about; said about the state that is shown, they bind from that state on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

from catalog.observations import Adjustment
from catalog.said import Said
from flows.intake.values import names_a_number

if TYPE_CHECKING:
    from connectors.warehouse import Warehouse


class Unsaid(Said, ValueError):
    """A word that cannot be taken; one line that says what to write."""


@dataclass(frozen=True, slots=True)
class Words:
    """What binds a night. Revocations are no part of what a figure was computed from: the file is simply not there, nor what was said about it."""

    cells: tuple[Adjustment, ...] = ()
    """confirm, correct; none about a file that is taken back."""
    figures: tuple[Adjustment, ...] = ()
    """partial, use."""
    revoked: Mapping[int, datetime] = field(default_factory=dict)
    """Submission → since when it is taken back."""
    withdrawn: frozenset[int] = frozenset()


def binding(said: Iterable[Adjustment], as_of: datetime | None = None) -> Words:
    """The words that a night as of that time knows and that have not been withdrawn; without a time, all of them."""
    known = [a for a in said if as_of is None or a.bound_from <= as_of]
    withdrawn = frozenset(int(a.value) for a in known if a.kind == "withdraw")
    revoked: dict[int, datetime] = {}
    for word in known:
        if word.submission is not None and word.kind in ("revoke", "restore"):
            revoked.pop(word.submission, None)
            if word.kind == "revoke":
                revoked[word.submission] = word.bound_from
    standing = [a for a in known if a.number not in withdrawn]
    return Words(
        tuple(a for a in standing if a.kind in ("confirm", "correct") and a.submission not in revoked), tuple(a for a in standing if a.kind in ("partial", "use")),
        revoked, withdrawn,
    )  # fmt: skip


def say(warehouse: Warehouse, word: Adjustment, now: datetime, at: datetime | None) -> Adjustment:
    """Keep a word. Said now, it binds from the state it speaks about; ``at`` pretends it was said then and binds from then.

    Raises :class:`Unsaid` when nobody answers for it, or a person's number stands in it.
    """
    if not word.by.strip() or not word.why.strip():
        raise Unsaid("write who vouches for it (--by) and the reason (--why)")
    if names_a_number(normalize("NFKC", f"{word.by} {word.why}")):
        raise Unsaid("the reason is kept and printed; write it without telephone, identity and account numbers")
    shown = warehouse.publication()
    binds = at or (min(now, shown.as_of) if shown else now)
    word = replace(word, by=word.by.strip(), why=word.why.strip(), at=at or now, binds=binds)
    return replace(word, number=warehouse.adjust(word))
