"""Playing a scenario: begin the trouble, decide, watch it to its end, and judge how it ended."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from qosbot.cli.demo.expect import Ending, failures
from qosbot.cli.demo.office import PERSON, STRANGER, Card
from qosbot.cli.demo.scenarios import Act, Scenario, judged_by
from qosbot.cli.demo.stage import Stage
from qosbot.cli.demo.terminal import shrink_voice
from qosbot.cli.demo.witness import Witness
from qosbot.domain.approvals import POLICY, Choice
from qosbot.domain.errors import QosbotError
from qosbot.domain.inventory import Mode
from qosbot.domain.remediation import Remediation, State
from qosbot.lab.control import LabError
from qosbot.render.slack.actions import APPROVE, REJECT

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Yields whenever it waits for something."""

HEALTHY_WITHIN_S = 45.0
NOTICED_WITHIN_S = 50.0
OVER_WITHIN_S = 80.0
CARD_WITHIN_S = 30.0
_LINGER_S = 8.0
"""After something was noticed: longer than until a finding is considered again."""


class OverdueError(Exception):
    """Something did not come in time, or could not be done."""


_OUTSIDE = (OverdueError, OSError, LookupError, LabError, QosbotError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a scenario ended."""

    scenario: Scenario
    ending: Ending | None
    """None where not even that could be found out."""
    failures: tuple[str, ...]
    took_s: float
    decided_by: str = ""
    """As a person is called; empty: nobody did."""

    @property
    def is_right(self) -> bool:
        """Return whether it ended as it should."""
        return not self.failures


class Playing:
    """A scenario while it is played; `steps` is advanced until there is a result."""

    def __init__(self, scenario: Scenario, stage: Stage, tell: Callable[[str], None]) -> None:
        self.scenario = scenario
        self.words = "waits for its turn"
        self.result: Result | None = None
        self._stage = stage
        self._tell = tell
        self._witness = Witness(stage=stage, path=scenario.path)
        self._choice = scenario.choice
        self._began_s: float | None = None

    def steps(self) -> Steps[None]:
        """Play the scenario to its end, whatever that is."""
        self._began_s = time.monotonic()
        overdue = ""
        try:
            yield from self._prepare()
            self._begin()
            yield from self._watch()
        except _OUTSIDE as error:
            overdue = str(error)
        self.finish(overdue)

    def finish(self, overdue: str = "") -> None:
        """Collect what was seen, judge it, and mend what was broken."""
        ending: Ending | None = None
        wrong: tuple[str, ...] = (overdue,) if overdue else ()
        try:
            if self._witness.has_begun:
                ending = self._witness.ending(overdue)
                wrong = self._judge(ending)
            self._stage.network.mend(self.scenario.path)
        except _OUTSIDE as error:
            wrong = (*wrong, str(error))
        took_s = 0.0 if self._began_s is None else time.monotonic() - self._began_s
        last = None if ending is None else ending.remediation
        self.result = Result(
            scenario=self.scenario,
            ending=ending,
            failures=wrong,
            took_s=took_s,
            decided_by="" if last is None else self._stage.office.named(last.decided_by),
        )
        self._say("as it should be" if not wrong else f"NOT as it should be: {'; '.join(wrong)}")

    def _judge(self, ending: Ending) -> tuple[str, ...]:
        is_auto = self.scenario.mode is Mode.AUTO and not self._stage.is_interactive
        deciders = (POLICY,) if is_auto else (self._stage.office.decider, f"cli:{PERSON}")
        expects = judged_by(self.scenario, self._choice)
        return failures(ending, expects, deciders if self._choice is not None else ())

    def _prepare(self) -> Steps[None]:
        scenario, stage = self.scenario, self._stage
        if scenario.busy_hour_calls is not None:
            self._say(f"from now on the inventory expects {scenario.busy_hour_calls} calls")
            stage.expect_calls(scenario.path, scenario.busy_hour_calls)
        if scenario.voice_percent is not None:
            self._say(f"its voice class gets {scenario.voice_percent} % of the link only")
            device = self._witness.uplink.device
            lines = shrink_voice(stage.terminal.read(device).running, scenario.voice_percent)
            stage.terminal.configure(device, lines)
        self.words = "waits until the path is healthy"
        what = "the path was not healthy to begin with"
        yield from self._until(self._witness.is_healthy, HEALTHY_WITHIN_S, what)

    def _begin(self) -> None:
        self._witness.begin()
        for act in self.scenario.trouble:
            self._do(act)
        self._say(self.scenario.title)

    def _do(self, act: Act) -> None:
        uplink = self._witness.uplink
        probe = self._stage.bot.inventory.paths[self.scenario.path].probe
        places: dict[str, dict[str, object]] = {
            "crc": {"device": uplink.device, "interface": uplink.interface},
            "frozen-probe": {"device": probe.device, "operation": probe.operation},
        }
        where = places.get(str(act.arguments.get("kind", "")), {})
        self._stage.network.do(self.scenario.path, act.command, {**act.arguments, **where})

    def _watch(self) -> Steps[None]:
        if self._choice is None:
            self.words = "waits until it is noticed"
            yield from self._until(
                self._witness.is_noticed, NOTICED_WITHIN_S, "nothing was noticed"
            )
            self.words = "was noticed; is anything proposed?"
            noticed_s = time.monotonic()
            while time.monotonic() < noticed_s + _LINGER_S:
                self._witness.look()
                yield
            return
        self.words = "waits for a proposal"
        made = yield from self._until(self._witness.made, NOTICED_WITHIN_S, "nothing was proposed")
        self._say(f"{made[0].id} proposed: {made[0].proposal.findings[0].words}")
        if self._stage.is_interactive:
            yield from self._ask(made[0])
        elif self.scenario.mode is not Mode.AUTO:
            yield from self._decide(made[0], self._choice)
        yield from self._until_over()
        self._say(f"{self.words}; its card comes to an end", keep=True)
        yield from self._card(made[0].id, lambda one: not {APPROVE, REJECT} & set(one.buttons))

    def _ask(self, made: Remediation) -> Steps[None]:
        """Leave the decision to the person at the screen, however long it takes."""
        files = f"--database {self._stage.database}"
        own = f"{files} --inventory {self._stage.inventory} --as {PERSON}"
        verbs = (f"show {made.id} {files}", f"approve {made.id} {own}", f"reject {made.id} {own}")
        commands = "".join(f"\n  qosbot {verb}" for verb in verbs)
        page = self._stage.office.page
        self._say(f"{made.id} waits for you, at {page}\nor in a second terminal:{commands}")
        self.words = f"{made.id} waits for you"
        while self._latest(made).state is State.AWAITING_DECISION:
            yield
        decision = self._stage.bot.records.decisions.decision(made.id)
        self._choice = Choice.APPROVE if decision is None else decision.choice

    def _decide(self, made: Remediation, choice: Choice) -> Steps[None]:
        """Decide in Slack as a person would, after somebody who may not has tried."""
        office = self._stage.office
        self.words = f"{made.id} waits for its card in Slack"
        card = yield from self._card(made.id, lambda one: one.is_open)
        if self._stage.stranger_waits:
            self._stage.stranger_waits = False
            yield from self._turn_away(made, card)
        office.press(PERSON, card, choice)
        if choice is Choice.REJECT:
            what = f"{PERSON} was not asked why"
            yield from self._until(lambda: office.is_asked_why(PERSON), CARD_WITHIN_S, what)
            office.give_reason(PERSON, "decided by the demo")
        self._say(f"{made.id} {choice} clicked by {PERSON}")

    def _turn_away(self, made: Remediation, card: Card) -> Steps[None]:
        """Let somebody click who may not: there is an answer, and nothing changes."""
        office = self._stage.office
        office.press(STRANGER, card, Choice.APPROVE)
        what = f"{STRANGER} was not answered in Slack"
        said = yield from self._until(lambda: office.shown_to(STRANGER), CARD_WITHIN_S, what)
        decisions = self._stage.bot.records.decisions
        moved = decisions.decision(made.id) or self._latest(made).version != made.version
        if moved or "may not" not in said[-1]:
            raise OverdueError(f"{STRANGER} may not decide, and was told: {said[-1]}")
        self._say(f"{STRANGER} clicked too, and was told: {said[-1]}", keep=True)

    def _card(self, name: str, is_so: Callable[[Card], bool]) -> Steps[Card]:
        """Return a card once it is as it should be; looked at about once a second."""
        looked_s = 0.0
        card: Card | None = None

        def look() -> Card | None:
            nonlocal looked_s, card
            if time.monotonic() > looked_s + 1.0:
                looked_s, card = time.monotonic(), self._stage.office.card(name)
            return card if card is not None and is_so(card) else None

        return (
            yield from self._until(
                look, CARD_WITHIN_S, f"the card of {name} is not as it should be"
            )
        )

    def _until_over(self) -> Steps[None]:
        """Watch the remediation to its end, and let the twist happen once it is in force."""
        twist = list(self.scenario.twist)
        within_s = OVER_WITHIN_S * self._stage.pace.patience
        end_s = time.monotonic() + within_s
        state = State.AWAITING_DECISION
        while (one := self._witness.made()[-1]).action is not None:
            self.words = f"{one.state}: {one.remark}" if one.remark else one.state.value
            if one.state is not state:
                state = one.state
                self._say(f"{one.id} {self.words}", keep=True)
            if one.state is State.VERIFYING and twist:
                while twist:
                    self._do(twist.pop(0))
                self._say(self.scenario.says, keep=True)
            if time.monotonic() > end_s:
                raise OverdueError(f"not over within {within_s:g} s: {self.words}")
            yield
        came_of_it = "" if one.outcome is None else f", {one.outcome}"
        self._say(f"{one.id} {one.state}{came_of_it}{f': {one.remark}' if one.remark else ''}")

    def _until(self, condition: Callable[[], T | None], within_s: float, what: str) -> Steps[T]:
        """Return the first truthy answer, within a time that the lab's pace stretches."""
        return _until(condition, within_s * self._stage.pace.patience, what)

    def _latest(self, made: Remediation) -> Remediation:
        return self._stage.bot.records.decisions.remediation(made.id) or made

    def _say(self, words: str, *, keep: bool = False) -> None:
        """Tell what happened; it is the state on the screen unless that has words already."""
        if not keep:
            self.words = words
        self._tell(f"{self.scenario.number} {self.scenario.path}: {words}")


def _until(condition: Callable[[], T | None], within_s: float, what: str) -> Steps[T]:
    """Return the first truthy answer.

    Raises:
        OverdueError: if there is none in time.
    """
    end_s = time.monotonic() + within_s
    while not (answer := condition()):
        if time.monotonic() > end_s:
            raise OverdueError(f"{what} within {within_s:g} s")
        yield
    return answer
