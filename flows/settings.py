"""Settings of one office: ``huizong.toml``, overridden by ``HUIZONG_<SECTION>__<KEY>``; secrets only from there or a file."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError, TomlConfigSettingsSource

from catalog.periods import Period, UnknownPeriod


class BadSettings(ValueError):
    """huizong.toml or the environment cannot be used; one line that says what to write."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GeneralSection(_Section):
    id: str = "office"
    """Name of the office in the warehouse."""
    timezone: str = "Asia/Shanghai"
    start: str = ""
    """First month for which reports are owed, e.g. 2019-01; empty = the first that came."""

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
    archive: str = "archive"
    slips: str = "slips"
    outputs: str = "outputs"


class WarehouseSection(_Section):
    url: str = ""
    """Empty = warehouse.db in the office folder; else e.g. postgresql+psycopg://user@host/database."""


class PrivacySection(_Section):
    key: SecretStr = SecretStr("")
    """Key of the person tokens; from the environment only."""
    key_file: str = ""
    """File that holds it; empty = a file of the service account, outside the office folder."""
    hide_small_counts: bool = True


class ServeSection(_Section):
    port: int = 4200
    """Of the Prefect server on 127.0.0.1."""
    nightly: str = "0 2 * * *"
    """When the night begins, as cron, in the office's time."""


class Settings(BaseSettings):
    """All settings of one office, frozen."""

    model_config = SettingsConfigDict(env_prefix="HUIZONG_", env_nested_delimiter="__", extra="forbid", frozen=True)

    general: GeneralSection = GeneralSection()
    """Not named office: HUIZONG_OFFICE is the folder, by contract."""
    paths: PathsSection = PathsSection()
    warehouse: WarehouseSection = WarehouseSection()
    privacy: PrivacySection = PrivacySection()
    serve: ServeSection = ServeSection()

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


def load_settings(folder: Path) -> Settings:
    """Read ``huizong.toml``; raises :class:`BadSettings` with one line naming the key."""
    file = folder / "huizong.toml"
    if not file.is_file():
        raise BadSettings(f"{folder} is no office (no huizong.toml); run `huizong init {folder}` or pass --office")
    try:
        values = TomlConfigSettingsSource(Settings, file)()
    except ValueError as error:
        raise BadSettings(f"{file}: not TOML ({error}); correct that line") from None
    if "key" in values.get("privacy", {}):
        raise BadSettings(f"{file}: privacy.key is a secret and must not stand in a file; set HUIZONG_PRIVACY__KEY or privacy.key_file")
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
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    file = Path(settings.privacy.key_file) if settings.privacy.key_file else home / "huizong" / f"{settings.general.id}.key"
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
