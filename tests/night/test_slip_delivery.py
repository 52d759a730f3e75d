"""Slips are brought to where the departments read them: once, whole, never over their words, and later when the server is away."""

from __future__ import annotations

import pytest

from flows.doctor import findings_of
from flows.new_office import create_office
from flows.office import Office
from flows.settings import BadSettings, load_settings
from flows.slips.delivery import deliver_slips
from flows.slips.write import write_slips
from flows.telling.messages import of_night
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import AS_OF, run_night
from tests.night.test_slips import SLIP, hand_in, put
from tests.samba import PASSWORD, USER, Samba

DONE = SLIP.replace("残联/", "残联/已办结/")


@pytest.fixture
def town(tmp_path, samba: Samba, monkeypatch):
    """Hand-ins come by a path; the slips go back to a server."""
    monkeypatch.setenv("HUIZONG_PATHS__USERNAME", USER)
    monkeypatch.setenv("HUIZONG_PATHS__PASSWORD", PASSWORD)
    monkeypatch.setenv("HUIZONG_PATHS__SLIPS_TO", samba.address("退回", "writable"))
    monkeypatch.setattr("connectors.shares.remote.WAITS", ())
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text("code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n", "utf-8")
    return Office(office.folder)


def night(office: Office):
    office = Office(office.folder)  # every night begins anew
    run_night(office)
    with office.open_warehouse() as warehouse:
        write_slips(office, warehouse, AS_OF)
    return deliver_slips(office)


def there(samba: Samba) -> dict[str, bytes]:
    root = samba.share / "退回"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.samba
def test_a_slip_is_brought_once_and_settled_there_too(town, samba):
    hand_in(town, ("约76", 251))
    put(town, "杂项.zip", b"PK\x05\x06" + b"\0" * 18)
    assert night(town).brought == (SLIP,)
    assert there(samba) == {SLIP: (town.slips / SLIP).read_bytes()}, "what nobody has claimed is shown to nobody"
    (samba.share / "退回" / SLIP).unlink()
    assert night(town) == type(night(town))() and there(samba) == {}, "brought once: a department may take it away"
    hand_in(town, ("近76", 251), day=29)
    assert night(town).brought == (SLIP,)
    hand_in(town, (76, 251), day=30)
    assert night(town).settled == (SLIP,) and set(there(samba)) == {DONE}


@pytest.mark.samba
def test_a_server_that_is_away_defers_every_slip_by_name_and_the_next_night_brings_them(town, samba):
    samba.kill()
    hand_in(town, ("约76", 251))
    body = village_rows(town.catalogue, "F19", "月报", {"巡违控违（户）": ("上百", 2)}, names=("东山村", "西坡村"))
    put(town, "2020年/06月/控违办/控违拆违（2020年6月）.xlsx", page(town.catalogue, "F19", "月报", body))
    waiting = night(town).waiting
    assert len(waiting) == 2 and "连接不上" in waiting[0] and all("2020-06" in said and "下次再送" in said for said in waiting)
    assert PASSWORD not in str(waiting) and (town.slips / SLIP).is_file(), "the office's own folder has it whatever the server does"
    with town.open_warehouse() as warehouse:
        message = of_night(town, warehouse, AS_OF, 0, len(waiting))
    assert message is not None and "没有送到科室" in message.body
    samba.start()
    assert len(night(town).brought) == len(there(samba)) == 2 and SLIP in there(samba)


@pytest.mark.samba
def test_what_a_department_has_written_into_its_slip_is_left_alone(town, samba):
    hand_in(town, ("约76", 251))
    night(town)
    (samba.share / "退回" / SLIP).write_bytes(b"corrected in place")
    hand_in(town, ("近76", 251), day=29)
    assert night(town).edited == (SLIP,) and there(samba) == {SLIP: b"corrected in place"}
    hand_in(town, (76, 251), day=30)
    assert night(town).edited == (SLIP,) and there(samba) == {SLIP: b"corrected in place"}
    assert night(town) == type(night(town))()


@pytest.mark.samba
def test_a_night_killed_while_it_brings_a_slip_is_made_good_and_takes_its_own_slip_for_its_own(town, samba, monkeypatch):
    hand_in(town, ("约76", 251))
    night(town)
    hand_in(town, ("近76", 251), day=29)
    with monkeypatch.context() as patch:
        real = type(town.return_folder).put

        def put_and_die(self, path, data):
            real(self, path, data)
            raise KeyboardInterrupt

        patch.setattr(type(town.return_folder), "put", put_and_die)
        with pytest.raises(KeyboardInterrupt):
            night(town)
    hand_in(town, ("大约76", 251), day=30)  # and by the next night the slip says something else
    done = night(town)
    assert done.brought == (SLIP,) and done.edited == () and there(samba) == {SLIP: (town.slips / SLIP).read_bytes()}


@pytest.mark.samba
def test_doctor_tries_to_write_there(town, samba, monkeypatch):
    def line() -> str:
        return next(f"{f.found}{f.todo}" for f in findings_of(Office(town.folder)) if f.name == "共享文件夹")

    hand_in(town, ("约76", 251))
    assert "可以写入" in line() and there(samba) == {}
    monkeypatch.setenv("HUIZONG_PATHS__SLIPS_TO", samba.address("退回"))
    assert "写入权限" in line()


def test_slips_never_lie_in_the_inbox_where_they_would_be_taken_for_hand_ins(tmp_path):
    for line in ('inbox = "smb://host/share"\nslips_to = "smb://Host/share/退回/"', 'inbox = "smb://host/share/a"\nslips_to = "smb://host/share"',
                 'slips = "inbox/退回"', 'inbox = "smb://host/share/a"\nslips_to = "smb://host/share/a/../a"'):  # fmt: skip
        (tmp_path / "huizong.toml").write_text(f"[paths]\n{line}\n", "utf-8")
        with pytest.raises(BadSettings, match="beside each other"):
            load_settings(tmp_path)
    (tmp_path / "huizong.toml").write_text('[paths]\ninbox = "smb://host/share/上报"\nslips_to = "smb://host/share/上报退回"\n', "utf-8")
    assert load_settings(tmp_path).paths.slips_to.endswith("退回")
    (tmp_path / "huizong.toml").write_text('[paths]\nslips_to = "退回"\n', "utf-8")
    with pytest.raises(BadSettings, match=r"paths\.slips"):
        load_settings(tmp_path)


@pytest.mark.parametrize(("line", "name"), [('outputs = "inbox/结果"', "outputs"), ('outputs = "inbox"', "outputs"), ('archive = "./inbox/../inbox/a"', "archive"), ('inbox = "."', "archive"), ('inbox = ".."', "archive")])
def test_nothing_of_the_office_s_own_lies_in_the_inbox(tmp_path, line, name):
    """With inbox = "." every night took in what the one before had kept and written: twice as many files each time."""
    (tmp_path / "huizong.toml").write_text(f"[paths]\n{line}\n", "utf-8")
    with pytest.raises(BadSettings, match=rf"paths\.{name} .* lies in paths\.inbox"):
        load_settings(tmp_path)
    (tmp_path / "huizong.toml").write_text('[paths]\noutputs = "inbox结果"\n', "utf-8")
    assert load_settings(tmp_path).paths.outputs == "inbox结果"
