"""The chat of a serving bot as a whole: settings to ticks, over Slack's own protocol."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from qosbot.bootstrap import Bot, SystemClock, open_records
from qosbot.chat import Chat, open_chat, reading_groups
from qosbot.domain.inventory import Mode, Risk
from qosbot.domain.remediation import State
from qosbot.lab.slack.workspace import Workspace, running
from qosbot.ports.serving import Tick
from qosbot.render.slack.actions import APPROVE
from qosbot.settings import Settings, read_settings
from qosbot.workflows.outside import Outside
from qosbot.workflows.start import submit
from tests.domain.builders import NOON
from tests.domain.remedies import proposal, remediation
from tests.until import until
from tests.workflows.fakes import FakePoller
from tests.workflows.world import CHANGE, World, raised

pytestmark = pytest.mark.slow
ROOM = "voice-alarms"


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with running() as workspace:
        yield workspace


def settings_for(slack: Workspace, path: Path) -> Settings:
    return read_settings(database=path).model_copy(
        update={
            "slack_bot_token": SecretStr(slack.bot_token),
            "slack_app_token": SecretStr(slack.app_token),
            "slack_channel": slack.channels[ROOM],
            "slack_api_url": slack.api_url,
        }
    )


class Serving:
    """A bot with a chat, whose ticks are run by hand."""

    def __init__(self, bot: Bot, outside: Outside, chat: Chat) -> None:
        self.bot, self.outside, self.chat = bot, outside, chat

    def tick(self, name: str) -> None:
        self._tick(name).work()

    def _tick(self, name: str) -> Tick:
        return next(one for one in self.chat.ticks if one.name == name)

    def propose(self) -> None:
        now = self.bot.clock.now()
        plan = proposal(
            changes=CHANGE, fingerprint="priority 300", expires_at=now + timedelta(minutes=15)
        )
        submit(remediation(proposal=plan), self.outside, now)


@contextmanager
def serving(settings: Settings, *approvers: str) -> Iterator[Serving]:
    outside = World().outside
    policy = replace(
        outside.policy,
        mode=dict.fromkeys(Risk, Mode.PROPOSE),
        approvers=dict.fromkeys(Risk, approvers),
    )
    with open_records(settings, make=True) as records:
        bot = Bot(
            settings=settings,
            inventory=outside.inventory,
            records=records,
            poller=FakePoller(answer=None),  # type: ignore[arg-type]  # nothing is polled here
            clock=SystemClock(),
        )
        outside = replace(
            outside,
            decisions=records.decisions,
            read_policy=lambda: policy,
            read_members=lambda: records.groups.members(
                bot.clock.now() - timedelta(minutes=10), bot.clock.now()
            ),
        )
        # An alarm of long ago would wait for too long as soon as it waits at all.
        records.decisions.keep_alarms([replace(raised(), raised_at=bot.clock.now())])
        with open_chat(bot, outside) as chat:
            yield Serving(bot, outside, chat)


def test_a_bot_starts_while_slack_is_away_and_tells_everything_later(
    slack: Workspace, tmp_path: Path
) -> None:
    alice = f"{slack.team}/{slack.users['alice']}"
    slack.take_down()
    with serving(settings_for(slack, tmp_path / "q.db"), alice) as bot:
        bot.propose()
        bot.tick("outbox")
        with pytest.raises(Exception, match=r"auth\.test"):
            bot.tick("slack")
        found = bot.chat.checks["slack"]()
        assert not found.is_met
        assert found.why == "there is no connection to Slack"
        slack.take_down(is_down=False)
        bot.tick("slack")
        until(lambda: bot.chat.checks["slack"]().is_met, what="there is a connection")

        def card() -> str:
            bot.tick("outbox")
            place = bot.bot.records.outbox.place("card:p1")
            return "" if place is None else place.ts

        ts = until(card, what="the card is there")
        assert slack.click("alice", APPROVE, ts=ts, confirm=True).is_ok
        stands = bot.bot.records.decisions.decision("p1")
        assert stands is not None
        assert stands.by == alice


def test_members_of_the_groups_that_the_policy_names_are_read(
    slack: Workspace, tmp_path: Path
) -> None:
    group = f"{slack.team}/{next(iter(slack.world.groups))}"
    with serving(settings_for(slack, tmp_path / "q.db"), group, "T0OTHER/S0GONE") as bot:
        bot.tick("groups")
        approvers = bot.outside.policy.approvers[Risk.LOW]
        assert f"{slack.team}/{slack.users['alice']}" in approvers
        assert f"{slack.team}/{slack.users['mallory']}" not in approvers
        assert "T0OTHER/S0GONE" in approvers
        assert "not known at the moment: 1;" in bot.chat.checks["groups"]().why


def test_it_is_well_as_long_as_every_group_was_read_lately(
    slack: Workspace, tmp_path: Path
) -> None:
    group = f"{slack.team}/{next(iter(slack.world.groups))}"
    with serving(settings_for(slack, tmp_path / "q.db"), group) as bot:
        assert not bot.chat.checks["groups"]().is_met
        bot.tick("groups")
        assert bot.chat.checks["groups"]().is_met


class SlowDirectory:
    """Slack's answer comes nine seconds after it was asked."""

    def __init__(self) -> None:
        self.now = NOON

    def members(self, group: str) -> frozenset[str]:
        del group
        self.now += timedelta(seconds=9)
        return frozenset()


class ReadGroups:
    """When each group was read, as it is kept."""

    def __init__(self) -> None:
        self.read_at: dict[str, datetime] = {}

    def keep(self, group: str, members: Collection[str], read_at: datetime) -> None:
        del members
        self.read_at[group] = read_at

    def members(self, since: datetime, until: datetime) -> Mapping[str, frozenset[str]]:
        del since, until
        return {}


def test_members_count_from_when_slack_was_asked_for_them() -> None:
    directory, groups, world = SlowDirectory(), ReadGroups(), World()
    approvers = dict.fromkeys(Risk, ("T1/S1",))
    policy = replace(world.outside.policy, approvers=approvers)
    outside = replace(world.outside, read_policy=lambda: policy)
    reading_groups(directory.members, groups, outside, lambda: directory.now)()
    assert groups.read_at == {"T1/S1": NOON}


def test_without_slack_nothing_is_told_and_nothing_piles_up(tmp_path: Path) -> None:
    with serving(read_settings(database=tmp_path / "q.db"), "cli:ana") as bot:
        bot.propose()
        assert [one.name for one in bot.chat.ticks] == ["outbox"]
        later = bot.bot.clock.now() + timedelta(days=2)
        bot.bot.records.outbox.discard_before(later, only_tried=False)
        bot.tick("outbox")
        assert bot.bot.records.outbox.backlog().waiting == 0
        found = bot.bot.records.decisions.remediation("p1")
        assert found is not None
        assert found.state is State.AWAITING_DECISION


def test_what_waits_for_long_is_no_longer_well(slack: Workspace, tmp_path: Path) -> None:
    with serving(settings_for(slack, tmp_path / "q.db"), "cli:ana") as bot:
        bot.tick("outbox")
        bot.tick("slack")
        until(lambda: bot.chat.checks["slack"]().is_met)
        old = replace(raised(), id="a9", raised_at=bot.bot.clock.now() - timedelta(minutes=6))
        bot.bot.records.decisions.keep_alarms([old])
        slack.refuse("chat.postMessage", "not_in_channel", 9)
        bot.tick("outbox")
        found = bot.chat.checks["slack"]()
        assert not found.is_met
        assert "wait" in found.why
        assert found.age_s is not None
        assert found.age_s > 300
