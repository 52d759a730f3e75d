"""`huizong revoke`: one file's whole effect is taken back, by a word with a name and a reason; the file itself stays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from catalog.observations import Adjustment
from catalog.periods import Period
from connectors.warehouse import SubmissionRow, Warehouse
from flows.office import Office
from flows.summary.publish import State, settle_and_publish
from flows.words.binding import Unsaid, binding, say


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was taken back (or given back), and what is in force for its form and month now."""

    path: str
    slice: str
    now: str
    """Path of the hand-in in force; empty = none."""
    words: int = 0
    """How many confirmations and corrections of its cells count for nothing while it is taken back."""


def revoke(office: Office, submission: str, by: str, why: str, at: datetime | None = None, *, undo: bool = False) -> Revoked:
    """The state as if that file had never come, shown at once; with ``undo`` as if it had not been taken back.

    Said again after the word was kept and not shown (killed, no space left), it is shown.

    ``submission``: its id, or its path under the inbox. ``at``: when it was said (default: now).
    Raises :class:`Unsaid` with one line when there is no such file, or nothing to take back.
    """
    with office.alone(), office.open_warehouse() as warehouse:
        said = warehouse.adjustments()
        words, states = binding(said), {s.id: s.state for s in warehouse.standing()}
        row = _find(warehouse, submission, set(words.revoked) | {n for n, state in states.items() if undo and state == "revoked"}, undo)
        if (row.id in words.revoked) is not undo:  # the word has been said; killed before it was shown, it is shown now
            if row.id not in states or (states[row.id] == "revoked") is not undo:
                if undo:
                    raise Unsaid(f"{row.path} has not been revoked; see huizong db show out_adjustment")
                raise Unsaid(f"{row.path} is revoked already; `huizong revoke {row.id} --undo --why …` takes that back")
            word = next(a for a in reversed(said) if a.submission == row.id and a.kind in ("revoke", "restore"))
        else:
            word = Adjustment("restore" if undo else "revoke", row.form, row.period, "", "", "", by, why, office.now(), submission=row.id)
            word = say(warehouse, word, office.now(), at)
        show_again(office, warehouse, word)
        standing = warehouse.standing()
    here = [s for s in standing if row.form and (s.form, s.period) == (row.form, row.period)]
    now = next((s.path for s in here if s.state.startswith("accepted")), "")
    about = [a for a in said if a.kind in ("confirm", "correct") and a.submission == row.id and a.number not in words.withdrawn]
    return Revoked(row.path, f"{row.form} {row.period}".strip(), now, 0 if undo else len(about))


def show_again(office: Office, warehouse: Warehouse, word: Adjustment) -> State | None:
    """Publish the state that is shown anew with this word in it; nothing before the first night."""
    shown = warehouse.publication()
    if shown is None:
        return None
    wanted = Period.parse(shown.wanted) if shown.wanted else None
    return settle_and_publish(office, warehouse, max(shown.as_of, word.bound_from), wanted, word.at)


def _find(warehouse: Warehouse, submission: str, revoked: Collection[int], undo: bool) -> SubmissionRow:
    """By id, else by path: the one in force there, or the only one that can be meant."""
    rows = [row for row in warehouse.submissions() if submission in (str(row.id), row.path)]
    if not rows:
        raise Unsaid(f"no file {submission} was received; write its path under the inbox, or its submission_id from out_submission")
    if len(rows) == 1:
        return rows[0]
    in_force = {s.id for s in warehouse.standing() if s.state.startswith("accepted")}
    meant = [row for row in rows if (row.id in revoked if undo else row.id in in_force)]
    if len(meant) != 1:
        ids = "; ".join(f"{row.id} of {row.modified:%Y-%m-%d %H:%M}" for row in sorted(rows, key=lambda r: r.modified))
        raise Unsaid(f"{submission} was received {len(rows)} times ({ids}); write the id of the one that is meant")
    return meant[0]
