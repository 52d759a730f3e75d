"""Settings of one office: ``huizong.toml``, overridden by ``HUIZONG_<SECTION>__<KEY>``; secrets only from there or a file."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import secrets
import tempfile
import tomllib
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from catalog.periods import Period, UnknownPeriod
from catalog.said import Said


class BadSettings(Said, ValueError):
    """huizong.toml or the environment cannot be used; one line that says what to write."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GeneralSection(_Section):
    id: str = "office"
    """Name of the office in the warehouse."""
    timezone: str = "Asia/Shanghai"
    start: str = ""
    """First month for which reports are owed, e.g. 2019-01; empty = the first that came."""

    @field_validator("id")
    @classmethod
    def _a_name(cls, value: str) -> str:
        """It is part of file names, of the scheduler's names and of the warehouse's."""
        if not re.fullmatch(r"\w[\w.-]{0,59}", value):
            raise ValueError(f"{value!r} is no name for an office; write letters, digits, - and _ only, for example helu")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no time zone; write for example Asia/Shanghai") from None
        return value

    @field_validator("start")
    @classmethod
    def _month(cls, value: str) -> str:
        if value:
            try:
                if Period.parse(value).is_month:
                    return value
            except UnknownPeriod:
                pass
            raise ValueError(f"{value!r} is no month; write for example 2019-01")
        return value


class PathsSection(_Section):
    inbox: str = "inbox"
    """A path, or the address of a share: smb://host/share/folder, sftp://…, webdav://…, s3://…"""
    username: str = ""
    password: SecretStr = SecretStr("")
    """Of the share; from the environment only."""
    password_file: str = ""
    """File that holds it."""
    archive: str = "archive"
    slips: str = "slips"
    slips_to: str = ""
    """Address of a folder on a server where the departments find their slips as well; beside the inbox, never in it."""
    outputs: str = "outputs"

    @field_validator("inbox", "slips_to")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if "://" in value and "@" in value.split("://", 1)[1].split("/", 1)[0]:
            raise ValueError("an address must not carry a user or a password; set paths.username and HUIZONG_PATHS__PASSWORD")
        return value

    @field_validator("archive", "slips", "outputs")
    @classmethod
    def _a_path(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("must be a path; only paths.inbox and paths.slips_to may be an address")
        return value

    @model_validator(mode="after")
    def _slips_beside_the_inbox(self) -> PathsSection:
        """A slip in the inbox would be taken for a hand-in the next night, and get a slip of its own."""
        if self.slips_to and "://" not in self.slips_to:
            raise ValueError("slips_to must be an address such as smb://host/share/退回; for a path use paths.slips")
        for name in ("slips", "slips_to"):
            one, other = _folder(getattr(self, name)), _folder(self.inbox)
            if one and (one.startswith(other) or other.startswith(one)):
                raise ValueError(f"{name} and inbox must lie beside each other, not one in the other; for example inbox = …/上报, {name} = …/退回")
        return self


def _folder(setting: str) -> str:
    """For comparing folders: one way of writing, with a slash at the end."""
    scheme, mark, path = setting.replace("\\", "/").rpartition("://")
    return f"{scheme}{mark}{posixpath.normpath(path)}/".casefold() if setting else ""


class WarehouseSection(_Section):
    url: str = ""
    """Empty = warehouse.db in the office folder; else e.g. postgresql+psycopg://user@host/database."""


class PrivacySection(_Section):
    key: SecretStr = SecretStr("")
    """Key of the person tokens; from the environment only."""
    key_file: str = ""
    """File that holds it; empty = a file of the service account, outside the office folder."""
    hide_small_counts: bool = True


_CRON = re.compile(r"(?:[-\d\s*/,]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)+", re.IGNORECASE)


class ServeSection(_Section):
    port: int = 4200
    """Of the Prefect server on 127.0.0.1."""
    nightly: str = "0 2 * * *"
    """When the night begins, as cron, in the office's time."""

    @field_validator("nightly")
    @classmethod
    def _a_time(cls, value: str) -> str:
        """What the scheduler would refuse would keep the worker from starting, and nothing would be due as long as it is empty."""
        if value != cls.model_fields["nightly"].default:
            from croniter import CroniterBadDateError, croniter  # a tenth of a second that only who has another time pays

            if len(value.split()) != 5 or not _CRON.fullmatch(value) or not croniter.is_valid(value):
                raise ValueError(f"{value!r} is no time of a day; write minute, hour, day, month and weekday, for example 30 2 * * *")
            try:
                croniter(value).get_next()
            except CroniterBadDateError:
                raise ValueError(f"{value!r} never comes; write a day that there is, for example 30 2 * * *") from None
        return value

    def was_due(self, since: datetime, until: datetime) -> bool:
        """Whether a night should have begun between these; they are in the office's time. Every day has one unless ``nightly`` names days."""
        if self.nightly.split()[2:] == ["*", "*", "*"]:
            return True
        from croniter import croniter

        return bool(croniter(self.nightly, since).get_next(datetime) <= until)


class NotifySection(_Section):
    """Who is told. The addresses of robots are secrets."""

    urls: SecretStr = SecretStr("")
    """Addresses parted by spaces; from the environment only."""
    urls_file: str = ""
    """File that holds them, one a line."""
    remind_days: int = Field(default=2, ge=0)
    """Working days before a deadline on which reminders begin."""


class KeepSection(_Section):
    """How long what is kept (privacy.md §4). Period figures and reported values have no limit: they are never deleted."""

    person_months: int = Field(default=13, ge=13)
    """Ledger rows of persons; thirteen is what distinct counts of the same period last year need."""
    log_days: int = Field(default=180, ge=180)
    """Runs, messages and the files in logs/; the law asks for six months (网络安全法 §21)."""
    archive_months: int = 0
    """Files received; 0 = for good, else at least 24."""

    @field_validator("archive_months")
    @classmethod
    def _two_years(cls, value: int) -> int:
        if value and value < 24:
            raise ValueError("must be 0 (for good) or at least 24")
        return value


class Settings(BaseSettings):
    """All settings of one office, frozen."""

    model_config = SettingsConfigDict(env_prefix="HUIZONG_", env_nested_delimiter="__", extra="forbid", frozen=True)

    general: GeneralSection = GeneralSection()
    """Not named office: HUIZONG_OFFICE is the folder, by contract."""
    paths: PathsSection = PathsSection()
    warehouse: WarehouseSection = WarehouseSection()
    privacy: PrivacySection = PrivacySection()
    serve: ServeSection = ServeSection()
    keep: KeepSection = KeepSection()
    notify: NotifySection = NotifySection()

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        return (env_settings, init_settings)

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.general.timezone)


