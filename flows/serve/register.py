"""The deployments of one office and the watch over dead runs, registered with a Prefect server. Knows Prefect."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import timedelta
from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker

from flows.keeping.flow import monthly_keep
from flows.nightly import backfill, nightly, rerun
from flows.office import Office
from flows.serve.api import HEARTBEAT, ROLL_CALL
from flows.serve.schedules import JOBS, POOL, TITLES, Job, deployment_name
from flows.telling.flow import morning_notify

_FLOWS: dict[str, Flow[..., Any]] = {
    "nightly": nightly, "rerun": rerun, "backfill": backfill, "monthly_keep": monthly_keep, "morning_notify": morning_notify,
}  # fmt: skip
_ENDS = {f"prefect.flow-run.{name}" for name in ("Completed", "Failed", "Cancelled", "Crashed")}
SILENCE = timedelta(seconds=90)
"""Three heartbeats of 30 s; a shorter window would mark live runs crashed."""
WAITING = timedelta(seconds=110)
"""A run that was taken by a worker and has not begun after this long will never begin."""


async def register(office: Office) -> list[str]:
    """Makes the server know this office; names of the deployments that were new or had changed.

    What has not changed is left alone: a paused schedule stays paused, and a run that is late is still run.
    """
    async with get_client() as client:
        await _pool(client, office.settings.general.id)
        await _watch(client)
        return [job.name for job in JOBS if await _deploy(client, office, job)]


async def _pool(client: PrefectClient, queue: str) -> None:
    with contextlib.suppress(ObjectAlreadyExists):  # another office's, or a worker's that starts in this moment
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=ProcessWorker.get_default_base_job_template()))
    try:
        await client.create_work_queue(queue, concurrency_limit=1, work_pool_name=POOL)
    except ObjectAlreadyExists:
        found = await client.read_work_queue_by_name(queue, POOL)
        await client.update_work_queue(found.id, concurrency_limit=1)


async def _deploy(client: PrefectClient, office: Office, job: Job) -> bool:
    flow = _FLOWS[job.flow]
    office_id, name = office.settings.general.id, deployment_name(office.settings.general.id, job.name)
    parameters = {"office": str(office.folder), **({"period": job.period} if job.period else {})}
    cron = office.settings.serve.nightly if job.name == "nightly" else job.cron
    definition: dict[str, Any] = {
        "description": f"{office.catalogue.town_name}镇：{job.description}", "parameters": parameters, "tags": [office_id],
        "entrypoint": f"{flow.__module__}.{job.flow}", "parameter_openapi_schema": parameter_form(flow, office),
    }  # fmt: skip
    version = hashlib.sha256(json.dumps([definition, cron], sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
    try:
        if (await client.read_deployment_by_name(f"{flow.name}/{name}")).version == version:
            return False
    except ObjectNotFound:
        pass
    schedule = CronSchedule(cron=cron, timezone=office.settings.general.timezone) if cron else None
    await client.create_deployment(
        await client.create_flow(flow), name, version=version, schedules=[DeploymentScheduleCreate(schedule=schedule)] if schedule else [],
        work_pool_name=POOL, work_queue_name=office_id, enforce_parameter_schema=True, pull_steps=[], **definition,
    )  # fmt: skip
    return True


def parameter_form(flow: Flow[..., Any], office: Office) -> dict[str, Any]:
    """The form an operator fills in: Chinese titles beside the words of the command line, and the office's own forms and departments to choose from."""
    schema = parameter_schema(flow).model_dump()
    forms = office.catalogue.forms
    choices = {"form": ["", *sorted(forms)], "department": ["", *sorted({form.department for form in forms.values()})]}
    for name, field in schema["properties"].items():
        field["title"] = TITLES[name]
        if name in choices:
            field["enum"] = choices[name]
    if "form" in schema["properties"]:
        schema["properties"]["form"]["description"] += "。" + "；".join(f"{form.id} {form.title}" for form in forms.values())
    return dict(schema)


def watches() -> tuple[AutomationCore, ...]:
    """Runs whose process died with its worker say nothing any more: the server marks them crashed, and their slot is free.

    Counted from Running on, not only from a sign of life: one that died in its first seconds may never have given any.
    deployments/automations.yaml says the same.
    """
    each: dict[str, str | list[str]] = {"prefect.resource.id": "prefect.flow-run.*"}
    silent = EventTrigger(after={ROLL_CALL, HEARTBEAT, "prefect.flow-run.Running"}, expect={HEARTBEAT, *_ENDS}, match=each, for_each={"prefect.resource.id"},
                          posture=Posture.Proactive, threshold=1, within=SILENCE)  # fmt: skip
    unbegun = EventTrigger(after={"prefect.flow-run.Pending"}, expect={"prefect.flow-run.*"}, match=each, for_each={"prefect.resource.id"},
                           posture=Posture.Proactive, threshold=1, within=WAITING)  # fmt: skip
    crashed = ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message="No sign of life: the worker or the machine stopped.", force=False)
    return tuple(
        AutomationCore(name=name, trigger=trigger, actions=[crashed])
        for name, trigger in (("huizong: no heartbeat", silent), ("huizong: never begun", unbegun))
    )


async def _watch(client: PrefectClient) -> None:
    for wanted in watches():
        found: list[Automation] = await client.read_automations_by_name(wanted.name)
        if not found:
            await client.create_automation(wanted)
        elif found[0].model_dump(exclude={"id"}) != wanted.model_dump():
            await client.update_automation(found[0].id, wanted)
        for twin in found[1:]:  # of two offices that were registered in one moment
            await client.delete_automation(twin.id)
