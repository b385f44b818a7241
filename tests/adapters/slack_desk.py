"""The Slack adapter, whole, against the emulator: what `serve` runs, ticked by hand."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from qosbot.adapters.slack.calls import web_client
from qosbot.adapters.slack.directory import SlackDirectory
from qosbot.adapters.slack.door import Counter, SlackDoor
from qosbot.adapters.slack.messenger import SlackMessenger
from qosbot.adapters.slack.replies import Replies
from qosbot.adapters.slack.writer import Library, SlackWriter
from qosbot.adapters.sql import (
    SqlAudits,
    SqlDecisions,
    SqlGroups,
    SqlMemory,
    SqlOutbox,
    SqlStore,
    opened,
)
from qosbot.domain.inventory import Mode, Policy, Risk
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation
from qosbot.lab.slack.setup import Setup, read_manifest
from qosbot.lab.slack.workspace import Workspace, running
from qosbot.ports.messaging import Post
from qosbot.render.slack.actions import APPROVE
from qosbot.workflows import remediate, tell
from qosbot.workflows.answer import Reception
from qosbot.workflows.outside import Outside
from qosbot.workflows.start import submit
from tests.domain.remedies import proposal, remediation
from tests.until import until
from tests.workflows.world import CHANGE, World, raised

MANIFEST = Path(__file__).parents[2] / "slack" / "manifest.yaml"
ROOM = "voice-alarms"
Json = dict[str, Any]


@dataclass
class SlackDesk:
    """A bot's side of Slack, and the workspace that it is in."""

    slack: Workspace
    world: World
    path: Path
    quorum: int = 1
    disclosure: Disclosure = Disclosure.LINES
    approvers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.approvers = self.approvers or (self.person("alice"), self.person("bob"))
        self._come_up()
        self.decisions.keep_alarms([raised()])
        self.tick()

    def _come_up(self) -> None:
        self.database = opened(self.path)
        self.decisions, self.outbox = SqlDecisions(self.database), SqlOutbox(self.database)
        self.store, self.groups = SqlStore(self.database), SqlGroups(self.database)
        self.web = web_client(self.slack.bot_token, self.slack.api_url)
        self.messenger = SlackMessenger(self.web)
        library = Library(
            decisions=self.decisions,
            memory=SqlMemory(self.database),
            store=self.store,
            audits=SqlAudits(self.database),
            inventory=lambda: self.world.outside.inventory,
            policy=lambda: self.outside.policy,
            clock=self.world.clock,
            disclosure=self.disclosure,
        )
        self.office = tell.PostOffice(
            outbox=self.outbox,
            messenger=self.messenger,
            writer=SlackWriter(library),
            channels=tell.Channels(decisions=self.channel, alarms=self.channel),
        )
        self.counter = Counter(
            team=self.slack.team,
            web=self.web,
            reception=Reception(outside=self.outside, outbox=self.outbox, clock=self.world.clock),
            replies=Replies(library=library, outside=self.outside),
        )
        self.directory = SlackDirectory(self.web)
        self.door = SlackDoor(self.counter, self.slack.app_token, self.slack.api_url)
        self.door.open()
        until(lambda: self.door.is_open, what="the door is open")

    def close(self) -> None:
        self.door.close()
        self.database.close()

    def restart(self) -> None:
        """End the bot and start another one on the same database."""
        self.close()
        self._come_up()

    @property
    def channel(self) -> str:
        return self.slack.channels[ROOM]

    def person(self, name: str) -> str:
        return f"{self.slack.team}/{self.slack.users[name]}"

    @property
    def policy(self) -> Policy:
        return replace(
            self.world.outside.policy,
            mode=dict.fromkeys(Risk, Mode.PROPOSE),
            approvers=dict.fromkeys(Risk, self.approvers),
            quorum=dict.fromkeys(Risk, self.quorum),
        )

    @property
    def outside(self) -> Outside:
        return replace(
            self.world.outside,
            decisions=self.decisions,
            read_policy=lambda: self.policy,
            read_members=lambda: self.groups.members(
                self.world.clock.at - timedelta(minutes=10), self.world.clock.at
            ),
        )

    def propose(self, name: str = "p1", *, ticks: int = 3) -> Remediation:
        expires_at = self.world.clock.at + timedelta(minutes=15)
        plan = proposal(
            name=name, changes=CHANGE, fingerprint="priority 300", expires_at=expires_at
        )
        new = submit(remediation(proposal=plan), self.outside, self.world.clock.at)
        self.tick(ticks)
        return new

    def tick(self, seconds: int = 1) -> None:
        """Let time pass, and tell people what is to be told."""
        for _ in range(seconds):
            self.world.clock.sleep(1)
            tell.tick(self.office, self.world.clock.at)

    def work(self) -> Remediation:
        """Do what is due, as the remediation tick does."""
        remediate.tick(self.outside, self.world.clock, worker="w", lease_s=60)
        return self.one()

    def work_to_the_end(self) -> Remediation:
        for _ in range(100):
            if self.work().finished_at is not None:
                break
            self.tick(15)
        self.tick(20)
        return self.one()

    def one(self, name: str = "p1") -> Remediation:
        found = self.decisions.remediation(name)
        assert found is not None
        return found

    def raise_alarms(self, count: int) -> None:
        many = [replace(raised(), id=f"storm{n}") for n in range(count)]
        self.decisions.keep_alarms(many)

    @property
    def state(self) -> Json:
        return self.slack.state()

    def messages(self) -> list[Json]:
        return self.slack.messages(ROOM)

    def group(self) -> str:
        """Return the one user group, as `TEAM/ID`."""
        return f"{self.slack.team}/{next(iter(self.state['groups']))}"

    def card(self, name: str = "p1") -> Json:
        place = self.outbox.place(f"card:{name}")
        assert place is not None
        return next(one for one in self.messages() if one["ts"] == place.ts)

    def buttons(self, name: str = "p1") -> set[str]:
        return {
            str(element["action_id"])
            for block in self.card(name)["blocks"]
            for element in block.get("elements", ())
            if "action_id" in element
        }

    def click(self, who: str, action: str, name: str = "p1") -> None:
        """Press a button, saying yes where Slack asks, and see the click go through.

        A window opens after that only, where there is not an answer instead.
        """
        place = self.outbox.place(f"card:{name}")
        assert place is not None
        views, answers = self.state["views"], self.outbox.backlog().waiting
        outcome = self.slack.click(who, action, ts=place.ts, confirm=True)
        assert outcome.is_ok, outcome
        if action != APPROVE:
            until(
                lambda: self.state["views"] != views or self.outbox.backlog().waiting > answers,
                what="a window or an answer",
            )

    def answers(self, who: str) -> list[str]:
        """Return what only this person was shown so far."""
        self.tick(3)
        return [str(one["text"]) for one in self.slack.ephemeral(ROOM, who)]

    def top_level(self) -> list[str]:
        return [
            str(one["text"])
            for one in self.messages()
            if one.get("thread_ts", one["ts"]) == one["ts"]
        ]


def post(text: str = "hello") -> Post:
    return Post(text=text, blocks=({"type": "divider"},))


@contextmanager
def slack_desk(path: Path, **changed: object) -> Iterator[SlackDesk]:
    """Yield a bot connected to a workspace that grants what our manifest asks for."""
    world = World()
    setup = Setup(grant=read_manifest(MANIFEST))

    def now() -> float:
        return world.clock.at.timestamp()

    with (
        running(setup, now=now) as slack,
        closing(SlackDesk(slack, world, path, **changed)) as desk,  # type: ignore[arg-type]
    ):
        yield desk
