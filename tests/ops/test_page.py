"""A dry run asked for by a person in the Prefect page: the form is filled in in a real browser."""

from __future__ import annotations

import json

from flows.serve import api
from tests.chromium import chromium
from tests.ops.serving import Served, until
from tests.ops.test_runbooks import town


def test_a_dry_run_is_a_switch_and_a_button_in_the_page(tmp_path):
    from selenium.webdriver.common.by import By

    office = town(tmp_path / "office")
    with Served(office.folder) as served, chromium(tmp_path / "profile") as page:
        deployment = served.deployments()["nightly"]["id"]
        page.get(f"http://127.0.0.1:{served.port}/deployments/deployment/{deployment}/run")
        said = until(lambda: page.find_elements(By.XPATH, "//*[text()[contains(., '试运行 dry-run')]]"), 60, "the form is shown in Chinese with the words of the command line")
        switch = said[0].find_element(By.XPATH, "following::*[@role='switch'][1]")
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", switch)
        until(lambda: switch.is_displayed(), 10, "the switch is in sight")
        switch.click()
        until(lambda: switch.get_attribute("aria-checked") == "true", 10, "the switch is on")
        page.find_element(By.CSS_SELECTOR, "form button[type=submit]").click()
        body = {"deployments": {"id": {"any_": [deployment]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        (run,) = until(lambda: api.ask(served.url, "POST", "/flow_runs/filter", body), 240, "the run that the button made is done")
        assert run["parameters"]["dry_run"] is True and not run["auto_scheduled"]
        (artifact,) = api.ask(served.url, "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
        assert (office.folder / api.HOME / "v1" / "index.html").is_file(), "the page lies with the office, not with the program"
        assert len(json.loads(artifact["data"])) == 6 and office.runs() == [], "six files are named, and nothing is kept"
