"""What a refresh cannot follow and an independent look at the refreshed document finds: old figures without a link, claims that no longer hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catalog.catalogue import Catalogue
from catalog.observations import Figure
from catalog.periods import Period
from flows.draft.refresh import Refreshed
from flows.draft.verify import stale_claims, unlinked_copies


def told(done: Refreshed, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> Refreshed:
    """The same document, and a sentence more for each of them."""
    copies = unlinked_copies(done.data, [(change.title, change.old, change.new) for change in done.changes])
    return replace(done, left=(*done.left, *copies, *stale_claims(done.data, template, figures, catalogue, period)))
