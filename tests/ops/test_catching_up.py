"""A machine that was off for a week: what is late runs, one night takes everything in, and each period is the one the schedule meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.command.periods import latest_period, period_of_kind
from flows.serve import api
from tests.ops.serving import Served
from tests.ops.test_runbooks import town


def late(served: Served, job: str, days: int) -> tuple[str, datetime]:
    """A run of the schedule that was due some days ago, as the server had made it ahead."""
    deployment, due = served.deployments()[job], datetime.now(UTC) - timedelta(days=days)
    body = {"parameters": deployment["parameters"], "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": due.isoformat()}}}
    return str(api.ask(served.url, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)["id"]), due


def test_a_week_off_is_one_night_s_work(tmp_path):
    office = town(tmp_path / "office")
    with Served(office.folder) as served:
        missed = [late(served, "nightly", 7), late(served, "monthly", 40), late(served, "nightly", 5)]
        for run, _ in missed:
            served.ends(run, "Completed", 300)
    runs = office.runs()
    assert [run.state for run in runs] == ["completed"] * 3
    assert sorted(run.files_new or 0 for run in runs) == [0, 0, 6], "one night takes in everything"
    zone = office.settings.zone
    meant = sorted(
        [latest_period(due.astimezone(zone).date()).name for _, due in (missed[0], missed[2])]
        + [period_of_kind("month", missed[1][1].astimezone(zone).date()).name]
    )
    assert sorted(run.period for run in runs) == meant
    assert all((run.as_of - datetime.now(UTC)) < timedelta(hours=1) for run in runs)
