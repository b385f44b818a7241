"""The chat that people decide in: from settings to ticks that tell and a door that listens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qosbot.ports.serving import Check, Condition, Tick

if TYPE_CHECKING:
    from qosbot.adapters.slack.door import SlackDoor
    from qosbot.bootstrap import Bot
    from qosbot.domain.inventory import Policy
    from qosbot.ports.messaging import Groups, Outbox
    from qosbot.settings import SlackSettings
    from qosbot.workflows.outside import Outside

_TELL_S = 1.0
_OPEN_S = 10.0
_GROUPS_S = 240.0
_TIDY_S = 3600.0
_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What a serving bot does for its chat, and what must be so there."""

    ticks: tuple[Tick, ...]
    checks: Mapping[str, Check]


@contextmanager
def open_chat(bot: "Bot", outside: "Outside") -> Iterator[Chat]:
    """Tell people in Slack, and let them decide there, where the settings say how.

    Raises:
        ConfigurationError: if the settings are incomplete.
    """
    settings = bot.settings.slack()
    outbox, now = bot.records.outbox, bot.clock.now
    if settings is None:
        from qosbot.workflows.tell import give_up

        def empty() -> None:
            give_up(outbox, now(), only_tried=False)

        yield Chat(ticks=(Tick(name="outbox", interval_s=_TIDY_S, work=empty),), checks={})
        return
    with _in_slack(bot, outside, settings) as chat:
        yield chat


@contextmanager
def _in_slack(bot: "Bot", outside: "Outside", settings: "SlackSettings") -> Iterator[Chat]:
    from qosbot.adapters.slack.calls import call, web_client
    from qosbot.adapters.slack.directory import SlackDirectory
    from qosbot.adapters.slack.door import Counter, SlackDoor
    from qosbot.adapters.slack.messenger import SlackMessenger
    from qosbot.adapters.slack.replies import Replies
    from qosbot.adapters.slack.writer import Library, SlackWriter
    from qosbot.workflows import tell
    from qosbot.workflows.answer import Reception

    records, clock = bot.records, bot.clock
    web = web_client(settings.bot_token, settings.api_url)
    library = Library(
        decisions=records.decisions,
        memory=records.memory,
        store=records.store,
        audits=records.audits,
        inventory=bot.inventory_now,
        policy=lambda: outside.policy,
        clock=clock,
        disclosure=settings.disclosure,
    )
    office = tell.PostOffice(
        outbox=records.outbox,
        messenger=SlackMessenger(web),
        writer=SlackWriter(library),
        channels=tell.Channels(decisions=settings.channel, alarms=settings.alarms_channel),
    )

    def door() -> SlackDoor:
        counter = Counter(
            team=str(call("auth.test", web.auth_test)["team_id"]),
            web=web,
            reception=Reception(outside=outside, outbox=records.outbox, clock=clock),
            replies=Replies(library=library, outside=outside),
        )
        return SlackDoor(counter, settings.app_token, settings.api_url)

    # What came up while nobody could be told, or before Slack was there, is told now.
    records.outbox.catch_up(clock.now())
    entrance = Entrance(door)
    groups = reading_groups(SlackDirectory(web).members, records.groups, outside, clock.now)
    try:
        yield Chat(
            ticks=(
                Tick(
                    name="outbox",
                    interval_s=_TELL_S,
                    work=lambda: tell.tick(office, clock.now()),
                    stuck_after_s=120.0,
                ),
                Tick(
                    name="outbox tidied",
                    interval_s=_TIDY_S,
                    work=lambda: tell.give_up(records.outbox, clock.now(), only_tried=True),
                ),
                Tick(name="slack", interval_s=_OPEN_S, work=entrance.open),
                Tick(name="groups", interval_s=_GROUPS_S, work=groups),
            ),
            checks={
                "slack": lambda: is_told(entrance, records.outbox, clock.now()),
                "groups": lambda: are_known(outside.policy),
            },
        )
    finally:
        entrance.close()


class Entrance:
    """A door that is made once Slack can be reached; a bot must start without it too."""

    def __init__(self, make: "Callable[[], SlackDoor]") -> None:
        self._make = make
        self._door: SlackDoor | None = None

    @property
    def is_open(self) -> bool:
        """Return whether somebody's click would come in now."""
        return self._door is not None and self._door.is_open

    def open(self) -> None:
        """Connect unless that was done; what breaks later is mended by the door itself.

        Raises:
            MessengerError: if Slack cannot be reached, or does not know us.
        """
        if self._door is None:
            self._door = self._make()
        self._door.open()

    def close(self) -> None:
        """Let nothing in any more."""
        if self._door is not None:
            self._door.close()


def reading_groups(
    members: "Callable[[str], frozenset[str]]",
    groups: "Groups",
    outside: "Outside",
    now: Callable[[], datetime],
) -> Callable[[], None]:
    """Return what asks for the members of every group that policy.yaml names now.

    A group that cannot be read keeps its members until they are too old to count.
    """
    import logging

    from qosbot.domain.approvals import groups_named
    from qosbot.domain.errors import MessengerError

    log = logging.getLogger(__name__)

    def read() -> None:
        for group in groups_named(outside.policy_as_written):
            # Who was a member when Slack was asked; who left since must not count for longer.
            asked_at = now()
            try:
                groups.keep(group, members(group), asked_at)
            except MessengerError as error:
                facts = {"group": group, "error": str(error)}
                log.warning("the members of a group could not be read", extra=facts)

    return read


def are_known(policy: "Policy") -> Condition:
    """Return whether it is known who is in every group that the policy names."""
    from qosbot.domain.approvals import groups_named

    # A group whose members are known does not stand there any more: they do.
    count = len(groups_named(policy))
    why = f"user groups with members not known at the moment: {count}; who is named still counts"
    return Condition(is_met=not count, why=why if count else "")


def is_told(door: Entrance, outbox: "Outbox", now: datetime) -> Condition:
    """Return whether people hear of things, and can answer."""
    backlog = outbox.backlog()
    age = None if backlog.oldest_at is None else now - backlog.oldest_at
    age_s = None if age is None else age.total_seconds()
    if not door.is_open:
        return Condition(is_met=False, why="there is no connection to Slack", age_s=age_s)
    if age is not None and age > _LATE:
        why = f"{backlog.waiting} messages wait; the last error: {backlog.last_error or 'none'}"
        return Condition(is_met=False, why=why, age_s=age_s)
    return Condition(is_met=True, age_s=age_s)
