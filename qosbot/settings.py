"""How this process runs; read once, by bootstrap, from `QOSBOT_*` in the environment."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qosbot.domain.errors import ConfigurationError, Problem
from qosbot.domain.messages import Disclosure

POLL_FLOOR_S = 30.0
"""A shorter interval loads agents and gives class counters no time to be refreshed."""


_FOR_OTHERS = 0o077
OFF = frozenset({"", "off"})


_TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"


class SnmpEngine(StrEnum):
    """Which library speaks SNMP."""

    GUFO = "gufo"
    PYSNMP = "pysnmp"


def _off_as_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() in OFF else value


def _as_channel(value: str) -> str:
    if value and re.fullmatch(r"[CG][A-Z0-9]{2,20}", value) is None:
        what = "is the name of a channel, or nothing of Slack's; its id, such as C0EXAMPLE, stands"
        raise ValueError(f"{what} at the bottom of the channel's details")
    return value


def _known_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError("no such time zone; write one such as Europe/Paris")
    return name


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
    keep_scores_days: Annotated[float, Field(ge=0.25, le=3650.0)] = 8.0
    """Of scores, thinned once they are older than `keep_days`: the week that a baseline needs."""
    stop_within_s: Annotated[float, Field(ge=1.0, le=600.0)] = 25.0
    """How long what runs has to come to a safe point; under what a supervisor allows."""
    audit_at: Annotated[
        Annotated[str, Field(pattern=_TIME_OF_DAY)] | None, BeforeValidator(_off_as_none)
    ] = "02:30"
    """When the network is audited every night; None: only when somebody asks for it."""
    audit_timezone: Annotated[str, AfterValidator(_known_zone)] = ""
    """Of `audit_at`; empty: that of policy.yaml."""
    audit_device_s: Annotated[float, Field(ge=12.0, le=1800.0)] = 120.0
    """How long the reading of one configuration may take."""
    audit_keep_days: Annotated[float, Field(ge=2.0, le=3650.0)] = 90.0
    web_host: str = "127.0.0.1"
    web_port: Annotated[
        Annotated[int, Field(ge=0, le=65535)] | None, BeforeValidator(_off_as_none)
    ] = 8470
    """0: any that is free, and the log says which; None: nothing is served."""

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_bot_token_file: Path | None = None
    slack_app_token_file: Path | None = None
    """Instead of the tokens themselves; only their owner may read these files."""
    slack_channel: Annotated[str, AfterValidator(_as_channel)] = ""
    slack_alarms_channel: Annotated[str, AfterValidator(_as_channel)] = ""
    """Where alarms are told; empty: where decisions are asked for."""
    slack_disclosure: Disclosure = Disclosure.LINES
    slack_api_url: Annotated[str, Field(pattern=r"^https?://[^ ]+/$")] = "https://slack.com/api/"
    """Another one for GovSlack, or an emulator."""

    def slack(self) -> "SlackSettings | None":
        """Return how to reach Slack; None: nothing is said of it.

        Raises:
            ConfigurationError: if only part of it is said, or a token cannot be read.
        """
        given = {
            "QOSBOT_SLACK_BOT_TOKEN": _token(
                "QOSBOT_SLACK_BOT_TOKEN", self.slack_bot_token, self.slack_bot_token_file
            ),
            "QOSBOT_SLACK_APP_TOKEN": _token(
                "QOSBOT_SLACK_APP_TOKEN", self.slack_app_token, self.slack_app_token_file
            ),
            "QOSBOT_SLACK_CHANNEL": self.slack_channel,
        }
        if not any(given.values()):
            return None
        missing = [name for name, value in given.items() if not value]
        if missing:
            what = f"{', '.join(missing)} missing; Slack needs both tokens and a channel"
            raise _wrong(what, "see docs/slack.md, or unset the others")
        for name, begins in (
            ("QOSBOT_SLACK_BOT_TOKEN", "xoxb-"),
            ("QOSBOT_SLACK_APP_TOKEN", "xapp-"),
        ):
            if begins not in given[name]:
                raise _wrong(f"{name}: is another kind of token", f"it begins with {begins}")
        bot_token, app_token, channel = given.values()
        return SlackSettings(
            bot_token=bot_token,
            app_token=app_token,
            channel=channel,
            alarms_channel=self.slack_alarms_channel or channel,
            disclosure=self.slack_disclosure,
            api_url=self.slack_api_url,
        )

    @property
    def lock(self) -> Path:
        """Return the file that is locked by whoever works on the database, by whatever name."""
        return Path(f"{self.database.resolve()}.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How to reach Slack."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    channel: str
    alarms_channel: str
    disclosure: Disclosure
    api_url: str


def _token(name: str, given: SecretStr | None, file: Path | None) -> str:
    if given is not None or file is None:
        return "" if given is None else given.get_secret_value().strip()
    try:
        if file.stat().st_mode & _FOR_OTHERS:
            raise _wrong(f"{name}_FILE: {file} can be read by others", f"chmod 600 {file}")
        if not (text := file.read_text(encoding="utf-8").strip()):
            raise _wrong(f"{name}_FILE: {file} is empty", "write the token into it")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "it is not text"
        raise _wrong(f"{name}_FILE: {file} cannot be read: {why}", "") from None
    return text


def _wrong(what: str, hint: str) -> ConfigurationError:
    return ConfigurationError([Problem(file="environment", line=0, what=what, hint=hint)])


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
                what=f"QOSBOT_{'_'.join(str(part) for part in item['loc']).upper()}: "
                + item["msg"].removeprefix("Value error, "),
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