_SECRETS = (("privacy", "key", "key_file"), ("paths", "password", "password_file"), ("notify", "urls", "urls_file"))
"""section, key, and the key that names a file instead."""
_WITH_PASSWORD = re.compile(r"[^:]+://[^/@:]*:[^/@]+@")


def load_settings(folder: Path) -> Settings:
    """Read ``huizong.toml``; raises :class:`BadSettings` with one line naming the key."""
    file = folder / "huizong.toml"
    if not file.is_file():
        raise BadSettings(f"{folder} is no office (no huizong.toml); run `huizong init {folder}` or pass --office")
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))  # Notepad's mark is no mistake
    except ValueError as error:
        raise BadSettings(f"{file}: not TOML ({error}); correct that line") from None
    for section, key, instead in _SECRETS:
        told = values.get(section, {})
        if not isinstance(told, dict):
            continue
        if key in told:
            variable = f"HUIZONG_{section}__{key}".upper()
            raise BadSettings(f"{file}: {section}.{key} is a secret and must not stand in a file; set {variable} or {section}.{instead}")
        if isinstance(told.get(instead), str) and told[instead]:
            told[instead] = str(folder / Path(told[instead]).expanduser())  # the night's own folder is another than the operator's
    warehouse = values.get("warehouse")
    if isinstance(warehouse, dict) and _WITH_PASSWORD.match(str(warehouse.get("url", ""))):
        raise BadSettings(f"{file}: the password in warehouse.url is a secret and must not stand in a file; set HUIZONG_WAREHOUSE__URL, or write it into ~/.pgpass")
    try:
        return Settings(**values)
    except SettingsError as error:
        raise BadSettings(f"an environment variable HUIZONG_… cannot be read ({error}); write HUIZONG_<SECTION>__<KEY>") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadSettings(f"{file} or HUIZONG_{place.upper().replace('.', '__')}: {place}: {first['msg']}") from None


def token_key(settings: Settings) -> bytes:
    """The key of the person tokens: from the environment, else from its file, which is made on first use (mode 600)."""
    if secret := settings.privacy.key.get_secret_value():
        return secret.encode()
    file = key_place(settings)
    if not file.exists():
        if settings.privacy.key_file:
            raise BadSettings(f"privacy.key_file {file} does not exist; create it or remove the setting")
        _make_key(file)
    if not (key := file.read_bytes().strip()):
        raise BadSettings(f"the key file {file} is empty; restore it from the backup, or remove it for a new key (all files are read anew)")
    return key


def _make_key(file: Path) -> None:
    """Whole or not at all, and only once: half a key, or two, would count persons wrongly."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".part-")  # mode 600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_hex(32).encode())
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key is the key
            os.link(name, file)
    finally:
        Path(name).unlink(missing_ok=True)


def key_place(settings: Settings) -> Path:
    """The file that holds the key of the person tokens."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(settings.privacy.key_file) if settings.privacy.key_file else home / "huizong" / f"{settings.general.id}.key"


def secret_places(settings: Settings) -> tuple[Path, ...]:
    """Every file that holds a secret: the key, the share's password, the addresses of robots."""
    named = (settings.paths.password_file, settings.notify.urls_file)
    return (key_place(settings), *(Path(file).expanduser() for file in named if file))


def share_password(settings: Settings) -> str:
    """The password of the share: from the environment, else from the file named there."""
    return _secret(settings.paths.password, settings.paths.password_file, "paths.password_file")


def notify_addresses(settings: Settings) -> str:
    """Where messages go: from the environment, else from the file named there."""
    return _secret(settings.notify.urls, settings.notify.urls_file, "notify.urls_file")


def _secret(given: SecretStr, file: str, setting: str) -> str:
    if given.get_secret_value() or not file:
        return given.get_secret_value()
    try:
        return Path(file).expanduser().read_text("utf-8").strip()
    except OSError as error:
        raise BadSettings(f"{setting} {file} cannot be read ({error.strerror}); create it or remove the setting") from None
