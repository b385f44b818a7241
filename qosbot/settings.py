"""How this process runs; read once, by bootstrap, from `QOSBOT_*` in the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qosbot.domain.errors import ConfigurationError, Problem

POLL_FLOOR_S = 30.0
"""A shorter interval loads agents and gives class counters no time to be refreshed."""


OFF = frozenset({"", "off"})


class SnmpEngine(StrEnum):
    """Which library speaks SNMP."""

    GUFO = "gufo"
    PYSNMP = "pysnmp"


def _off_as_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() in OFF else value


class Settings(BaseSettings):
    """Paths, intervals and engines; what the network is stands in the inventory.

    Every interval has a floor, under which devices would be loaded or nothing new could be seen.
    """

    model_config = SettingsConfigDict(env_prefix="QOSBOT_", extra="ignore", frozen=True)

    inventory: Path = Path("inventory")
    playbooks: Path = Path("playbooks")
    kill_switch: Path = Path(".qosbot/STOP")
    """While this file exists no device is touched."""
    database: Path = Path(".qosbot/qosbot.db")
    snmp_engine: SnmpEngine = SnmpEngine.GUFO
    poll_interval_s: Annotated[float, Field(ge=POLL_FLOOR_S, le=3600.0)] = 60.0
    poll_deadline_s: Annotated[float, Field(ge=1.0, le=600.0)] = 20.0
    remediate_interval_s: Annotated[float, Field(ge=5.0, le=60.0)] = 10.0
    retry_s: Annotated[float, Field(ge=5.0, le=600.0)] = 15.0
    lease_s: Annotated[float, Field(ge=60.0, le=3600.0)] = 300.0
    """How long a worker that died keeps others from its remediation; over the longest step."""
    reconsider_s: Annotated[float, Field(ge=60.0, le=86400.0)] = 300.0
    codec_settle_s: Annotated[float, Field(ge=60.0, le=3600.0)] = 180.0
    """About the length of a call: until most are new ones."""
    witness_interval_s: Annotated[float, Field(ge=30.0, le=600.0)] = 30.0
    keep_days: Annotated[float, Field(ge=0.25, le=3650.0)] = 2.0
    stop_within_s: Annotated[float, Field(ge=1.0, le=600.0)] = 25.0
    """How long what runs has to come to a safe point; under what a supervisor allows."""
    web_host: str = "127.0.0.1"
    web_port: Annotated[
        Annotated[int, Field(ge=0, le=65535)] | None, BeforeValidator(_off_as_none)
    ] = 8470
    """0: any that is free, and the log says which; None: nothing is served."""

    @property
    def lock(self) -> Path:
        """Return the file that is locked by whoever works on the database."""
        return Path(f"{self.database}.lock")


def read_settings(*, inventory: Path | None = None, database: Path | None = None) -> Settings:
    """Return the settings; what a caller gives goes before the environment.

    Raises:
        ConfigurationError: with one problem for each variable that is out of range.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = [
            Problem(
                file="environment",
                line=0,
                what=f"QOSBOT_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}",
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError(problems) from None
    if settings.poll_deadline_s > settings.poll_interval_s:
        what = (
            f"QOSBOT_POLL_DEADLINE_S: {settings.poll_deadline_s:g} s is more than the interval of "
            f"{settings.poll_interval_s:g} s, so that polls would run into each other"
        )
        raise ConfigurationError([Problem(file="environment", line=0, what=what)])
    given = {"inventory": inventory, "database": database}
    settings = settings.model_copy(update={name: path for name, path in given.items() if path})
    # A verb called elsewhere must mean the same file, and so must its log.
    return settings.model_copy(update={"kill_switch": settings.kill_switch.absolute()})
